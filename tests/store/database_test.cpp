#include "store/database.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

Result<void> add_plan(Connection& c, const std::string& id) { return run(c, "INSERT INTO plan (id, name) VALUES (?1, 'x')", id); }

int64_t plans(Database& db) {
  auto count = db.read([](Connection& c) { return one<int64_t>(c, "SELECT count(*) FROM plan", [](const Row& r) { return r.integer(0); }); });
  REQUIRE(count.ok());
  return count->value_or(-1);
}

}  // namespace

TEST_CASE("what was written is read, also after a restart") {
  TestDatabase db;
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "one"); }).ok());
  CHECK(plans(*db) == 4);
  db.reopen();
  CHECK(plans(*db) == 4);
}

TEST_CASE("a job's value comes back to its caller") {
  TestDatabase db;
  auto id = db->write([](Connection& c) -> Result<int64_t> {
    if (auto added = add_plan(c, "one"); !added) return added.error();
    return c.changes();
  });
  REQUIRE(id.ok());
  CHECK(*id == 1);
}

TEST_CASE("an error takes back all of its job and nothing else") {
  TestDatabase db;
  auto failed = db->write([](Connection& c) -> Result<void> {
    REQUIRE(add_plan(c, "one").ok());
    return Error{ErrorCode::kConflict, "No.", ""};
  });
  REQUIRE(!failed.ok());
  CHECK(failed.error().message == "No.");
  auto broken = db->write([](Connection& c) -> Result<void> {
    REQUIRE(add_plan(c, "two").ok());
    return add_plan(c, "two");
  });
  CHECK(broken.error().code == ErrorCode::kConflict);
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "three"); }).ok());
  CHECK(plans(*db) == 4);
}

TEST_CASE("a job that throws is taken back, and the database goes on") {
  TestDatabase db;
  auto thrown = db->write([](Connection& c) -> Result<void> {
    REQUIRE(add_plan(c, "one").ok());
    throw std::runtime_error("unexpected");
  });
  REQUIRE(!thrown.ok());
  CHECK(thrown.error().code == ErrorCode::kInternal);
  auto read = db->read([](Connection&) -> Result<void> { throw std::runtime_error("unexpected"); });
  CHECK(read.error().code == ErrorCode::kInternal);
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "two"); }).ok());
  CHECK(plans(*db) == 4);
}

TEST_CASE("many writers share transactions; some fail, all others are there") {
  TestDatabase db;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        auto done = db->write([&](Connection& c) -> Result<void> {
          if (auto added = add_plan(c, std::to_string(t) + "-" + std::to_string(i)); !added) return added;
          if (i % 10 == 9) return Error{ErrorCode::kConflict, "No.", ""};
          return {};
        });
        if (!done) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 16 * 5);
  CHECK(plans(*db) == 3 + 16 * 45);
  const DatabaseStats stats = db->stats();
  CHECK(stats.writes == 16 * 50);
  CHECK(stats.commits < stats.writes);
  CHECK(stats.queued == 0);
}

TEST_CASE("fibers write and read without holding their loop") {
  TestDatabase db;
  std::atomic<int> done{0};
  {
    io::LoopGroup loops(1);
    for (int i = 0; i < 200; ++i) {
      io::spawn(loops.at(0), [&, i] {
        const bool written = db->write([&](Connection& c) { return add_plan(c, std::to_string(i)); }).ok();
        auto read = db->read([&](Connection& c) {
          return one<int64_t>(c, "SELECT 1 FROM plan WHERE id = ?1", [](const Row& r) { return r.integer(0); }, std::to_string(i));
        });
        if (written && read.ok() && read->has_value()) ++done;
      });
    }
    for (int wait = 0; wait < 2000 && done < 200; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(done == 200);
}

TEST_CASE("a cancelled fiber's write still ends before the fiber goes on, and it stays cancelled") {
  TestDatabase db;
  std::atomic<bool> ended{false};
  {
    io::LoopGroup loops(1);
    io::FiberRef fiber = io::spawn(loops.at(0), [&] {
      io::this_fiber::self().cancel(io::CancelReason::kReaderGone);
      CHECK(db->write([&](Connection& c) { return add_plan(c, "one"); }).ok());
      CHECK(io::this_fiber::cancel_reason() == io::CancelReason::kReaderGone);
      ended = true;
    });
    for (int wait = 0; wait < 2000 && !ended; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(ended);
  CHECK(plans(*db) == 4);
}

TEST_CASE("a read job sees one moment from its first statement to its last") {
  TestDatabase db;
  auto both = db->read([&](Connection& c) -> Result<std::pair<int64_t, int64_t>> {
    const auto count = [&] { return one<int64_t>(c, "SELECT count(*) FROM plan", [](const Row& r) { return r.integer(0); }).value().value(); };
    const int64_t before = count();
    std::thread([&] { CHECK(db->write([](Connection& w) { return add_plan(w, "meanwhile"); }).ok()); }).join();
    return std::pair(before, count());
  });
  REQUIRE(both.ok());
  CHECK(both->first == both->second);
  CHECK(plans(*db) == both->first + 1);
}

TEST_CASE("a full queue is refused with a time to come back") {
  TestDatabase db;
  std::mutex gate;
  gate.lock();
  std::vector<std::thread> threads;
  std::atomic<size_t> refused{0};
  std::atomic<bool> started{false};
  threads.emplace_back([&] { (void)db->write([&](Connection&) -> Result<void> { started = true; gate.lock(); gate.unlock(); return {}; }); });
  while (!started) std::this_thread::yield();
  io::LoopGroup loops(1);
  std::atomic<size_t> answered{0};
  const size_t asked = limits::kWriteQueue + 100;
  for (size_t i = 0; i < asked; ++i) {
    io::spawn(loops.at(0), [&] {
      auto done = db->write([](Connection&) -> Result<void> { return {}; });
      if (!done && done.error().code == ErrorCode::kUnavailable && done.error().retry_after_s) ++refused;
      ++answered;
    });
  }
  for (int wait = 0; wait < 2000 && answered < 100 - limits::kWriteGroup; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  gate.unlock();
  for (int wait = 0; wait < 2000 && answered < asked; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  threads[0].join();
  CHECK(answered == asked);
  CHECK(refused >= 100 - limits::kWriteGroup);
}

TEST_CASE("after stop() nothing is taken, and what was queued is done") {
  TestDatabase db;
  std::atomic<int> written{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) written += db->write([&](Connection& c) { return add_plan(c, std::to_string(t * 1000 + i)); }).ok();
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  db->stop();
  auto late = db->write([](Connection& c) { return add_plan(c, "late"); });
  for (auto& thread : threads) thread.join();
  REQUIRE(!late.ok());
  CHECK(late.error().code == ErrorCode::kUnavailable);
  db.reopen();
  CHECK(plans(*db) == 3 + written);
}
