#include "base/text.h"

#include <doctest/doctest.h>

using namespace whinchat;
using Parts = std::vector<std::string_view>;

TEST_CASE("white space is trimmed at both ends only") {
  CHECK(trim("  a b \r\n") == "a b");
  CHECK(trim(" \t ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("blank means nothing to read, in any script") {
  CHECK(is_blank(""));
  CHECK(is_blank(" \n\t"));
  CHECK(is_blank("\u00A0\u2003\u3000\u200B\uFEFF"));
  CHECK_FALSE(is_blank("\u00A0x"));
  CHECK_FALSE(is_blank("\xFF"));
}

TEST_CASE("case is ignored in ASCII only") {
  CHECK(equals_ignoring_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(equals_ignoring_case("abc", "abcd"));
  CHECK_FALSE(equals_ignoring_case("Ä", "ä"));
  CHECK(starts_with_ignoring_case("HTTPS://x", "https:"));
  CHECK_FALSE(starts_with_ignoring_case("h", "http"));
}

TEST_CASE("an empty list has no parts") {
  CHECK(split_list("") == Parts{});
  CHECK(split_list(" , ,") == Parts{});
  CHECK(split_list("a") == Parts{"a"});
  CHECK(split_list(" a, b ,,c ") == Parts{"a", "b", "c"});
}

TEST_CASE("a number is the whole text or nothing") {
  CHECK(parse_integer("5000") == 5000);
  CHECK(parse_integer("-1") == -1);
  CHECK(parse_integer("9223372036854775807") == 9223372036854775807LL);
  for (const char* text : {"", " 5", "5 ", "+5", "5.0", "0x5", "five", "9223372036854775808", "1e3", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text).has_value());
  }
  CHECK(parse_number("0.7") == doctest::Approx(0.7));
  CHECK(parse_number("1e-1") == doctest::Approx(0.1));
  for (const char* text : {"", "inf", "nan", "NaN", "1e999", "0,7", "0.7f", "0x1p3", "+1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text).has_value());
  }
}

TEST_CASE("a printed number is short and reads back as the same one") {
  CHECK(shortest_number(0.25) == "0.25");
  CHECK(shortest_number(12) == "12");
  CHECK(shortest_number(0.1) == "0.1");
  CHECK(shortest_number(-1e300) == "-1e+300");
  for (const double value : {0.1 + 0.2, 1.0 / 3, 123456789012.345678, 5e-324, 1.7976931348623157e308}) CHECK(parse_number(shortest_number(value)) == value);
}

TEST_CASE("what is shown stays on one line and reads in one direction") {
  CHECK(escape_for_log("a\r\nb\tc", 100) == "a\\r\\nb\\tc");
  CHECK(escape_for_log("\x1b[2J", 100) == "\\u{1B}[2J");
  CHECK(escape_for_log("\u202Egnp.exe", 100) == "\\u{202E}gnp.exe");
  CHECK(escape_for_log("\u2028\u0085", 100) == "\\u{2028}\\u{85}");
  CHECK(escape_for_log("\xC0\xAF", 100) == "\\xC0\\xAF");
  CHECK(escape_for_log("back\\slash", 100) == "back\\\\slash");
  CHECK(escape_for_log("Grüße 🐦", 100) == "Grüße 🐦");
  CHECK(escape_for_log(std::string(1000, 'x'), 10) == "xxxxxxxxxx…");
  CHECK(escape_for_log(std::string_view("\0", 1), 10) == "\\u{00}");
}

TEST_CASE("a slip of the finger finds its word, nonsense does not") {
  const Parts words = {"port", "host", "log-level", "default-model"};
  CHECK(closest_match("prot", words) == "port");  // neighbours swapped
  CHECK(closest_match("por", words) == "port");
  CHECK(closest_match("loglevel", words) == "log-level");
  CHECK(closest_match("default-modle", words) == "default-model");
  CHECK(closest_match("banana", words).empty());
  CHECK(closest_match(std::string(10'000, 'x'), words).empty());
}
