#include "provider/json_skim.h"

namespace whinchat::provider {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

void JsonSkim::skip_space() {
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    ++pos_;
  }
}

bool JsonSkim::begin(char open) {
  skip_space();
  if (failed_ || pos_ >= text_.size() || text_[pos_] != open) return fail();
  ++pos_;
  first_ = true;
  return true;
}

bool JsonSkim::next(char close) {
  if (failed_) return false;
  skip_space();
  if (pos_ >= text_.size()) return fail();
  const bool first = first_;
  first_ = false;
  if (text_[pos_] == close) {
    ++pos_;
    return false;
  }
  if (first) return true;
  if (text_[pos_] != ',') return fail();
  ++pos_;
  return true;
}

bool JsonSkim::next_element() { return next(']'); }

bool JsonSkim::next_member(std::string_view& key) {
  if (!next('}')) return false;
  bool escaped = false;
  if (!string(key, escaped) || escaped) return fail();
  skip_space();
  if (pos_ >= text_.size() || text_[pos_] != ':') return fail();
  ++pos_;
  return true;
}

bool JsonSkim::at_string() {
  skip_space();
  return !failed_ && pos_ < text_.size() && text_[pos_] == '"';
}

bool JsonSkim::string(std::string_view& inside, bool& escaped) {
  if (!at_string()) return fail();
  const size_t start = ++pos_;
  escaped = false;
  for (; pos_ < text_.size(); ++pos_) {
    const char c = text_[pos_];
    if (c == '"') {
      inside = text_.substr(start, pos_ - start);
      ++pos_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return fail();
    if (c != '\\') continue;
    escaped = true;
    if (++pos_ >= text_.size()) return fail();
    if (text_[pos_] == 'u') {
      if (text_.size() - pos_ < 5) return fail();
      for (size_t i = 1; i <= 4; ++i) {
        if (!is_hex(text_[pos_ + i])) return fail();
      }
      pos_ += 4;
    } else if (std::string_view("\"\\/bfnrt").find(text_[pos_]) == std::string_view::npos) {
      return fail();
    }
  }
  return fail();
}

bool JsonSkim::literal(std::string_view word) {
  if (text_.substr(pos_, word.size()) != word) return false;
  pos_ += word.size();
  return true;
}

bool JsonSkim::null() {
  if (failed_) return false;
  skip_space();
  return literal("null");
}

bool JsonSkim::number() {
  const auto digits = [this] {
    const size_t start = pos_;
    while (pos_ < text_.size() && text_[pos_] >= '0' && text_[pos_] <= '9') ++pos_;
    return pos_ - start;
  };
  const auto at = [this](char c) { return pos_ < text_.size() && text_[pos_] == c; };
  if (at('-')) ++pos_;
  const bool zero = at('0');
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return fail();
  if (at('.')) {
    ++pos_;
    if (digits() == 0) return fail();
  }
  if (at('e') || at('E')) return fail();  // rare enough for the whole parse, which also knows what is out of range
  return whole > 15 ? fail() : true;
}

bool JsonSkim::integer(std::string_view& digits) {
  if (failed_) return false;
  skip_space();
  const size_t start = pos_;
  if (!number()) return false;
  digits = text_.substr(start, pos_ - start);
  return digits.find_first_not_of("0123456789") == std::string_view::npos || fail();
}

bool JsonSkim::skip_scalar() {
  if (failed_) return false;
  skip_space();
  if (pos_ >= text_.size()) return fail();
  switch (text_[pos_]) {
    case '"': {
      std::string_view inside;
      bool escaped = false;
      return string(inside, escaped);
    }
    case 't': return literal("true") || fail();
    case 'f': return literal("false") || fail();
    case 'n': return literal("null") || fail();
    default: return number();
  }
}

bool JsonSkim::end() {
  if (failed_) return false;
  skip_space();
  return pos_ == text_.size() || fail();
}

}  // namespace whinchat::provider
