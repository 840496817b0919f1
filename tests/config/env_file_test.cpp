#include "env_file.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace whinchat;

namespace {

// The value of A, or what went wrong.
std::string value_of_a(std::string_view text) {
  const EnvFile file = parse_env_file(text);
  if (!file.problems.empty()) return "problem";
  std::string value = "none";
  for (const EnvFileEntry& entry : file.entries) {
    if (entry.name == "A") value = entry.value;
  }
  return value;
}

}  // namespace

TEST_CASE("values are read as python-dotenv reads them") {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"A=b", "b"},
      {"A=b\n", "b"},
      {"A=b\r\nB=c", "b"},
      {" A = b ", "b"},
      {"export A=b", "b"},
      {"export  A=b", "b"},
      {"'A'=b", "b"},
      {"A=b c", "b c"},
      {"A=b # comment", "b"},
      {"A=b  # Set True in production", "b"},
      {"A=b\t# comment", "b"},
      {"A=b#c", "b#c"},
      {"A=#b", "#b"},
      {"A=b #", "b"},
      {"A=", ""},
      {"A= ", ""},
      {"A='b # c'", "b # c"},
      {"A='b' # comment", "b"},
      {"A=\"b # c\" # d", "b # c"},
      {"A='b\\'c'", "b'c"},
      {"A='b\\nc'", "b\\nc"},
      {"A=\"b\\nc\\t\\\"d\\\" \\\\ \\'\"", "b\nc\t\"d\" \\ '"},
      {"A=\"b\\xc\"", "b\\xc"},
      {"A=\"b\nc\"", "b\nc"},
      {"A='b\nc'\nB=d", "b\nc"},
      {"A=b\\nc", "b\\nc"},
      {"A=b=c=", "b=c="},
      {"A=b\"c", "b\"c"},
      {"A=\"\"", ""},
      {"# A=b", "none"},
      {"A", "none"},
      {"A # comment", "none"},
      {"export A", "none"},
      {"", "none"},
      {"\n\n  \n#\nA=b", "b"},
      {"A=b\nA=c", "c"},
      {"A=1\rA=2", "2"},
      {"\xEF\xBB\xBF" "A=b", "b"},
      {"A=Grüße", "Grüße"},
      {"export=b\nA=c", "c"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(value_of_a(text) == expected);
  }
}

TEST_CASE("a comment alone behind the equals sign leaves the value empty") { CHECK(value_of_a("A= # comment") == ""); }

TEST_CASE("what cannot be read is a problem with its line, and never repeats the line") {
  for (const std::string_view text : {"=b", "A b", "A: b", "1A=b", "A=\"b", "A='b", "A='b' c", "A=\"b\"c", "'A=b", "-A=b", "A B=c", "Ä=b"}) {
    CAPTURE(text);
    CHECK(value_of_a(text) == "problem");
  }
  const EnvFile file = parse_env_file("OK=1\n\nBAD sk-secret\nALSO=2\nkey: sk-secret\n");
  REQUIRE(file.problems.size() == 2);
  CHECK(file.problems[0].starts_with("line 3: "));
  CHECK(file.problems[1].starts_with("line 5: "));
  CHECK((file.problems[0] + file.problems[1]).find("secret") == std::string::npos);
  CHECK(file.entries.size() == 2);
  CHECK(file.entries[1].line == 4);
}

TEST_CASE("lines are counted through values of several lines") {
  const EnvFile file = parse_env_file("A=\"1\n2\n3\"\nB=4\n");
  REQUIRE(file.entries.size() == 2);
  CHECK(file.entries[0].line == 1);
  CHECK(file.entries[1].line == 4);
}

TEST_CASE("expansion is not done, and said so") {
  const EnvFile file = parse_env_file("A=x\nB=${A}/y\n");
  CHECK(file.entries[1].value == "${A}/y");
  REQUIRE(file.warnings.size() == 1);
  CHECK(file.warnings[0].starts_with("line 2: "));
}

TEST_CASE("files that are no text, or too large, are refused") {
  CHECK_FALSE(parse_env_file(std::string_view("A=b\0c", 5)).problems.empty());
  CHECK_FALSE(parse_env_file("A=\xFF").problems.empty());
  CHECK_FALSE(parse_env_file(std::string(limits::kEnvFileBytes + 1, '#')).problems.empty());
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "A=1\n";
  const EnvFile file = parse_env_file(many);
  CHECK(file.problems.size() == 1);
  CHECK(file.entries.size() <= limits::kEnvFileEntries + 1);
}
