#include "chat/usage_tally.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "../io/on_fiber.h"
#include "../store/test_database.h"
#include "base/limits.h"
#include "store/accounts_users.h"

using namespace whinchat;
using namespace whinchat::chat;
using namespace whinchat::io::test;

namespace {

struct Stage {
  Stage() {
    user_id = db->write([&](store::Connection& c) { return store::insert_user(c, {"Ada", "ada", "", UserRole::kUser, "unlimited", false}, clock.now().epoch_ms); })->id;
  }
  store::Amount stored() {
    return *db->read([&](store::Connection& c) { return store::usage_of_user_month(c, user_id, clock.now().epoch_ms); });
  }
  store::Reservation call(int64_t tokens = 10) const { return {"", user_id, "openai", "gpt", {1, tokens, 1, 2}}; }

  SystemClock clock;
  store::TestDatabase db;
  UsageTally tally{*db, clock, db.log()};
  std::string user_id;
};

}  // namespace

TEST_CASE("calls are summed up in memory and one flush stores all of them") {
  Stage stage;
  for (int i = 0; i < 1000; ++i) CHECK(stage.tally.add(stage.call()));
  CHECK(stage.stored().messages == 0);
  const long before = stage.db->stats().writes;
  REQUIRE(stage.tally.flush().ok());
  CHECK(stage.db->stats().writes == before + 1);
  CHECK(stage.stored().messages == 1000);
  CHECK(stage.stored().input_tokens == 10'000);
  CHECK(stage.stored().cost_micros == 2000);
  REQUIRE(stage.tally.flush().ok());
  CHECK(stage.db->stats().writes == before + 1);
}

TEST_CASE("nothing is lost or counted twice while many add and flush at once") {
  Stage stage;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (!stage.tally.add(stage.call())) break;
        if (i % 10 == 0 && !stage.tally.flush().ok()) break;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(stage.tally.flush().ok());
  CHECK(stage.stored().messages == 800);
}

TEST_CASE("its fiber stores what was added without being asked") {
  Stage stage;
  io::LoopGroup loops{1};
  io::spawn(loops.at(0), [&] { stage.tally.run(); });
  CHECK(stage.tally.add(stage.call()));
  CHECK(eventually([&] { return stage.stored().messages == 1; }));
  CHECK(stage.tally.add(stage.call()));
  CHECK(eventually([&] { return stage.stored().messages == 2; }));
}

TEST_CASE("sums that could not be written are kept, up to a bound") {
  Stage stage;
  stage.db->stop();  // every write fails from here
  CHECK(stage.tally.add(stage.call()));
  CHECK_FALSE(stage.tally.flush().ok());
  store::Reservation other = stage.call();
  size_t kept = 1;
  for (; kept < 2 * limits::kUsageWaiting; ++kept) {
    other.model = "model " + std::to_string(kept);
    if (!stage.tally.add(other)) break;
  }
  CHECK(kept == limits::kUsageWaiting);
  CHECK(stage.tally.add(stage.call()));  // what is there goes on counting
}

TEST_CASE("a plan that gets limits counts from the next call on") {
  Stage stage;
  CHECK(*stage.tally.is_unlimited(stage.user_id));
  Plan plan;
  plan.id = "tiny";
  plan.name = "Tiny";
  plan.messages_day = 1;
  REQUIRE(stage.db->write([&](store::Connection& c) { return store::put_plan(c, plan, stage.clock.now().epoch_ms); }).ok());
  CHECK(*stage.tally.is_unlimited(stage.user_id));
  REQUIRE(stage.db->write([&](store::Connection& c) { return store::set_user_plan(c, stage.user_id, "tiny"); }).ok());
  CHECK_FALSE(*stage.tally.is_unlimited(stage.user_id));
  plan.messages_day.reset();
  REQUIRE(stage.db->write([&](store::Connection& c) { return store::put_plan(c, plan, stage.clock.now().epoch_ms); }).ok());
  CHECK(*stage.tally.is_unlimited(stage.user_id));
}
