#include "provider/think_splitter.h"

#include <doctest/doctest.h>

#include <vector>

using namespace whinchat::provider;

namespace {

struct Told {
  std::string reasoning;
  std::string text;
  bool operator==(const Told&) const = default;
};

Told split(const std::vector<std::string>& pieces) {
  ThinkSplitter splitter;
  Told told;
  const auto take = [&](ThinkSplitter::Pieces p) {
    if (!p.reasoning.empty()) CHECK(told.text.empty());
    told.reasoning += p.reasoning;
    told.text += p.text;
  };
  for (const std::string& piece : pieces) take(splitter.feed(piece));
  take(splitter.finish());
  return told;
}

struct Row {
  std::string input;
  Told told;
};

const std::vector<Row> kRows = {
    {"<think>\nHm. 1 < 2\n</think>\n\nTwo.", {"Hm. 1 < 2\n", "Two."}},
    {"\n<think>a</think>b", {"a", "b"}},
    {"<think>\n\n</think>\n\nNo thoughts.", {"", "No thoughts."}},
    {"Plain text.", {"", "Plain text."}},
    {"  indented", {"", "  indented"}},
    {"Use <think>x</think> like this.", {"", "Use <think>x</think> like this."}},
    {"<think", {"", "<think"}},
    {"<thinking>not the tag</thinking>", {"", "<thinking>not the tag</thinking>"}},
    {"<think>a </ b </thin c </think>d</think>", {"a </ b </thin c ", "d</think>"}},
    {"<think>cut off in a thought </thi", {"cut off in a thought </thi", ""}},
    {"<think>é😀</think>é😀", {"é😀", "é😀"}},
    {"", {"", ""}},
    {"\n\n", {"", "\n\n"}},
    {std::string(65, ' ') + "<think>x", {"", std::string(65, ' ') + "<think>x"}},
};

}  // namespace

TEST_CASE("thoughts are told from text, however the answer is cut into pieces") {
  for (const Row& row : kRows) {
    CAPTURE(row.input);
    CHECK(split({row.input}) == row.told);
    std::vector<std::string> bytes;
    for (char c : row.input) bytes.emplace_back(1, c);
    CHECK(split(bytes) == row.told);
    for (size_t first = 0; first <= row.input.size(); ++first) {
      for (size_t second = first; second <= row.input.size(); ++second) {
        CHECK(split({row.input.substr(0, first), row.input.substr(first, second - first), row.input.substr(second)}) == row.told);
      }
    }
  }
}

TEST_CASE("thoughts come as they are written, but for what may be a tag's beginning") {
  ThinkSplitter splitter;
  CHECK(splitter.feed("<think>I ").reasoning == "I ");
  CHECK(splitter.feed("am <").reasoning == "am ");
  CHECK(splitter.feed("b>").reasoning == "<b>");
  CHECK(splitter.feed("</think>").text.empty());
  CHECK(splitter.feed("\n").text.empty());
  CHECK(splitter.feed("Yes").text == "Yes");
  CHECK(splitter.passes());
}

TEST_CASE("a splitter that is told to pass lets everything through") {
  ThinkSplitter splitter;
  splitter.pass();
  CHECK(splitter.feed("<think>a</think>b").text == "<think>a</think>b");
}
