#include "store/caretaker.h"

#include <future>
#include <thread>

#include "base/ids.h"
#include "base/limits.h"
#include "io/loop.h"
#include "store/accounts_users.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/search.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000LL;

// A caretaker at work, woken by each commit as in the program.
class Cared {
 public:
  Cared() : caretaker(*db, clock, db.log()), loops(std::make_unique<io::LoopGroup>(1)) {
    user = make_id(1);
    REQUIRE(db->write([&](Connection& c) {
      return run(c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, 'anna', 'anna', 'user', 'free', 0)", user);
    }).ok());
    db->on_change([this](const std::vector<std::string>& users) {
      told += users.size();
      caretaker.wake();
    });
  }
  ~Cared() {
    db->on_change(nullptr);
    fiber.cancel();
    wait_for([&] { return fiber.finished(); });
    loops.reset();
  }
  void start() { fiber = io::spawn(loops->at(0), [this] { caretaker.run(); }); }

  std::string add(int messages) {
    Conversation wanted;
    wanted.id = make_id(1);
    wanted.title = "x";
    wanted.updated_ms = clock.now().epoch_ms;
    REQUIRE(db->write([&](Connection& c) -> Result<void> {
      if (auto made = create_conversation(c, user, wanted); !made.ok()) return made.error();
      for (int i = 0; i < messages; ++i) {
        Message message;
        message.id = make_id(1);
        message.conversation_id = wanted.id;
        message.content = "thermometer " + std::to_string(i);
        if (auto inserted = insert_message(c, message); !inserted) return inserted;
      }
      return touch_conversation(c, user, wanted.id, 1);
    }).ok());
    return wanted.id;
  }
  int pending() { return db->read([](Connection& c) { return pending_count(c, 1000); }).value(); }

  template <class F>
  static void wait_for(F done) {
    for (int i = 0; i < 2000 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(done());
  }

  TestDatabase db;
  ManualClock clock;
  std::string user;
  std::atomic<size_t> told{0};
  Caretaker caretaker;
  std::unique_ptr<io::LoopGroup> loops;
  io::FiberRef fiber;
};

}  // namespace

TEST_CASE("the index catches up with what was there before and with what comes") {
  Cared cared;
  cared.add(3 * limits::kIndexGroup + 5);
  CHECK(cared.pending() == 3 * limits::kIndexGroup + 5);
  CHECK(cared.told == 1);
  cared.start();
  Cared::wait_for([&] { return cared.pending() == 0; });
  cared.add(7);
  Cared::wait_for([&] { return cared.pending() == 0; });
  const auto page = cared.db->read([&](Connection& c) { return search(c, cared.user, "mometer", 0, 200); });
  CHECK(page.value().results.size() == 3 * limits::kIndexGroup + 12);
}

TEST_CASE("the trash is emptied of what lay in it for thirty days") {
  Cared cared;
  const std::string old = cared.add(1);
  const std::string fresh = cared.add(1);
  const int64_t now = cared.clock.now().epoch_ms;
  REQUIRE(cared.db->write([&](Connection& c) -> Result<void> {
    if (auto deleted = delete_conversation(c, cared.user, old, now - limits::kUndoDays * kDayMs - 1); !deleted) return deleted;
    return delete_conversation(c, cared.user, fresh, now - limits::kUndoDays * kDayMs + 60'000);
  }).ok());
  cared.start();
  const auto there = [&](const std::string& id) {
    return cared.db->read([&](Connection& c) { return find_conversation(c, cared.user, id, Trash::kShown); }).ok();
  };
  Cared::wait_for([&] { return !there(old); });
  CHECK(there(fresh));
}

TEST_CASE("what a deleted user wrote is removed, also when the server ended in between") {
  Cared cared;
  cared.add(3 * static_cast<int>(limits::kRemovalMessages));
  REQUIRE(cared.db->write([&](Connection& c) -> Result<void> {
    if (auto deleted = delete_user(c, cared.user); !deleted.ok()) return std::move(deleted).error();
    return remove_of_deleted_users(c);  // a beginning, and nobody who goes on
  }).ok());
  const auto left = [&](const char* table) {
    return cared.db->read([&](Connection& c) {
      return one<int64_t>(c, table, [](const Row& row) { return row.integer(0); });
    }).value().value();
  };
  CHECK(left("SELECT count(*) FROM message") == 2 * limits::kRemovalMessages);
  cared.start();
  Cared::wait_for([&] { return left("SELECT count(*) FROM user") == 0; });
  CHECK(left("SELECT count(*) FROM message") == 0);
}
