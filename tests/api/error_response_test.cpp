#include "api/error_response.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

struct Row {
  ErrorCode code;
  const char* name;
  int status;
};

// What clients see. Names and statuses never change once shipped.
constexpr Row kRows[] = {
    {ErrorCode::kInvalidRequest, "invalid_request", 400},
    {ErrorCode::kUnauthorized, "unauthenticated", 401},
    {ErrorCode::kInvalidCredentials, "invalid_credentials", 401},
    {ErrorCode::kSecondFactorRequired, "second_factor_required", 401},
    {ErrorCode::kRegistrationClosed, "registration_closed", 403},
    {ErrorCode::kNotAllowed, "forbidden", 403},
    {ErrorCode::kForbidden, "cross_origin", 403},
    {ErrorCode::kNotFound, "not_found", 404},
    {ErrorCode::kMethodNotAllowed, "method_not_allowed", 405},
    {ErrorCode::kConflict, "conflict", 409},
    {ErrorCode::kTooLarge, "too_large", 413},
    {ErrorCode::kUnsupportedMedia, "unsupported_media_type", 415},
    {ErrorCode::kMisdirected, "misdirected", 421},
    {ErrorCode::kRateLimited, "rate_limited", 429},
    {ErrorCode::kTooManyStreams, "too_many_streams", 429},
    {ErrorCode::kQuotaExceeded, "quota_exceeded", 429},
    {ErrorCode::kInternal, "internal", 500},
    {ErrorCode::kUnavailable, "unavailable", 503},
    {ErrorCode::kStorageFull, "storage_full", 507},
    {ErrorCode::kProviderUnavailable, "provider_unavailable", 503},
    {ErrorCode::kProviderAuth, "provider_auth", 502},
    {ErrorCode::kProviderQuota, "provider_quota", 502},
    {ErrorCode::kProviderRateLimited, "provider_rate_limited", 429},
    {ErrorCode::kProviderOverloaded, "provider_overloaded", 502},
    {ErrorCode::kProviderRejected, "provider_rejected", 502},
    {ErrorCode::kProviderModelNotFound, "model_not_found", 502},
    {ErrorCode::kContextTooLong, "context_too_long", 502},
    {ErrorCode::kProviderProtocol, "provider_protocol", 502},
    {ErrorCode::kProviderTruncated, "provider_truncated", 502},
    {ErrorCode::kProviderError, "provider_error", 502},
    {ErrorCode::kTimeout, "timeout", 504},
    {ErrorCode::kCancelled, "cancelled", 503},
    {ErrorCode::kConfig, "config", 500},
    {ErrorCode::kIo, "io", 500},
};

}  // namespace

TEST_CASE("every code has its name, its status and a body of JSON") {
  std::set<std::string> names;
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    const http::Response response = error_response(Error{row.code, "A sentence.", "detail-for-the-log"});
    CHECK(response.status == row.status);
    CHECK(http::find_header(response.headers, "Content-Type") == "application/json");
    CHECK(json::parse(response.body) == json{{"error", "A sentence."}, {"code", row.name}});
  }
  CHECK(names.size() == static_cast<size_t>(ErrorCode::kIo) + 1);  // none is missing above
}

TEST_CASE("when to come back stands in the header and in the body") {
  Error error{ErrorCode::kProviderRateLimited, "Too fast.", "", 17};
  const http::Response response = error_response(error);
  CHECK(http::find_header(response.headers, "Retry-After") == "17");
  CHECK(json::parse(response.body)["retry_after"] == 17);
  error.retry_after_s.reset();
  CHECK_FALSE(http::has_header(error_response(error).headers, "Retry-After"));
}

TEST_CASE("a failing provider is told in the guide's words, with the sentence beside them") {
  const http::Response response = provider_error_response({ErrorCode::kProviderAuth, "The provider refused the key.", "401 from api.example.org: sk-12", 3});
  CHECK(response.status == 502);
  CHECK(json::parse(response.body) == json{{"error", "Failed to get response from AI"}, {"message", "The provider refused the key."},
                                           {"code", "provider_auth"}, {"retry_after", 3}});
  CHECK(http::find_header(response.headers, "Retry-After") == "3");
}

TEST_CASE("a status may differ from the code's own") {
  const http::Response response = error_response(431, ErrorCode::kInvalidRequest, "Too many header fields.");
  CHECK(response.status == 431);
  CHECK(json::parse(response.body)["code"] == "invalid_request");
}
