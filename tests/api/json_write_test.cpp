#include "api/json_write.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/utf8.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

std::string written(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string random_text(std::mt19937& random) {
  static constexpr char32_t kEdges[] = {1, 0x1f, '"', '\\', '/', 0x7f, 0x80, 0x7ff, 0x800, 0x2028, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff};
  std::string text;
  const size_t length = random() % 60;
  for (size_t i = 0; i < length; ++i) {
    char32_t c = 0;
    switch (random() % 4) {
      case 0: c = random() % 0x20; break;
      case 1: c = kEdges[random() % std::size(kEdges)]; break;
      case 2: c = 0x20 + random() % 0x60; break;
      default: c = random() % 0x110000;
    }
    if (c >= 0xd800 && c < 0xe000) c = 0x1F426;
    append_utf8(text, c);
  }
  return text;
}

}  // namespace

TEST_CASE("any text comes back as it was, through another JSON reader") {
  std::mt19937 random(20261123);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_text(random);
    const std::string out = written(text);
    REQUIRE(json::parse(out).get<std::string>() == text);
    REQUIRE(std::none_of(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
}

TEST_CASE("each control character has an escape") {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text(1, static_cast<char>(c));
    const std::string out = written(text);
    CHECK(out.size() > 3);
    CHECK(json::parse(out).get<std::string>() == text);
  }
  CHECK(written("a\nb\tc\rd\"e\\f/g") == R"("a\nb\tc\rd\"e\\f/g")");
  CHECK(written("\x1b[2J") == R"("\u001b[2J")");
}

TEST_CASE("it appends and leaves what was there") {
  std::string out = "[";
  append_json_string(out, "");
  append_json_string(out, "x");
  CHECK(out == "[\"\"\"x\"");
}

TEST_CASE("an error body holds what was given and nothing else") {
  CHECK(error_json({"Message required"}) == "{\"error\":\"Message required\"}\n");
  CHECK(json::parse(error_json({"e\"", "m", "c", 7, "0123456789abcdef"})) ==
        json{{"error", "e\""}, {"message", "m"}, {"code", "c"}, {"retry_after", 7}, {"request_id", "0123456789abcdef"}});
  CHECK_FALSE(json::parse(error_json({"e", "", "c", 0})).contains("retry_after"));
}
