#include "chat/archive_json.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

// The pieces joined by '|', read in chunks of that size; the error's code at the end when there is one.
std::string pieces(std::string_view text, size_t chunk) {
  size_t at = 0;
  ConversationTexts texts([&]() -> Result<std::string_view> {
    const std::string_view part = text.substr(at, chunk);
    at += part.size();
    return part;
  });
  std::string out;
  for (;;) {
    auto piece = texts.next();
    if (!piece.ok()) return out + "!";
    if (!*piece) return out;
    out += (*piece)->too_large ? std::string("(too large)") : (*piece)->text;
    out += '|';
  }
}

}  // namespace

TEST_CASE("a list is cut into its values, whatever the chunks") {
  for (const size_t chunk : {1u, 2u, 3u, 7u, 1000u}) {
    CAPTURE(chunk);
    CHECK(pieces("[]", chunk) == "");
    CHECK(pieces(" [ {\"a\":\"}]\\\"\"} , {} ,[1,[2]], \"x\" ,5 ] ", chunk) == "{\"a\":\"}]\\\"\"}|{}|[1,[2]]|\"x\"|5|");
    CHECK(pieces("\xEF\xBB\xBF[{}]", chunk) == "{}|");
    CHECK(pieces("{\"format\":\"whinchat\",\"x\":{\"conversations\":[9]},\"conversations\":[{\"id\":1},{\"id\":2}],\"after\":1}", chunk) == "{\"id\":1}|{\"id\":2}|");
  }
}

TEST_CASE("what is no list of conversations, or ends in the middle, is an error") {
  for (const std::string_view text : {"", " ", "x", "5", "\"[\"", "null", "{}", "{\"conversations\":5}", "{\"conversations\"", "{\"conversations\":[", "[", "[{", "[{}", "[{},", 
                                      "[,]", "[{},]", "[}", "{\"a\" 5}", "{5:1}", "{\"a\":1 \"b\":2}", "[\"abc", "[{\"a\":\"\\"}) {
    CAPTURE(text);
    CHECK(pieces(text, 3).ends_with("!"));
  }
}

TEST_CASE("a conversation that is too large is left out, and the next one is there") {
  const std::string text = "[\"" + std::string(limits::kArchiveConversationBytes, 'x') + "\",{\"id\":1}]";
  CHECK(pieces(text, 64 * 1024) == "(too large)|{\"id\":1}|");
}

TEST_CASE("half a million brackets are counted, not recursed into") {
  CHECK(pieces("[" + std::string(500'000, '['), 4096) == "!");
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  CHECK(pieces("[" + deep + "]", 4096) == deep + "|");
}
