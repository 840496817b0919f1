#include "base/utf8.h"

#include <doctest/doctest.h>

using namespace whinchat;

TEST_CASE("well-formed UTF-8 is accepted, up to the last code point") {
  for (const char* text : {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
                           "\xF4\x8F\xBF\xBF", "Grüße 你好 🐦"}) {
    CAPTURE(text);
    CHECK(is_valid_utf8(text));
  }
}

TEST_CASE("ill-formed UTF-8 is refused: stray, overlong, surrogate, too large, cut off") {
  for (const char* text : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                           "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xC3",
                           "\xE2\x82", "\xF0\x9F\x90", "a\xFFz", "\xC3("}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_utf8(text));
  }
}

TEST_CASE("code points are counted, not bytes") {
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("abc") == 3);
  CHECK(count_code_points("äöü") == 3);
  CHECK(count_code_points("🐦🐦") == 2);
  CHECK(count_code_points("e\xCC\x81") == 2);  // a letter and a combining accent are two
  CHECK(count_code_points("\xFF\xFF") == 2);
}

TEST_CASE("a cut never goes through a code point") {
  const std::string text = "aß€🐦";  // 1 + 2 + 3 + 4 bytes
  const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    CAPTURE(bytes);
    CHECK(utf8_prefix(text, bytes).size() == expected[bytes]);
  }
}

TEST_CASE("every ill-formed part becomes one replacement character") {
  CHECK(replace_bad_utf8("fine €") == "fine €");
  CHECK(replace_bad_utf8("a\xFF" "b") == "a\uFFFDb");
  CHECK(replace_bad_utf8("\xE2\x82") == "\uFFFD");             // a cut-off sequence is one part
  CHECK(replace_bad_utf8("\xF0\x80\x80\x41") == "\uFFFD\uFFFD\uFFFD" "A");
  CHECK(is_valid_utf8(replace_bad_utf8("\xED\xA0\x80\xC0\xAF")));
}

TEST_CASE("encoding and decoding agree on every code point") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, c);
    size_t at = 0;
    if (next_code_point(text, at) != c || at != text.size()) FAIL("code point " << static_cast<unsigned>(c));
  }
}

TEST_CASE("what is no ASCII is seen at every place of a longer text") {
  for (size_t at = 0; at < 40; ++at) {
    CAPTURE(at);
    std::string text(40, 'a');
    CHECK(is_valid_utf8(text));
    CHECK(count_code_points(text) == 40);
    text[at] = '\xFF';
    CHECK_FALSE(is_valid_utf8(text));
    text.replace(at, 1, "\xC3\xA9");
    CHECK(is_valid_utf8(text));
    CHECK(count_code_points(text) == 40);
  }
}
