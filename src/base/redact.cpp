#include "base/redact.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whinchat {
namespace {

constexpr size_t kKeyTailMin = 8;      // shorter is a word, not a key
constexpr size_t kBasicTailMin = 12;   // "Basic understanding" is prose more often than not
constexpr size_t kExactMin = 6;        // replacing every "dev" of a log helps nobody

bool is_word(char c) {
  c = lower_ascii(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_credential(char c) { return is_word(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='; }

bool ends_value(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ';' || c == '&' || c == '"' || c == '\'' ||
         c == '}' || c == ')' || c == ']';
}

size_t end_while(std::string_view text, size_t at, bool (*test)(char)) {
  while (at < text.size() && test(text[at])) ++at;
  return at;
}

// What to keep and where to go on, when a rule matches at a place. keep is npos when it does not.
struct Match {
  size_t keep = std::string_view::npos;  // this much of the match stays before "[redacted]"
  size_t next = 0;
  explicit operator bool() const { return keep != std::string_view::npos; }
};

Match match_key(std::string_view text, size_t at) {
  for (const std::string_view prefix : {"sk-ant-", "sk-proj-", "sk-", "gsk_", "xai-", "AIza", "pck_"}) {
    if (!text.substr(at).starts_with(prefix)) continue;
    const size_t begin = at + prefix.size();
    const size_t end = end_while(text, begin, is_word);
    if (end - begin >= kKeyTailMin) return {prefix.size(), end};
  }
  return {};
}

Match match_scheme(std::string_view text, size_t at) {
  for (const std::string_view scheme : {"bearer", "basic"}) {
    if (!starts_with_ignoring_case(text.substr(at), scheme)) continue;
    const size_t begin = end_while(text, at + scheme.size(), [](char c) { return c == ' '; });
    const size_t end = end_while(text, begin, is_credential);
    const size_t tail_min = scheme == "basic" ? kBasicTailMin : kKeyTailMin;
    if (begin > at + scheme.size() && end - begin >= tail_min) return {begin - at, end};
  }
  return {};
}

// name: value, name=value, "name": "value". Header-like names take the rest of the line, since their values have spaces.
Match match_named(std::string_view text, size_t at) {
  const size_t name_end = end_while(text, at, is_word);
  const std::string_view name = text.substr(at, name_end - at);
  if (name.empty() || !is_secret_name(name)) return {};
  size_t begin = name_end;
  if (begin < text.size() && (text[begin] == '"' || text[begin] == '\'')) ++begin;
  begin = end_while(text, begin, [](char c) { return c == ' '; });
  if (begin >= text.size() || (text[begin] != ':' && text[begin] != '=')) return {};
  begin = end_while(text, begin + 1, [](char c) { return c == ' '; });
  if (begin >= text.size()) return {};

  const char quote = text[begin] == '"' || text[begin] == '\'' ? text[begin] : '\0';
  if (quote != '\0') {
    size_t end = begin + 1;
    while (end < text.size() && text[end] != quote) end += text[end] == '\\' ? 2 : 1;
    return {begin + 1 - at, std::min(end, text.size())};
  }
  const std::string lower = lower_ascii(name);
  const bool whole_line = lower.ends_with("authorization") || lower.ends_with("cookie");
  const size_t end = whole_line ? std::min(text.find_first_of("\r\n", begin), text.size())
                                : end_while(text, begin, [](char c) { return !ends_value(c); });
  return {begin - at, end};
}

bool is_url_character(char c) { return !ends_value(c) || c == '&' || c == ';' || c == ','; }

Match match_query(std::string_view text, size_t at) {
  if (text[at] != '?' || at == 0 || ends_value(text[at - 1])) return {};
  const size_t end = end_while(text, at + 1, is_url_character);
  if (text.substr(at, end - at).find('=') == std::string_view::npos) return {};
  return {1, end};
}

Match match_user_info(std::string_view text, size_t at) {
  if (!text.substr(at).starts_with("://")) return {};
  const size_t end = end_while(text, at + 3, [](char c) { return is_url_character(c) && c != '/' && c != '?'; });
  const size_t sign = text.substr(0, end).rfind('@');
  if (sign == std::string_view::npos || sign < at + 3) return {};
  return {3, sign};
}

std::string replace_exact(std::string_view text, const std::vector<Secret>& exact) {
  std::string out(text);
  for (const Secret& secret : exact) {
    if (secret.size() < kExactMin) continue;
    for (size_t at = out.find(secret.reveal()); at != std::string::npos; at = out.find(secret.reveal(), at + kRedacted.size())) {
      out.replace(at, secret.size(), kRedacted);
    }
  }
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 14> kEndings = {"authorization", "cookie", "api-key", "api_key", "apikey",
                                                         "password", "passwd", "secret", "secret_key", "secret-key",
                                                         "token", "session_id", "private_key", "credentials"};
  const std::string lower = lower_ascii(name);
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::string redact_secrets(std::string_view text, const std::vector<Secret>& exact) {
  const std::string clean = replace_exact(text, exact);
  const std::string_view in = clean;
  std::string out;
  out.reserve(in.size());
  for (size_t at = 0; at < in.size();) {
    Match match;
    if (in[at] == '?') {
      match = match_query(in, at);
    } else if (in[at] == ':') {
      match = match_user_info(in, at);
    } else if (is_word(in[at]) && (at == 0 || !is_word(in[at - 1]))) {
      match = match_key(in, at);
      if (!match) match = match_named(in, at);
      if (!match) match = match_scheme(in, at);
    }
    if (!match) {
      out += in[at++];
      continue;
    }
    out.append(in, at, match.keep);
    out += kRedacted;
    at = match.next;
  }
  return out;
}

}  // namespace whinchat
