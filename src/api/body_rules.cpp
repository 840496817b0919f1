#include "api/body_rules.h"

#include <algorithm>

#include "api/error_response.h"
#include "base/text.h"

namespace whinchat::api {

namespace {

bool is_json(std::string_view content_type, BodyKind body) {
  const size_t semicolon = std::min(content_type.find(';'), content_type.size());
  const std::string type = lower_ascii(trim(content_type.substr(0, semicolon)));
  const bool report = body == BodyKind::kReport && (type == "application/csp-report" || type == "application/reports+json");
  if (type != "application/json" && !report) return false;
  for (std::string_view parameter : split_list(content_type.substr(semicolon), ';')) {
    if (!starts_with_ignoring_case(parameter, "charset=")) continue;
    parameter.remove_prefix(8);
    if (!equals_ignoring_case(parameter, "utf-8") && !equals_ignoring_case(parameter, "\"utf-8\"")) return false;
  }
  return true;
}

}  // namespace

std::optional<http::Response> check_body_headers(const Route& route, const http::Request& request) {
  if (route.body == BodyKind::kNone) return std::nullopt;
  const bool empty = request.header("Content-Length").empty() || request.header("Content-Length") == "0";
  if (route.body == BodyKind::kMaybeJson && empty && request.header("Transfer-Encoding").empty()) return std::nullopt;
  if (!request.header("Content-Encoding").empty()) {
    return error_response(415, ErrorCode::kUnsupportedMedia, "Compressed requests are not accepted.");
  }
  const std::string_view type = request.header("Content-Type");
  const char* own = route.body == BodyKind::kArchive ? "application/zip" : route.body == BodyKind::kFile ? "application/octet-stream" : nullptr;
  if (own && equals_ignoring_case(trim(type), own)) {
    // an archive or a file; everything else is JSON
  } else if (route.body == BodyKind::kFile) {
    return error_response(415, ErrorCode::kUnsupportedMedia, "Send Content-Type: application/octet-stream; ?type= says what it is.");
  } else if (!is_json(type, route.body)) {
    return error_response(415, ErrorCode::kUnsupportedMedia, "Send Content-Type: application/json (UTF-8).");
  }
  const auto length = parse_integer(request.header("Content-Length"));
  if (length && *length > static_cast<int64_t>(route.body_bytes_max)) {
    http::Response response = error_response(413, ErrorCode::kTooLarge, "The request is too large.");
    response.close = true;
    return response;
  }
  return std::nullopt;
}

}  // namespace whinchat::api
