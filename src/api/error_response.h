// Errors as HTTP responses: one place that maps codes to statuses and words.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace whinchat::api {

int http_status(ErrorCode code);

// {"error": message, "code": ...}
http::Response error_response(const Error& error);
http::Response error_response(int status, ErrorCode code, std::string_view message);

// A failure at the provider, in the guide's words: {"error": "Failed to get response from AI", "message": ..., "code": ...}
http::Response provider_error_response(const Error& error);

http::Response json_response(std::string body, int status = 200);
http::Response no_content();  // 204

}  // namespace whinchat::api
