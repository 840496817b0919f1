// Every call that SQLite makes of the disk, and every allocation, failed in turn: nothing that was acknowledged is lost, nothing is
// half there, and work goes on when the fault is over.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "failing_sqlite.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

constexpr int kCallsMost = 400;  // no workload makes more; a bound for a loop that ends when a call is not reached
constexpr auto kPatience = std::chrono::seconds(8);

// What an app does: two plans in one job, which are both there or both not. Prepared anew each time, so that all of SQLite's work is in it.
Result<void> insert_pair(Database& db, int number) {
  const std::string name = std::to_string(number);
  return db.write([&](Connection& c) -> Result<void> {
    if (auto first = c.execute("INSERT INTO plan (id, name) VALUES ('a" + name + "', 'first')"); !first) return first;
    return c.execute("INSERT INTO plan (id, name) VALUES ('b" + name + "', 'second')");
  });
}

Result<std::set<int>> pairs(Database& db) {
  return db.read([](Connection& c) -> Result<std::set<int>> {
    std::set<int> found;
    for (const char half : {'a', 'b'}) {
      std::set<int> halves;
      auto rows = half == 'a' ? all<std::string>(c, "SELECT substr(id, 2) FROM plan WHERE name = 'first'", [](const Row& r) { return r.text(0); })
                              : all<std::string>(c, "SELECT substr(id, 2) FROM plan WHERE name = 'second'", [](const Row& r) { return r.text(0); });
      if (!rows.ok()) return std::move(rows).error();
      for (const std::string& row : *rows) halves.insert(std::stoi(row));
      if (half == 'a') found = halves;
      else if (found != halves) return Error{ErrorCode::kInternal, "half of a job is there", ""};
    }
    return found;
  });
}

bool fit(const Error& error) { return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kIo; }

// Writes until it works again. False: it does not.
bool writes_again(Database& db, std::set<int>& acknowledged, int& next) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const int number = next++;
    if (insert_pair(db, number).ok()) return acknowledged.insert(number), true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// One fault after the other, at the first call, the second ... until the workload no longer reaches it. arm(n) sets it, end() says
// whether it was met.
template <class Arm, class End>
int fault_everywhere(TestDatabase& db, Arm arm, End end) {
  std::set<int> acknowledged;
  int next = 1;
  int met = 0;
  REQUIRE(writes_again(*db, acknowledged, next));
  for (int at = 1; at <= kCallsMost; ++at) {
    CAPTURE(at);
    arm(at);
    for (int i = 0; i < 2; ++i) {
      const int number = next++;
      const auto written = insert_pair(*db, number);
      if (written.ok()) acknowledged.insert(number);
      else CHECK_MESSAGE(fit(written.error()), written.error().detail);
      const auto read = pairs(*db);
      if (!read.ok()) CHECK_MESSAGE(fit(read.error()), read.error().detail);
    }
    const bool reached = end();
    met += reached;
    REQUIRE(writes_again(*db, acknowledged, next));
    const auto there = pairs(*db);
    REQUIRE_MESSAGE(there.ok(), (there.ok() ? "" : there.error().message + there.error().detail));
    for (const int number : acknowledged) REQUIRE(there->contains(number));
    if (!reached) break;
  }
  CHECK(met < kCallsMost);
  db.reopen();
  const auto there = pairs(*db);
  REQUIRE(there.ok());
  for (const int number : acknowledged) CHECK(there->contains(number));
  CHECK(db->read([](Connection& c) { return c.check(true); }).value() == "ok");
  return met;
}

}  // namespace

TEST_CASE("a disk that fails at any call, once or for a while, loses nothing that was acknowledged") {
  FailingDisk disk;
  struct Fault {
    DiskCall call;
    int code;
    int met_least;
  };
  const Fault faults[] = {{DiskCall::kWrite, SQLITE_IOERR_WRITE, 3}, {DiskCall::kWrite, SQLITE_FULL, 3},         {DiskCall::kSync, SQLITE_IOERR_FSYNC, 1},
                          {DiskCall::kSync, SQLITE_FULL, 1},         {DiskCall::kTruncate, SQLITE_IOERR_TRUNCATE, 0}, {DiskCall::kRead, SQLITE_IOERR_READ, 0},
                          {DiskCall::kOpen, SQLITE_CANTOPEN, 0},     {DiskCall::kShared, SQLITE_IOERR_SHMMAP, 0}};
  for (const Fault& fault : faults) {
    for (const bool from_then_on : {false, true}) {
      CAPTURE(static_cast<int>(fault.call));
      CAPTURE(fault.code);
      CAPTURE(from_then_on);
      TestDatabase db;
      const int met = fault_everywhere(db, [&](int at) { disk.arm(fault.call, fault.code, at, from_then_on); }, [&] { return disk.end(); });
      CHECK(met >= fault.met_least);
    }
  }
}

TEST_CASE("memory that runs out at any allocation is told as busy, and loses nothing that was acknowledged") {
  FailingMemory memory;
  for (const bool from_then_on : {false, true}) {
    CAPTURE(from_then_on);
    TestDatabase db;
    const int met = fault_everywhere(db, [&](int at) { memory.arm(at, from_then_on); }, [&] { return memory.end(); });
    CHECK(met > 10);
  }
}

TEST_CASE("a start that runs out of memory says so and leaves everything as it was") {
  FailingMemory memory;
  TestDatabase db;
  REQUIRE(insert_pair(*db, 1).ok());
  db.close();
  DatabaseOptions options;
  options.folder = db.folder() / "data";
  int failed = 0;
  for (int at = 1; at < 4000; at += 1 + at / 20) {
    CAPTURE(at);
    memory.arm(at, true);
    auto opened = Database::open(options, db.log());
    const bool reached = memory.end();
    failed += !opened.ok();
    if (!opened.ok()) CHECK_FALSE(opened.error().message.empty());
    if (!reached) break;
  }
  CHECK(failed > 5);
  db.reopen();
  CHECK(pairs(*db).value() == std::set<int>{1});
}
