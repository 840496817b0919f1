#include "chat/journal.h"

#include <doctest/doctest.h>

#include <atomic>

#include "../io/on_fiber.h"
#include "../store/test_database.h"

using namespace whinchat;
using namespace whinchat::chat;
using namespace whinchat::io::test;

namespace {

std::shared_ptr<TurnLog> log_named(const std::string& id) {
  Turn turn;
  turn.id = id;
  return std::make_shared<TurnLog>(turn);
}

// A journal on a real database whose writes can be made to fail.
struct Stage {
  Stage()
      : journal([this](const Journal::Job& job) -> Result<void> {
          ++writes;
          if (failing) return Error{ErrorCode::kStorageFull, "", "full"};
          return db->write([&](store::Connection& connection) { return job(connection); });
        }, db.log()) {
    journal.start(loops.at(0));
  }
  ~Stage() {
    journal.stop();
    eventually([&] { return !journal.running(); });
  }
  store::JournalByTurn stored() { return *db->read([](store::Connection& connection) { return store::read_journal(connection); }); }

  store::TestDatabase db;
  io::LoopGroup loops{1};
  std::atomic<bool> failing{false};
  std::atomic<int> writes{0};
  Journal journal;
};

}  // namespace

TEST_CASE("what is enlisted is written, and shown only then") {
  Stage stage;
  const auto log = log_named("a");
  stage.journal.open(log);
  log->append(true, "hm");
  log->append(false, "Hello");
  CHECK(log->position() == 0);
  stage.journal.enlist(log);
  REQUIRE(eventually([&] { return log->position() == 7; }));
  const auto stored = stage.stored();
  REQUIRE(stored.at("a").size() == 2);
  CHECK(stored.at("a")[1].text == "Hello");
  CHECK(stored.at("a")[1].at == 2);
}

TEST_CASE("many turns share a round: far fewer transactions than pieces") {
  Stage stage;
  std::vector<std::shared_ptr<TurnLog>> logs;
  for (int i = 0; i < 200; ++i) {
    logs.push_back(log_named("t" + std::to_string(i)));
    stage.journal.open(logs.back());
  }
  for (int piece = 0; piece < 50; ++piece) {
    for (const auto& log : logs) {
      log->append(false, "word ");
      stage.journal.enlist(log);
    }
    std::this_thread::sleep_for(2ms);
  }
  for (const auto& log : logs) REQUIRE(eventually([&] { return log->position() == 250; }));
  CHECK(stage.writes < 100);
  auto stored = stage.stored();
  for (const auto& log : logs) {
    std::string text;
    for (const auto& piece : stored[log->turn_id()]) text += piece.text;
    CHECK(text.size() == 250);
  }
}

TEST_CASE("while nothing can be written nothing is shown, and everything when it can again") {
  Stage stage;
  const auto log = log_named("a");
  stage.journal.open(log);
  stage.failing = true;
  log->append(false, "Hello");
  stage.journal.enlist(log);
  REQUIRE(eventually([&] { return stage.journal.stats().failures >= 2; }));
  CHECK(log->position() == 0);
  log->append(false, " you");
  stage.failing = false;
  REQUIRE(eventually([&] { return log->position() == 9; }));
  CHECK(stage.stored().at("a").size() == 1);
}

TEST_CASE("an answer that reads its reader's signal sees every byte once, while it grows") {
  Stage stage;
  const auto log = log_named("a");
  stage.journal.open(log);
  std::string seen;
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) {
      log->append(i % 7 == 0, std::to_string(i) + " ");
      stage.journal.enlist(log);
      if (i % 10 == 0) std::this_thread::sleep_for(1ms);
    }
    eventually([&] { return log->unwritten_bytes() == 0; });
    Turn done;
    done.state = TurnState::kDone;
    log->end(done);
  });
  on_fiber(stage.loops.at(0), [&] {
    auto signal = std::make_shared<io::Notify>();
    log->attach(signal);
    size_t from = 0;
    for (;;) {
      const auto view = log->view(from);
      for (const auto& piece : view.pieces) seen += piece.text;
      from = view.position;
      if (view.more) continue;
      if (view.phase != TurnLog::Phase::kOpen) break;
      if (signal->wait(io::Clock::now() + 10s) != io::Wake::kReady) break;
    }
    log->detach(signal);
  });
  writer.join();
  std::string all;
  for (int i = 0; i < 300; ++i) all += std::to_string(i) + " ";
  CHECK(seen == all);
}
