#include "base/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace whinchat;
using namespace std::string_literals;

namespace {

std::string repeated(std::string_view part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

std::string problem(std::string_view text, JsonLimits limits = {}) {
  const auto parsed = parse_json(text, limits);
  if (parsed) return "accepted";
  CHECK(parsed.error().code == ErrorCode::kInvalidRequest);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("a chat request comes out as it went in") {
  const auto parsed = parse_json(R"( {"message":"Grüße \"du\" \ud83d\udc26\n","history":[{"role":"user","content":""}],"n":[1,-2,0.5,true,null]} )");
  REQUIRE(parsed.ok());
  CHECK((*parsed.operator->())["message"] == "Grüße \"du\" 🐦\n");
  CHECK(parsed->at("history")[0]["role"] == "user");
  CHECK(parsed->at("n") == nlohmann::json::parse("[1,-2,0.5,true,null]"));
  CHECK(parsed->at("n")[1].is_number_integer());
  CHECK(parsed->size() == 3);
}

TEST_CASE("every RFC 8259 text is accepted") {
  for (const char* text :
       {"null", "true", "false", "0", "-0", "1e5", "1E+2", "-1.5e-3", "123e65", "\"\"", "\"asd\"", "[]", "{}", "[[]]", "[1\n]", " [1] ", "[1,null,2]",
        "[4 ]", "[-0]", "[0e+1]", "[20e1]", "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
        "[\"\\\\u0000\"]", "[\"a/*b*/c\"]", "[\"\\uFFFF\"]", "[\"\u2028\u2029\"]", "[\"\\uDBFF\\uDFFF\"]", "[\"\x7F\"]", "[\" \"]",
        "{\"\":0}", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "{\"min\":-1.0e+28,\"max\":1.0e+28}", "[18446744073709551616]", "[1e-400]",
        "[-9223372036854775809]", "\t[\r\n]\t"}) {
    CAPTURE(text);
    CHECK(problem(text) == "accepted");
  }
}

TEST_CASE("everything else is refused") {
  for (const std::string& text :
       {""s, " "s, "x"s, "["s, "]"s, "{"s, "}"s, "[1,]"s, "[,1]"s, "[1,,2]"s, "[1 2]"s, "[\"a\",\n4\n,1,"s, "{\"a\":1,}"s, "{\"a\" 1}"s, "{\"a\":}"s,
        "{a:1}"s, "{'a':1}"s, "{1:1}"s, "{\"a\":1 \"b\":2}"s, "{\"a\":\"b\"}#"s, "{\"a\":\"b\"}/**/"s, "// x\n1"s, "[1]x"s, "[1][2]"s, "1 1"s, "nul"s,
        "True"s, "NaN"s, "Infinity"s, "-Infinity"s, "[-]"s, "[+1]"s, "[01]"s, "[-01]"s, "[.5]"s, "[1.]"s, "[1e]"s, "[1e+]"s, "[1.0e]"s, "[0x1]"s,
        "[1a]"s, "[1eE2]"s, "[-2.]"s, "[1_000]"s, "[1e999]"s, "[-1e999]"s, "\""s, "\"abc"s, "\"\\"s, "\"\\x00\""s, "\"\\u12\""s, "\"\\u00G0\""s,
        "\"\\a\""s, "\"\\uD800\""s, "\"\\uDC00\""s, "\"\\uD800x\""s, "\"\\uD800\\uD800\""s, "\"\\uD834\\u\""s, "\"a\nb\""s, "\"a\tb\""s, "\"\x1f\""s,
        "\"\xFF\""s, "\"\xC0\xAF\""s, "\"\xED\xA0\x80\""s, "\"\xF4\x90\x80\x80\""s, "\"\xE2\x82\""s, "\xFF"s, "[\xC3]"s, "\xEF\xBB\xBF{}"s, "\xFE\xFF\0["s,
        "{}\0"s, "\0"s, "{\"a\":\0 1}"s, "{}\0x"s, "[1]\xE2\x81\xA0"s, "\xC2\xA0[]"s, "[\f]"s}) {
    CAPTURE(text);
    const std::string told = problem(text);
    CHECK(told != "accepted");
    CHECK(told.size() > 10);
  }
}

TEST_CASE("a NUL character is refused, written or escaped") {
  CHECK(problem(R"({"message":"a\u0000b"})") == "The JSON has a string with a NUL character.");
  CHECK(problem(R"({"a\u0000b":1})") == "The JSON has a string with a NUL character.");
  CHECK(problem("{\"message\":\"a\0b\"}"s) == "The JSON has a NUL byte.");
}

TEST_CASE("a key twice in one object is refused, in two objects it is not") {
  CHECK(problem(R"({"message":"a","message":"b"})") == "The JSON has the key \"message\" twice in one object.");
  CHECK(problem(R"({"a":{"b":1,"\u0062":2}})") == "The JSON has the key \"b\" twice in one object.");
  CHECK(problem(R"([{"a":1},{"a":1},{"a":{"a":1}}])") == "accepted");
  CHECK(problem("{\"\\u001b[2J\":1,\"\\u001b[2J\":2}") == "The JSON has the key \"\\u{1B}[2J\" twice in one object.");
}

TEST_CASE("nesting is counted before anything is built") {
  CHECK(problem(repeated("[", 16) + repeated("]", 16)) == "accepted");
  CHECK(problem(repeated("[", 17) + repeated("]", 17)) == "The JSON is nested more than 16 levels deep.");
  CHECK(problem(repeated("{\"a\":", 16) + "1" + repeated("}", 16)) == "accepted");
  CHECK(problem(repeated("{\"a\":", 17) + "1" + repeated("}", 17)) == "The JSON is nested more than 16 levels deep.");
  CHECK(problem(repeated("[", 500'000)) == "The JSON is nested more than 16 levels deep.");
  CHECK(problem("[" + repeated("[],", 1000) + "[]]") == "accepted");  // beside each other is not within each other
}

TEST_CASE("values are counted, keys are not") {
  CHECK(problem("[" + repeated("1,", 4094) + "1]") == "accepted");
  CHECK(problem("[" + repeated("1,", 4095) + "1]") == "The JSON has more than 4096 values.");
  CHECK(problem("[" + repeated("{},", 333'333) + "{}]") == "The JSON has more than 4096 values.");
  CHECK(problem(R"({"a":1,"b":2})", {16, 3, 100}) == "accepted");
  CHECK(problem(R"({"a":1,"b":2,"c":3})", {16, 3, 100}) == "The JSON has more than 3 values.");
}

TEST_CASE("strings are limited in code points") {
  const JsonLimits limits{16, 100, 5};
  CHECK(problem("\"12345\"", limits) == "accepted");
  CHECK(problem("\"🐦🐦🐦🐦🐦\"", limits) == "accepted");
  CHECK(problem("\"123456\"", limits) == "The JSON has a string of more than 5 characters.");
  CHECK(problem("{\"123456\":1}", limits) == "The JSON has a string of more than 5 characters.");
}

TEST_CASE("the reason tells the place and repeats nothing of the text") {
  const std::string told = problem(R"({"message":"my secret plan" oops})");
  CHECK(told == "The text is not valid JSON at byte 29.");
  CHECK(problem("[1e999]") == "The JSON has a number that is too large at byte 6.");
  CHECK(problem("  ") == "The JSON is empty.");
  CHECK(problem("\xEF\xBB\xBF{}") == "The JSON starts with a byte order mark. Send plain UTF-8.");
}

TEST_CASE("what was accepted can be copied, compared and dumped") {
  const auto parsed = parse_json("[" + repeated("[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],", 200) + "0]");
  REQUIRE(parsed.ok());
  const nlohmann::json copy = *parsed.operator->();
  CHECK(copy == parsed.value());
  CHECK(copy.dump().size() > 6000);
}
