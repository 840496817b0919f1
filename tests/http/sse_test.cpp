// The parser against a table that was measured with a WHATWG reference and two official clients, in every split.
#include "http/sse.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using whinchat::http::SseEvent;
using whinchat::http::SseParser;

namespace {

using namespace std::string_literals;

struct Seen {
  std::string name, data, id;
  bool operator==(const Seen& o) const { return name == o.name && data == o.data && id == o.id; }
};
Seen message(std::string data, std::string id = "") { return {"message", std::move(data), std::move(id)}; }
Seen named(std::string name, std::string data) { return {std::move(name), std::move(data), ""}; }

// Reads of the given sizes; the last size is repeated.
std::vector<Seen> parse(const std::string& input, const std::vector<size_t>& sizes, int64_t* retry = nullptr) {
  SseParser parser;
  std::vector<Seen> seen;
  const auto on_event = [&](const SseEvent& e) {
    seen.push_back({std::string(e.name), std::string(e.data), std::string(e.id)});
    return true;
  };
  size_t pos = 0;
  for (size_t i = 0; pos < input.size(); ++i) {
    const size_t size = sizes[std::min(i, sizes.size() - 1)];
    // A copy of its own: a view that outlives its read is a use after free that the sanitizer sees.
    const std::string piece = input.substr(pos, size);
    parser.feed(piece, on_event);
    pos += piece.size();
  }
  parser.finish(on_event);
  if (retry) *retry = parser.retry_ms();
  return seen;
}

void check_every_split(const std::string& input, const std::vector<Seen>& expected) {
  CAPTURE(input);
  CHECK(parse(input, {input.size() + 1}) == expected);
  for (size_t size = 1; size <= 7; ++size) CHECK(parse(input, {size}) == expected);
  for (size_t at = 1; at < input.size(); ++at) {
    CAPTURE(at);
    CHECK(parse(input, {at, input.size()}) == expected);
    for (size_t more = 1; at + more < input.size(); ++more) {
      REQUIRE(parse(input, {at, more, input.size()}) == expected);
    }
  }
}

struct Row {
  const char* name;
  std::string input;
  std::vector<Seen> expected;
};

const std::string kBom = "\xEF\xBB\xBF";

std::vector<Row> rows_1_to_29() {
  return {
      {"1 LF", "data: a\n\ndata: b\n\n", {message("a"), message("b")}},
      {"2 CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {message("a"), message("b")}},
      {"3 CR", "data: a\r\rdata: b\r\r", {message("a"), message("b")}},
      {"4 mixed endings", "data: a\r\n\ndata: b\n\r\n", {message("a"), message("b")}},
      {"5 CRLF split", "data: a\r\n\r\ndata: b\r\n\r\n", {message("a"), message("b")}},
      {"6 emoji", "data: caf\xC3\xA9 \xF0\x9F\x98\x80\n\n", {message("caf\xC3\xA9 \xF0\x9F\x98\x80")}},
      {"7 several data lines", "data: a\ndata: b\ndata:\ndata: c\n\n", {message("a\nb\n\nc")}},
      {"8 no space", "data:a\n\n", {message("a")}},
      {"9 two spaces", "data:  a\n\n", {message(" a")}},
      {"10 tab", "data:\ta\n\n", {message("\ta")}},
      {"11 colon in value", "data: {\"a\":\"b: c\"}\n\n", {message("{\"a\":\"b: c\"}")}},
      {"12 field without colon", "data\n\n", {message("")}},
      {"13 two bare data lines", "data\ndata\n\n", {message("\n")}},
      {"14 empty value", "data:\n\n", {message("")}},
      {"15 comment only", ": OPENROUTER PROCESSING\n\n", {}},
      {"16 comment before data", ": ping\ndata: a\n\n", {message("a")}},
      {"17 comment between", "data: a\n\n:\n\ndata: b\n\n", {message("a"), message("b")}},
      {"18 event name", "event: message_start\ndata: {}\n\n", {named("message_start", "{}")}},
      {"19 event after data", "data: {}\nevent: ping\n\n", {named("ping", "{}")}},
      {"20 last name wins", "event: a\nevent: b\ndata: x\n\n", {named("b", "x")}},
      {"21 event without data", "event: ping\n\ndata: x\n\n", {message("x")}},
      {"22 name does not leak", "event: e1\ndata: 1\n\ndata: 2\n\n", {named("e1", "1"), message("2")}},
      {"23 id sticks", "id: 7\ndata: a\n\ndata: b\n\n", {message("a", "7"), message("b", "7")}},
      {"24 id with NUL", "id: 1\0\ndata: a\n\n"s, {message("a")}},
      {"25 retry", "retry: 1500\n\n", {}},
      {"26 bad retry", "retry: 15x\ndata: a\n\n", {message("a")}},
      {"27 unknown field", "foo: bar\ndata: a\n\n", {message("a")}},
      {"28 case matters", "Data: a\n\n", {}},
      {"29 space before the name", " data: a\n\n", {}},
  };
}

std::vector<Row> rows_30_to_48() {
  return {
      {"30 BOM", kBom + "data: a\n\n", {message("a")}},
      {"31 BOM split", kBom + "data: a\n\n", {message("a")}},
      {"32 BOM before the second event", "data: a\n\n" + kBom + "data: b\n\n", {message("a"), message("b")}},
      {"33 U+FEFF in data", "data: " + kBom + "a\n\n", {message(kBom + "a")}},
      {"34 invalid UTF-8", "data: \xFF" "a\n\n", {message("\xEF\xBF\xBD" "a")}},
      {"35 truncated UTF-8 at the end", "data: \xF0\x9F", {}},
      {"36 end without blank line", "data: a\n\ndata: b\n", {message("a")}},
      {"36b the same with JSON", "data: a\n\ndata: {\"b\":1}\n", {message("a"), message("{\"b\":1}")}},
      {"37 end in mid-line", "data: a\n\ndata: {\"x\":", {message("a")}},
      {"38 end after [DONE]", "data: a\n\ndata: [DONE]", {message("a"), message("[DONE]")}},
      {"39 many blank lines", "\n\n\ndata: a\n\n\n\n", {message("a")}},
      {"40 blank line first", "\ndata: a\n\n", {message("a")}},
      {"41 trailing spaces", "data: a  \n\n", {message("a  ")}},
      {"42 NEL and U+2028", "data: a\xE2\x80\xA8" "b\xC2\x85" "c\n\n", {message("a\xE2\x80\xA8" "b\xC2\x85" "c")}},
      {"43 escaped newline", "data: \"a\\nb\"\n\n", {message("\"a\\nb\"")}},
      {"44 NUL in data", "data: a\0b\n\n"s, {message("a\0b"s)}},
      {"46 two and a half events", "data: 1\n\ndata: 2\n\ndata: 3\n\n", {message("1"), message("2"), message("3")}},
      {"47 CR at the end", "data: a\n\ndata: b\r\r", {message("a"), message("b")}},
      {"48 JSON body", "{\"error\":{\"message\":\"x\"}}", {}},
  };
}

}  // namespace

TEST_CASE("every row of the table gives its events in every split") {
  for (const Row& row : rows_1_to_29()) {
    CAPTURE(row.name);
    check_every_split(row.input, row.expected);
  }
  for (const Row& row : rows_30_to_48()) {
    CAPTURE(row.name);
    check_every_split(row.input, row.expected);
  }
}

TEST_CASE("retry takes digits only") {
  int64_t retry = 0;
  parse("retry: 1500\n\n", {3}, &retry);
  CHECK(retry == 1500);
  parse("retry: 15x\n\n", {3}, &retry);
  CHECK(retry == -1);
  parse("retry: 99999999999999999999\n\n", {64}, &retry);
  CHECK(retry == -1);
}

TEST_CASE("a data line of 1 MiB in reads of 4 KiB is one event") {
  const std::string text(1u << 20, 'x');
  const auto seen = parse("data: " + text + "\n\n", {4096});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].data == text);
}

TEST_CASE("data over the limit ends the parsing, in one line or in many") {
  const auto ignore = [](const SseEvent&) { return true; };
  SseParser one_line(100);
  CHECK(one_line.feed("data: " + std::string(101, 'x') + "\n\n", ignore) == SseParser::State::kTooLarge);
  SseParser no_line_end(100);
  CHECK(no_line_end.feed(std::string(200, 'x'), ignore) == SseParser::State::kTooLarge);
  SseParser many(100);
  SseParser::State state = SseParser::State::kOpen;
  for (int i = 0; i < 60 && state == SseParser::State::kOpen; ++i) state = many.feed("data: 1\n", ignore);
  CHECK(state == SseParser::State::kTooLarge);
  int events = 0;
  SseParser fits(100);
  CHECK(fits.feed("data: " + std::string(100, 'x') + "\n\n", [&](const SseEvent&) { return ++events > 0; }) ==
        SseParser::State::kOpen);
  CHECK(events == 1);
}

TEST_CASE("a callback that returns false stops the parser for good") {
  SseParser parser;
  int events = 0;
  const auto stop = [&](const SseEvent&) { return ++events < 2; };
  CHECK(parser.feed("data: 1\n\ndata: 2\n\ndata: 3\n\n", stop) == SseParser::State::kStopped);
  CHECK(parser.feed("data: 4\n\n", stop) == SseParser::State::kStopped);
  CHECK(parser.finish(stop) == SseParser::State::kStopped);
  CHECK(events == 2);
}

TEST_CASE("comments are counted as signs of life") {
  SseParser parser;
  parser.feed(": keep-alive\n\n: keep", [](const SseEvent&) { return true; });
  CHECK(parser.comments() == 1);
  parser.feed("-alive\n\n", [](const SseEvent&) { return true; });
  CHECK(parser.comments() == 2);
}

TEST_CASE("an event that lies in one read is not copied") {
  const std::string input = "data: {\"a\":1}\n\n";
  SseParser parser;
  bool inside = false;
  parser.feed(input, [&](const SseEvent& e) {
    inside = e.data.data() >= input.data() && e.data.data() < input.data() + input.size();
    return true;
  });
  CHECK(inside);
}

TEST_CASE("bytes that are not UTF-8 become one U+FFFD for each broken sequence") {
  const std::string f = "\xEF\xBF\xBD";
  check_every_split("data: \xC3(\n\n", {message(f + "(")});
  check_every_split("data: \xED\xA0\xBD!\n\n", {message(f + f + f + "!")});
  check_every_split("data: \xF0\x9F\x98|\xE2\x82\n\n", {message(f + "|" + f)});
  check_every_split("data: 12345678\xC0\xAFzz\n\n", {message("12345678" + f + f + "zz")});
}

TEST_CASE("what the writer makes the parser reads back") {
  std::string out;
  whinchat::http::append_sse_event(out, "{\"a\":1}");
  whinchat::http::append_sse_event(out, "one\ntwo\r\nthree\rfour\n");
  out += whinchat::http::kSsePing;
  CHECK(parse(out, {out.size()}) == std::vector<Seen>{message("{\"a\":1}"), message("one\ntwo\nthree\nfour\n")});
}
