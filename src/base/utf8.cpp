#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace whinchat {
namespace {

// What the first byte says: how many bytes follow and which second bytes are allowed (Unicode table 3-7).
struct Lead {
  int following;  // -1: no code point starts so
  unsigned char second_min;
  unsigned char second_max;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0, 0, 0};
  if (byte < 0xC2) return {-1, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};  // no surrogates
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {-1, 0, 0};
}

// Most text is: eight bytes at a time.
bool is_ascii_word(std::string_view text, size_t at) {
  uint64_t word = 0;
  if (text.size() - at < sizeof word) return false;
  std::memcpy(&word, text.data() + at, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

char32_t next_code_point(std::string_view text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const Lead lead = lead_of(first);
  if (lead.following <= 0) return lead.following == 0 ? first : kNotUtf8;

  // 0x1F, 0x0F, 0x07: the bits that carry the value in a lead byte with 1, 2, 3 bytes to follow.
  char32_t value = first & (0x3Fu >> lead.following);
  for (int i = 0; i < lead.following; ++i) {
    if (at >= text.size()) return kNotUtf8;
    const auto byte = static_cast<unsigned char>(text[at]);
    const unsigned char low = i == 0 ? lead.second_min : 0x80;
    const unsigned char high = i == 0 ? lead.second_max : 0xBF;
    if (byte < low || byte > high) return kNotUtf8;
    value = (value << 6) | (byte & 0x3Fu);
    ++at;
  }
  return value;
}

bool is_valid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (is_ascii_word(text, at)) {
      at += sizeof(uint64_t);
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else if (next_code_point(text, at) == kNotUtf8) {
      return false;
    }
  }
  return true;
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    if (is_ascii_word(text, at)) {
      at += sizeof(uint64_t);
      count += sizeof(uint64_t);
    } else {
      next_code_point(text, at);
      ++count;
    }
  }
  return count;
}

std::string_view utf8_prefix(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  // A code point is at most four bytes long: look back over at most three continuation bytes.
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

std::string replace_bad_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (next_code_point(text, at) == kNotUtf8) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(text, begin, at - begin);
    }
  }
  return out;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto bits = [&](int shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    out += bits(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    out += bits(6);
    out += bits(0);
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    out += bits(12);
    out += bits(6);
    out += bits(0);
  }
}

}  // namespace whinchat
