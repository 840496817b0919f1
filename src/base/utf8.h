// UTF-8 as text from outside has it: checked, counted in code points, never cut in the middle of one.
//
// All functions take any bytes, read each byte once, allocate nothing but their result and never throw but bad_alloc.
// Well-formed means Unicode 15.0 table 3-7 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace whinchat {

inline constexpr char32_t kNotUtf8 = 0xFFFFFFFF;

// The code point that starts at `at` (at < text.size()), and moves `at` behind it. Ill-formed: kNotUtf8, `at` moves behind
// the ill-formed part (its longest well-formed beginning, at least one byte), as the standard advises for U+FFFD.
char32_t next_code_point(std::string_view text, size_t& at);

bool is_valid_utf8(std::string_view text);

// Code points; each ill-formed part counts as one.
size_t count_code_points(std::string_view text);

// The longest beginning of at most bytes_max bytes that cuts no code point.
std::string_view utf8_prefix(std::string_view text, size_t bytes_max);

// Every ill-formed part becomes U+FFFD.
std::string replace_bad_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace whinchat
