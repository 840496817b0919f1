#include "base/result.h"

namespace whinchat {

std::string_view wire_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidRequest: return "invalid_request";
    case ErrorCode::kUnauthorized: return "unauthenticated";
    case ErrorCode::kInvalidCredentials: return "invalid_credentials";
    case ErrorCode::kSecondFactorRequired: return "second_factor_required";
    case ErrorCode::kRegistrationClosed: return "registration_closed";
    case ErrorCode::kForbidden: return "cross_origin";
    case ErrorCode::kNotAllowed: return "forbidden";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kMethodNotAllowed: return "method_not_allowed";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnsupportedMedia: return "unsupported_media_type";
    case ErrorCode::kMisdirected: return "misdirected";
    case ErrorCode::kRateLimited: return "rate_limited";
    case ErrorCode::kTooManyStreams: return "too_many_streams";
    case ErrorCode::kQuotaExceeded: return "quota_exceeded";
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kStorageFull: return "storage_full";
    case ErrorCode::kProviderUnavailable: return "provider_unavailable";
    case ErrorCode::kProviderAuth: return "provider_auth";
    case ErrorCode::kProviderQuota: return "provider_quota";
    case ErrorCode::kProviderRateLimited: return "provider_rate_limited";
    case ErrorCode::kProviderOverloaded: return "provider_overloaded";
    case ErrorCode::kProviderRejected: return "provider_rejected";
    case ErrorCode::kProviderModelNotFound: return "model_not_found";
    case ErrorCode::kContextTooLong: return "context_too_long";
    case ErrorCode::kProviderProtocol: return "provider_protocol";
    case ErrorCode::kProviderTruncated: return "provider_truncated";
    case ErrorCode::kProviderError: return "provider_error";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kConfig: return "config";
    case ErrorCode::kIo: return "io";
  }
  return "internal";
}

}  // namespace whinchat
