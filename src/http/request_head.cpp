#include "http/request_head.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat::http {

namespace {

bool is_token_char(unsigned char c) {  // RFC 9110 section 5.6.2
  if (c >= '0' && c <= '9') return true;
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return true;
  return c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_token_char(static_cast<unsigned char>(c)); });
}

// Visible characters, space, tab and obs-text; everything else can split headers or logs.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u == '\t' || (u >= 0x20 && u != 0x7f);
  });
}

// Optional white space around a value is space and tab alone; a vertical tab stays and is refused.
std::string_view trim_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

HeadResult refuse(int status, std::string reason) { return {std::nullopt, HeadRefusal{status, std::move(reason)}}; }

using Refusal = std::optional<HeadRefusal>;

Refusal bad(std::string reason) { return HeadRefusal{400, std::move(reason)}; }

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

Refusal parse_target(RequestHead& head) {
  std::string_view target = head.target;
  if (target.size() > limits::kTargetBytes) return HeadRefusal{414, "The address is longer than 8,192 bytes."};
  if (target.find('#') != std::string_view::npos) return bad("The request target has a fragment.");
  if (target == "*" && head.method == "OPTIONS") {
    head.path = "*";
    return std::nullopt;
  }
  if (target.front() != '/') {
    const bool absolute = target.starts_with("http://") || target.starts_with("https://");
    if (!absolute) return bad("The request target must begin with a slash.");
    target.remove_prefix(target.find("//") + 2);
    const size_t slash = std::min(target.find_first_of("/?"), target.size());
    head.host = std::string(target.substr(0, slash));
    if (head.host.empty() || head.host.find('@') != std::string::npos) return bad("The request target names no host.");
    target.remove_prefix(slash);
  }
  const size_t question = target.find('?');
  if (question != std::string_view::npos) head.query = std::string(target.substr(question + 1));
  auto path = percent_decode(target.substr(0, question));
  if (!path) return bad("The address has a malformed or forbidden percent escape.");
  head.path = path->empty() ? "/" : std::move(*path);
  return std::nullopt;
}

Refusal parse_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  // Before the line's form: a very long address is told as such, even when it is not complete.
  if (first != std::string_view::npos && line.size() - first > limits::kTargetBytes + 16) {
    return HeadRefusal{414, "The address is longer than 8,192 bytes."};
  }
  if (first == std::string_view::npos || first == last) return bad("The request line is malformed.");
  head.method = std::string(line.substr(0, first));
  head.target = std::string(line.substr(first + 1, last - first - 1));
  const std::string_view version = line.substr(last + 1);
  if (version.starts_with("HTTP/") && version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.size() == 8 && version[6] == '.' && version[5] > '1') return HeadRefusal{505, "Only HTTP/1.1 is spoken here."};
    return bad("The HTTP version is malformed.");
  }
  if (!version.starts_with("HTTP/1.")) return bad("The request line is malformed.");
  head.minor_version = version.back() - '0';
  if (!is_token(head.method)) return bad("The method is malformed.");
  if (std::find(kMethods.begin(), kMethods.end(), head.method) == kMethods.end()) {
    return HeadRefusal{501, "The method is not known here."};
  }
  if (head.target.empty() || !is_field_value(head.target) || head.target.find_first_of(" \t") != std::string::npos) {
    return bad("The request target is malformed.");
  }
  return parse_target(head);
}

Refusal parse_field(std::string_view line, RequestHead& head) {
  if (line.size() > limits::kHeaderFieldBytes) return HeadRefusal{431, "A header is longer than 8,192 bytes."};
  if (line.front() == ' ' || line.front() == '\t') return bad("Folded headers are not accepted.");
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("A header has no colon.");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return bad("A header name is malformed.");
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_field_value(value)) return bad("A header value has a forbidden character.");
  if (head.headers.size() >= limits::kHeaderFields) return HeadRefusal{431, "There are more than 64 headers."};
  head.headers.push_back({std::string(name), std::string(value)});
  return std::nullopt;
}

// The one value of a header that must not be repeated.
Refusal single(const Headers& headers, std::string_view name, std::optional<std::string_view>& out) {
  for (const Header& header : headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    if (out) return bad("The header " + std::string(name) + " is there twice.");
    out = header.value;
  }
  return std::nullopt;
}

Refusal judge_framing(RequestHead& head) {
  std::optional<std::string_view> length;
  std::optional<std::string_view> encoding;
  if (auto r = single(head.headers, "Content-Length", length)) return r;
  if (auto r = single(head.headers, "Transfer-Encoding", encoding)) return r;
  if (length && encoding) return bad("Content-Length and Transfer-Encoding exclude each other.");
  if (encoding) {
    if (head.minor_version == 0) return bad("Transfer-Encoding needs HTTP/1.1.");
    if (!equals_ignoring_case(*encoding, "chunked")) return HeadRefusal{501, "Only the transfer encoding \"chunked\" is known here."};
    head.framing = Framing::kChunked;
  }
  if (length) {
    if (length->empty() || length->size() > 18 ||
        !std::all_of(length->begin(), length->end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return bad("Content-Length is not a number.");
    }
    for (char c : *length) head.content_length = head.content_length * 10 + static_cast<uint64_t>(c - '0');
    head.framing = head.content_length > 0 ? Framing::kLength : Framing::kNone;
  }
  return std::nullopt;
}

Refusal judge_host(RequestHead& head) {
  std::optional<std::string_view> host;
  if (auto r = single(head.headers, "Host", host)) return r;
  if (!host && head.minor_version == 1) return bad("The header Host is missing.");
  if (host && host->find_first_of(" \t/@?#,") != std::string_view::npos) return bad("The header Host is malformed.");
  if (head.host.empty() && host) head.host = std::string(*host);
  // An absolute target that names another host than Host does: two readers could disagree about who is meant.
  if (host && !equals_ignoring_case(head.host, *host)) return HeadRefusal{421, "This server does not answer for that host."};
  return std::nullopt;
}

bool connection_says(const Headers& headers, std::string_view option) {
  for (const Header& header : headers) {
    if (!equals_ignoring_case(header.name, "Connection")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      if (equals_ignoring_case(trim(rest.substr(0, comma)), option)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

Refusal judge_connection(RequestHead& head) {
  head.keep_alive = head.minor_version == 1 ? !connection_says(head.headers, "close") : connection_says(head.headers, "keep-alive");
  std::optional<std::string_view> expect;
  if (auto r = single(head.headers, "Expect", expect)) return r;
  if (expect && !equals_ignoring_case(*expect, "100-continue")) return HeadRefusal{417, "Only \"100-continue\" can be expected here."};
  head.expect_continue = expect.has_value() && head.minor_version == 1;
  return std::nullopt;
}

}  // namespace

size_t head_length(std::string_view bytes) {
  size_t line = 0;
  for (;;) {
    const size_t end = bytes.find('\n', line);
    if (end == std::string_view::npos) return 0;
    if (end == line) return end + 1;                            // "\n\n": a bare-LF head is complete, and refused
    if (end == line + 1 && bytes[line] == '\r') return end + 1;  // the empty line
    line = end + 1;
  }
}

HeadResult parse_request_head(std::string_view bytes) {
  RequestHead head;
  bool first = true;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos || end == 0 || bytes[end - 1] != '\r') {
      return refuse(400, "Lines must end with CR and LF.");
    }
    const std::string_view line = bytes.substr(0, end - 1);
    bytes.remove_prefix(end + 1);
    if (line.find('\r') != std::string_view::npos) return refuse(400, "A stray CR stands in the head.");
    if (line.empty() && !first) break;
    Refusal refusal = first ? parse_request_line(line, head) : parse_field(line, head);
    if (refusal) return {std::nullopt, std::move(refusal)};
    first = false;
  }
  if (first) return refuse(400, "The request line is missing.");
  for (auto judge : {judge_host, judge_framing, judge_connection}) {
    if (Refusal refusal = judge(head)) return {std::nullopt, std::move(refusal)};
  }
  return {std::move(head), std::nullopt};
}

std::optional<std::string> percent_decode(std::string_view text) {
  auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<unsigned char>(high * 16 + low);
      i += 2;
    }
    if (c < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(static_cast<char>(c));
  }
  return out;
}

}  // namespace whinchat::http
