#include "chat/turn_log.h"

#include <doctest/doctest.h>

#include <string>

using namespace whinchat;
using namespace whinchat::chat;

namespace {

Turn turn_named(std::string id) {
  Turn turn;
  turn.id = std::move(id);
  turn.user_id = "u";
  return turn;
}

// Everything that a reader gets from a position on, as "t:text r:reasoning" in order.
std::string shown_from(const TurnLog& log, size_t from) {
  std::string out;
  for (;;) {
    const TurnLog::View view = log.view(from);
    for (const auto& piece : view.pieces) out += piece.text;
    from = view.position;
    if (!view.more) return out;
  }
}

void write_all(TurnLog& log) {
  std::vector<TurnLog::Piece> pieces;
  size_t to = 0;
  log.copy_unwritten(pieces, to);
  log.publish(to);
}

}  // namespace

TEST_CASE("nothing is shown before it is written") {
  TurnLog log(turn_named("t"));
  REQUIRE(log.append(false, "Hello"));
  CHECK(shown_from(log, 0).empty());
  CHECK(log.unwritten_bytes() == 5);
  std::vector<TurnLog::Piece> pieces;
  size_t to = 0;
  log.copy_unwritten(pieces, to);
  REQUIRE(log.append(false, " you"));  // arrives while the journal writes
  log.publish(to);
  CHECK(shown_from(log, 0) == "Hello");
  CHECK(log.unwritten_bytes() == 4);
  CHECK(log.position() == 5);
  write_all(log);
  CHECK(shown_from(log, 5) == " you");
}

TEST_CASE("text and reasoning keep the order in which they came") {
  TurnLog log(turn_named("t"));
  log.append(true, "hm");
  log.append(true, " so");
  log.append(false, "Yes");
  log.append(true, "?");
  log.append(false, ".");
  write_all(log);
  const auto view = log.view(1);
  REQUIRE(view.pieces.size() == 4);
  CHECK(view.pieces[0].reasoning);
  CHECK(view.pieces[0].text == "m so");
  CHECK(view.pieces[0].at == 1);
  CHECK(view.pieces[1].text == "Yes");
  CHECK_FALSE(view.pieces[1].reasoning);
  CHECK(view.pieces[3].at == 9);
  const auto answer = log.answer();
  CHECK(answer.content == "Yes.");
  CHECK(answer.reasoning == "hm so?");
  CHECK(answer.runs == "r5 t3 r1 t1");
}

TEST_CASE("from every byte on, a reader of the running, the ended and the stored answer gets the same rest") {
  const std::string text = "Ça va? 😀 naïve – fin";
  TurnLog log(turn_named("t"));
  log.append(true, "très");
  log.append(false, text);
  write_all(log);
  const auto answer = log.answer();
  Turn done = turn_named("t");
  done.state = TurnState::kDone;
  done.runs = answer.runs;
  const auto stored = TurnLog::ended(done, answer.content, answer.reasoning);
  const std::string whole = "très" + text;
  REQUIRE(shown_from(log, 0) == whole);
  for (size_t from = 0; from <= whole.size(); ++from) {
    CAPTURE(from);
    const std::string rest = shown_from(log, from);
    CHECK(rest == shown_from(*stored, from));
    // A place inside a character counts as its beginning: up to three bytes more, never one less.
    CHECK(rest.size() >= whole.size() - from);
    CHECK(rest.size() <= whole.size() - from + 3);
    CHECK(whole.ends_with(rest));
  }
}

TEST_CASE("a long answer is read in bounded pieces that cut no character") {
  TurnLog log(turn_named("t"));
  std::string text;
  while (text.size() < 100'000) text += "a€😀";
  log.append(false, text);
  write_all(log);
  size_t from = 0;
  std::string all;
  for (int reads = 0; reads < 100; ++reads) {
    const auto view = log.view(from);
    REQUIRE(view.pieces.size() == 1);
    CHECK(view.pieces[0].text.size() <= limits::kReadPieceBytes);
    CHECK((static_cast<unsigned char>(view.pieces[0].text[0]) & 0xC0) != 0x80);
    all += view.pieces[0].text;
    from = view.position;
    if (!view.more) break;
  }
  CHECK(all == text);
}

TEST_CASE("an answer has a greatest length, and an ended one takes nothing more") {
  TurnLog log(turn_named("t"));
  CHECK(log.append(false, std::string(limits::kAnswerBytes, 'a')));
  CHECK_FALSE(log.append(false, "b"));
  TurnLog other(turn_named("t"));
  other.append(false, "a");
  Turn done = turn_named("t");
  done.state = TurnState::kDone;
  other.end(done);
  CHECK_FALSE(other.append(false, "b"));
  Turn stopped = done;
  stopped.state = TurnState::kStopped;
  other.end(stopped);  // once
  CHECK(other.view(0).turn->state == TurnState::kDone);
  CHECK(other.view(0).phase == TurnLog::Phase::kEnded);
}

TEST_CASE("the end publishes what was not journalled, for it is stored with the message") {
  TurnLog log(turn_named("t"));
  log.append(false, "abc");
  Turn done = turn_named("t");
  done.state = TurnState::kDone;
  log.end(done);
  CHECK(shown_from(log, 0) == "abc");
}

TEST_CASE("a seed is there from the start and is not written again, but for writing anew from behind it") {
  TurnLog log(turn_named("t"), "old ");
  CHECK(shown_from(log, 0) == "old ");
  log.append(false, "new");
  std::vector<TurnLog::Piece> pieces;
  size_t to = 0;
  log.copy_unwritten(pieces, to);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].at == 4);
  CHECK(pieces[0].text == "new");
  log.publish(to);
  pieces.clear();
  log.copy_unwritten(pieces, to);
  CHECK(pieces.empty());
  log.copy_unwritten(pieces, to, true);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].text == "new");
}

TEST_CASE("runs that do not fit what is stored give the text all the same") {
  Turn done = turn_named("t");
  done.runs = "r9 t1";
  const auto log = TurnLog::ended(done, "content", "why");
  CHECK(shown_from(*log, 0) == "whycontent");
  CHECK(parse_runs("r1 t2")->size() == 2);
  CHECK(parse_runs("")->empty());
  for (const char* bad : {"x1", "t", "t-1", "1", "t1 r", "t999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_runs(bad).has_value());
  }
  CHECK(runs_text(*parse_runs("t1 t2 r3")) == "t3 r3");
}

TEST_CASE("a closed log ends its readers without an end of the answer") {
  TurnLog log(turn_named("t"));
  log.append(false, "abc");
  write_all(log);
  log.close();
  const auto view = log.view(0);
  CHECK(view.pieces[0].text == "abc");
  CHECK(view.phase == TurnLog::Phase::kClosed);
  CHECK(view.turn == nullptr);
}
