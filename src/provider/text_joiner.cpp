#include "provider/text_joiner.h"

#include "base/utf8.h"

namespace whinchat::provider {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr uint32_t kMarkBase = 0x100000;  // U+10D800..U+10DFFF stand for D800..DFFF

bool is_high(uint32_t u) { return u >= 0xD800 && u <= 0xDBFF; }
bool is_low(uint32_t u) { return u >= 0xDC00 && u <= 0xDFFF; }

uint32_t hex4(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    const uint32_t digit = c <= '9' ? static_cast<uint32_t>(c - '0') : static_cast<uint32_t>((c | 0x20) - 'a' + 10);
    value = value * 16 + digit;
  }
  return value;
}

// The UTF-16 unit of an escape at s[at], or 0 if there is none.
uint32_t escape_at(std::string_view s, size_t at) {
  if (at + 6 > s.size() || s[at] != '\\' || s[at + 1] != 'u') return 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const char c = s[i];
    if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))) return 0;
  }
  return hex4(s.substr(at + 2));
}

char simple_escape(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;  // quote, backslash, slash
  }
}

}  // namespace

void TextJoiner::flush_half() {
  if (half_ == 0) return;
  half_ = 0;
  out_ += kReplacement;
}

void TextJoiner::append_code_point(uint32_t c) {
  flush_half();
  append_utf8(out_, c);
}

void TextJoiner::plain(std::string_view text) {
  if (text.empty()) return;
  flush_half();
  out_.append(text);
}

void TextJoiner::unit(uint32_t utf16) {
  if (is_high(utf16)) {
    flush_half();
    half_ = utf16;
  } else if (is_low(utf16)) {
    if (half_ == 0) {
      out_ += kReplacement;
    } else {
      const uint32_t c = 0x10000 + ((half_ - 0xD800) << 10) + (utf16 - 0xDC00);
      half_ = 0;
      append_utf8(out_, c);
    }
  } else {
    append_code_point(utf16);
  }
}

std::string_view TextJoiner::add_raw(std::string_view inside, bool escaped) {
  if (!escaped && half_ == 0) return inside;
  out_.clear();
  while (!inside.empty()) {
    const size_t slash = escaped ? inside.find('\\') : std::string_view::npos;
    plain(inside.substr(0, slash));
    if (slash == std::string_view::npos) break;
    const char kind = inside[slash + 1];
    if (kind == 'u') {
      unit(hex4(inside.substr(slash + 2)));
      inside.remove_prefix(slash + 6);
    } else {
      const char c = simple_escape(kind);
      plain(std::string_view(&c, 1));
      inside.remove_prefix(slash + 2);
    }
  }
  return out_;
}

std::string_view TextJoiner::add_parsed(std::string_view text, bool marked) {
  if (!marked && half_ == 0) return text;
  out_.clear();
  while (!text.empty()) {
    // A mark is F4 8D A0..BF xx.
    size_t at = marked ? text.find("\xF4\x8D") : std::string_view::npos;
    if (at != std::string_view::npos && static_cast<unsigned char>(text[at + 2]) < 0xA0) {
      plain(text.substr(0, at + 4));
      text.remove_prefix(at + 4);
      continue;
    }
    plain(text.substr(0, at));
    if (at == std::string_view::npos) break;
    const auto third = static_cast<unsigned char>(text[at + 2]);
    const auto fourth = static_cast<unsigned char>(text[at + 3]);
    unit(0xD000u | (third & 0x3Fu) << 6 | (fourth & 0x3Fu));
    text.remove_prefix(at + 4);
  }
  return out_;
}

std::string_view TextJoiner::finish() {
  out_.clear();
  flush_half();
  return out_;
}

bool mark_lone_surrogates(std::string_view json, std::string& out) {
  out.clear();
  bool changed = false;
  for (size_t i = 0; i < json.size();) {
    const size_t slash = json.find('\\', i);
    if (slash == std::string_view::npos || slash + 1 >= json.size()) {
      out.append(json.substr(i));
      break;
    }
    out.append(json.substr(i, slash - i));
    const uint32_t unit = escape_at(json, slash);
    if (is_high(unit) && is_low(escape_at(json, slash + 6))) {
      out.append(json.substr(slash, 12));
      i = slash + 12;
    } else if (is_high(unit) || is_low(unit)) {
      append_utf8(out, kMarkBase + unit);
      changed = true;
      i = slash + 6;
    } else {
      out.append(json.substr(slash, 2));  // also steps over an escaped backslash
      i = slash + 2;
    }
  }
  return changed;
}

}  // namespace whinchat::provider
