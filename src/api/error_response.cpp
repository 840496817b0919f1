#include "api/error_response.h"

#include "api/json_write.h"
#include "store/ledger.h"

namespace whinchat::api {

namespace {

http::Response with_retry(http::Response response, const Error& error) {
  if (error.retry_after_s) http::set_header(response.headers, "Retry-After", std::to_string(*error.retry_after_s));
  return response;
}

// Which quota it was stands in the error's detail.
http::Response quota_response(const Error& error) {
  std::string body = "{\"error\":";
  append_json_string(body, error.message);
  body += ",\"code\":\"quota_exceeded\"";
  for (size_t i = 0; i < store::kQuotas; ++i) {
    if (error.detail == store::wire_name(static_cast<store::Quota>(i))) body += ",\"quota\":\"" + error.detail + "\"";
  }
  if (error.retry_after_s) body += ",\"retry_after\":" + std::to_string(*error.retry_after_s);
  body += "}\n";
  return with_retry(json_response(std::move(body), http_status(error.code)), error);
}

}  // namespace

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidRequest: return 400;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kInvalidCredentials:
    case ErrorCode::kSecondFactorRequired: return 401;
    case ErrorCode::kForbidden:
    case ErrorCode::kNotAllowed:
    case ErrorCode::kRegistrationClosed: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kMethodNotAllowed: return 405;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kTooLarge: return 413;
    case ErrorCode::kUnsupportedMedia: return 415;
    case ErrorCode::kMisdirected: return 421;
    case ErrorCode::kRateLimited:
    case ErrorCode::kTooManyStreams:
    case ErrorCode::kQuotaExceeded:
    case ErrorCode::kProviderRateLimited: return 429;
    case ErrorCode::kUnavailable:
    case ErrorCode::kProviderUnavailable:
    case ErrorCode::kCancelled: return 503;
    case ErrorCode::kStorageFull: return 507;
    case ErrorCode::kProviderAuth:
    case ErrorCode::kProviderQuota:
    case ErrorCode::kProviderOverloaded:
    case ErrorCode::kProviderRejected:
    case ErrorCode::kProviderModelNotFound:
    case ErrorCode::kContextTooLong:
    case ErrorCode::kProviderProtocol:
    case ErrorCode::kProviderTruncated:
    case ErrorCode::kProviderError: return 502;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kInternal:
    case ErrorCode::kConfig:
    case ErrorCode::kIo: return 500;
  }
  return 500;
}

http::Response json_response(std::string body, int status) {
  http::Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = std::move(body);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response error_response(const Error& error) {
  if (error.code == ErrorCode::kQuotaExceeded) return quota_response(error);
  return with_retry(json_response(error_json({error.message, {}, wire_name(error.code), error.retry_after_s.value_or(0)}),
                                  http_status(error.code)), error);
}

http::Response error_response(int status, ErrorCode code, std::string_view message) {
  return json_response(error_json({message, {}, wire_name(code)}), status);
}

http::Response provider_error_response(const Error& error) {
  return with_retry(json_response(error_json({"Failed to get response from AI", error.message, wire_name(error.code),
                                              error.retry_after_s.value_or(0)}),
                                  http_status(error.code)), error);
}

}  // namespace whinchat::api
