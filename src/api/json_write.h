// Small JSON texts without building a document: what every streamed piece of an answer passes through.
// Source: RFC 8259 section 7.
#pragma once

#include <string>
#include <string_view>

namespace whinchat::api {

// Appends text as a JSON string, quotes included. text: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// {"error": ..., and what else is given}. Empty values and a retry of 0 are left out.
struct ErrorBody {
  std::string_view error;
  std::string_view message = {};
  std::string_view code = {};
  int retry_after_s = 0;
  std::string_view request_id = {};
};
std::string error_json(const ErrorBody& body);

}  // namespace whinchat::api
