#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/utf8.h"

namespace whinchat {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_unicode_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

// Characters that would break a log line or turn its reading direction round.
bool is_unsafe_to_show(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_hex(std::string& out, uint32_t value, int digits_min) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  for (auto n = end - digits; n < digits_min; ++n) out += '0';
  for (const char* p = digits; p != end; ++p) out += *p >= 'a' ? static_cast<char>(*p - 'a' + 'A') : *p;
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  out += "\\u{";
  append_hex(out, static_cast<uint32_t>(c), 2);
  out += '}';
}

// Letters left out, put in, exchanged, or two neighbours swapped: one step each.
size_t edit_distance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<size_t> steps((a.size() + 1) * width);
  const auto at = [&](size_t i, size_t j) -> size_t& { return steps[i * width + j]; };
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return steps.back();
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_blank(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (!is_unicode_space(next_code_point(text, at))) return false;
  }
  return true;
}

char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

std::string upper_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_with_ignoring_case(a, b);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view beginning) {
  if (text.size() < beginning.size()) return false;
  for (size_t i = 0; i < beginning.size(); ++i) {
    if (lower_ascii(text[i]) != lower_ascii(beginning[i])) return false;
  }
  return true;
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trim(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  constexpr size_t kNumberBytesMax = 64;
  const std::string copy(text.substr(0, kNumberBytesMax + 1));
  const char first = copy[copy.starts_with('-') ? 1 : 0];
  const bool plain = copy.find_first_not_of("0123456789.eE+-") == std::string::npos && first != '+' && first != '-' && first != 'e' && first != 'E';
  if (text.empty() || text.size() > kNumberBytesMax || !plain) return std::nullopt;
  char* stop = nullptr;
  const double value = std::strtod(copy.c_str(), &stop);
  if (stop != copy.c_str() + copy.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// By printf and strtod: std::to_chars and std::from_chars of floating numbers bring 180 KB of tables into the binary.
std::string shortest_number(double value) {
  char digits[32];
  int length = 0;
  for (int precision : {15, 16, 17}) {
    length = std::snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (std::strtod(digits, nullptr) == value) break;
  }
  return {digits, static_cast<size_t>(length)};
}

std::string escape_for_log(std::string_view text, size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max) + 8);
  for (size_t at = 0; at < text.size();) {
    if (out.size() >= bytes_max) return out + "…";
    const size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (c == kNotUtf8) {
      for (size_t i = begin; i < at; ++i) {
        out += "\\x";
        append_hex(out, static_cast<unsigned char>(text[i]), 2);
      }
    } else if (is_unsafe_to_show(c) || c == '\\') {
      append_escaped(out, c);
    } else {
      out.append(text, begin, at - begin);
    }
  }
  return out;
}

std::string_view closest_match(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr size_t kWordBytesMax = 64;  // longer is no slip, and the distance costs the product of both lengths
  if (word.size() > kWordBytesMax) return {};
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, word.size() / 4) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kWordBytesMax) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace whinchat
