// JSON written without building a document: what every request and every streamed piece of an answer passes through.
// Source: RFC 8259 section 7.
#pragma once

#include <string>
#include <string_view>

namespace whinchat {

// Appends text as a JSON string, quotes included. text: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace whinchat
