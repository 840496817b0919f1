#include "http/chunk_guard.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace whinchat::http;
using Verdict = ChunkGuard::Verdict;

namespace {

struct Outcome {
  Verdict verdict = Verdict::kMore;
  size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds the bytes cut at the given place and, when step is set, at every multiple of it after that.
Outcome feed(const std::string& bytes, size_t cut, size_t step, size_t limit) {
  ChunkGuard guard(limit);
  Outcome outcome;
  size_t at = 0;
  while (at < bytes.size() && outcome.verdict == Verdict::kMore) {
    const size_t end = at < cut ? cut : step > 0 ? at + step : bytes.size();
    size_t used = 0;
    outcome.verdict = guard.feed(std::string_view(bytes).substr(at, end - at), used);
    outcome.used += used;
    at += used;
    if (outcome.verdict == Verdict::kMore && end < bytes.size()) CHECK(at == end);
  }
  CHECK(guard.done() == (outcome.verdict == Verdict::kDone));
  return outcome;
}

struct Row {
  const char* what;
  std::string bytes;
  Verdict verdict;
  size_t used;  // for kDone: how much is the body
};

const std::string kEnd = "0\r\n\r\n";

std::vector<Row> rows() {
  std::string trailers;
  for (int i = 0; i < 200; ++i) trailers += "X-" + std::to_string(i) + ": y\r\n";
  const std::string five = "5\r\nhello\r\n";
  return {
      {"empty body", kEnd, Verdict::kDone, 5},
      {"one chunk", five + kEnd, Verdict::kDone, 15},
      {"the next request is left alone", five + kEnd + "GET / HTTP/1.1\r\n", Verdict::kDone, 15},
      {"capitals and leading zeros", "00A\r\n0123456789\r\n" + kEnd, Verdict::kDone, 22},
      {"several zeros at the end", "000\r\n\r\n", Verdict::kDone, 7},
      {"extension", "5;name=value\r\nhello\r\n" + kEnd, Verdict::kDone, 26},
      {"trailer", five + "0\r\nX: y\r\n\r\n", Verdict::kDone, 21},
      {"data that looks like an end", "5\r\n0\r\n\r\n\r\n" + kEnd, Verdict::kDone, 15},
      {"not complete", "5\r\nhel", Verdict::kMore, 0},
      {"end not complete", five + "0\r\n", Verdict::kMore, 0},
      {"0x5", "0x5\r\nhello\r\n" + kEnd, Verdict::kMalformed, 0},
      {"-1", "-1\r\n", Verdict::kMalformed, 0},
      {"-2", "-2\r\n", Verdict::kMalformed, 0},
      {"+5", "+5\r\nhello\r\n", Verdict::kMalformed, 0},
      {"no digits", "\r\n", Verdict::kMalformed, 0},
      {"only an extension", ";x\r\n", Verdict::kMalformed, 0},
      {"17 digits", "00000000000000005\r\nhello\r\n", Verdict::kMalformed, 0},
      {"2^64 + 5", "10000000000000005\r\n", Verdict::kMalformed, 0},
      {"space before the extension", "5 ;x\r\nhello\r\n", Verdict::kMalformed, 0},
      {"space after the size", "5 \r\nhello\r\n", Verdict::kMalformed, 0},
      {"bare LF after the size", "5\nhello\r\n", Verdict::kMalformed, 0},
      {"bare CR after the size", "5\rhello\r\n", Verdict::kMalformed, 0},
      {"bare LF after the data", "5\r\nhello\n" + kEnd, Verdict::kMalformed, 0},
      {"no CRLF after the data", "5\r\nhello" + kEnd, Verdict::kMalformed, 0},
      {"more data than said", "5\r\nhello!\r\n", Verdict::kMalformed, 0},
      {"LF in the extension", "5;a\nb\r\nhello\r\n", Verdict::kMalformed, 0},
      {"NUL in the extension", std::string("5;a\0b\r\n", 7), Verdict::kMalformed, 0},
      {"100 KB extension", "5;" + std::string(100'000, 'x') + "\r\nhello\r\n", Verdict::kMalformed, 0},
      {"200 trailers", five + "0\r\n" + trailers + "\r\n", Verdict::kMalformed, 0},
      {"bare LF in the trailers", five + "0\r\nX: y\n\r\n", Verdict::kMalformed, 0},
      {"bare LF at the end", five + "0\r\n\n", Verdict::kMalformed, 0},
      {"too large at once", "65\r\n", Verdict::kTooLarge, 0},
      {"too large in sum", "40\r\n" + std::string(64, 'x') + "\r\n40\r\n", Verdict::kTooLarge, 0},
      {"huge", "ffffffff\r\n", Verdict::kTooLarge, 0},
  };
}

}  // namespace

TEST_CASE("chunked bodies end where they end and malformed ones are refused, however they are split") {
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    const Outcome whole = feed(row.bytes, row.bytes.size(), 0, 100);
    CHECK(whole.verdict == row.verdict);
    if (row.verdict == Verdict::kDone) CHECK(whole.used == row.used);
    CHECK(feed(row.bytes, 0, 1, 100) == whole);
    CHECK(feed(row.bytes, 0, 3, 100) == whole);
    if (row.bytes.size() > 4096) continue;
    for (size_t cut = 1; cut < row.bytes.size(); ++cut) CHECK(feed(row.bytes, cut, 0, 100) == whole);
  }
}

TEST_CASE("many small extensions do not add up to a refusal by size of one, but to one by their sum") {
  std::string body;
  for (int i = 0; i < 20; ++i) body += "1;abc\r\nx\r\n";
  CHECK(feed(body + kEnd, 0, 7, 100).verdict == Verdict::kDone);
  body.clear();
  for (int i = 0; i < 80; ++i) body += "1;abcdef\r\nx\r\n";
  CHECK(feed(body + kEnd, 0, 7, 100).verdict == Verdict::kMalformed);
}
