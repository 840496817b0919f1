// Small questions about text: white space, case, lists, numbers, and how to show untrusted bytes to a person.
//
// "Case" and "white space" are ASCII's; nothing here looks at the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whinchat {

std::string_view trim(std::string_view text);  // space, tab, CR, LF, VT, FF at both ends
bool is_blank(std::string_view text);          // nothing but white space, Unicode's included (U+00A0, U+2003, U+3000 ...)

char lower_ascii(char c);
std::string lower_ascii(std::string_view text);
std::string upper_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view beginning);

// The parts between separators, trimmed, empty ones left out. "" gives an empty list, never one empty part.
std::vector<std::string_view> split_list(std::string_view text, char separator = ',');
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The whole text and nothing but a decimal number ("+5", " 5", "5 ", "0x5", "" are not); nothing when it does not fit.
std::optional<int64_t> parse_integer(std::string_view text);
std::string shortest_number(double value);  // finite; reads back as the same number
std::optional<double> parse_number(std::string_view text);  // finite; no "inf", "nan", hexadecimal

// For logs and error messages: C0, DEL, C1, U+2028/9 and the bidirectional controls become \n \t \u{202E}, a backslash
// becomes \\, ill-formed UTF-8 becomes \xFF. The result is printable, on one line, and at most about bytes_max long.
std::string escape_for_log(std::string_view text, size_t bytes_max);

// The candidate nearest to `word` by edit distance, if near enough to be a slip of the finger; empty otherwise.
std::string_view closest_match(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace whinchat
