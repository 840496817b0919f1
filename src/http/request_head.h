// Reading and judging a request's head before any other code sees it. Stricter than the standard where leniency has
// let requests be smuggled past proxies. Pure; no I/O. Source: RFC 9112 sections 2-6, RFC 9110 section 5 (June 2022).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace whinchat::http {

// How the body is delimited.
enum class Framing { kNone, kLength, kChunked };

struct RequestHead {
  std::string method;
  std::string target;   // as sent
  std::string path;     // percent-decoded
  std::string query;
  int minor_version = 1;
  Headers headers;
  std::string host;     // from Host, or from an absolute-form target (which must agree)
  Framing framing = Framing::kNone;
  uint64_t content_length = 0;
  bool keep_alive = true;         // what the version and Connection say
  bool expect_continue = false;
};

// Why a head was refused. The connection always closes after one of these.
struct HeadRefusal {
  int status = 400;     // 400 414 417 421 431 501 505
  std::string reason;   // a sentence
};

struct HeadResult {
  std::optional<RequestHead> head;
  std::optional<HeadRefusal> refusal;
};

// The length of the head at the start of bytes, its empty line included; 0 when it is not complete yet.
// Ends of line that are not CRLF end the search as well, so that parse_request_head() can refuse them at once.
size_t head_length(std::string_view bytes);

// bytes: exactly one head, empty line included, at most limits::kHeadBytes.
HeadResult parse_request_head(std::string_view bytes);

// "%41%20b" -> "A b". Empty when an escape is malformed or gives NUL, CR, LF or another control character.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace whinchat::http
