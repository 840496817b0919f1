#include "store/ledger.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "store/test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

constexpr int64_t kNoon = 1'795'608'000'000;  // 2026-11-25T12:00:00Z
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kDay = 24 * kHour;

void add_user(TestDatabase& db, const std::string& id, const std::string& plan) {
  auto added = db->write([&](Connection& c) {
    return run(c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, ?1, ?1, 'user', ?2, 0)", id, plan);
  });
  REQUIRE(added.ok());
}

void set_plan(TestDatabase& db, const Plan& plan) {
  REQUIRE(db->write([&](Connection& c) { return put_plan(c, plan, kNoon); }).ok());
}

Reservation call_of(std::string id, int64_t input = 10, int64_t output = 100, int64_t cost = 50) {
  return {std::move(id), "u", "openai", "m", {1, input, output, cost}};
}

Result<void> try_reserve(TestDatabase& db, const Reservation& wanted, int64_t now = kNoon) {
  return db->write([&](Connection& c) { return reserve(c, wanted, now); });
}

void settle_now(TestDatabase& db, const Reservation& used, int64_t now = kNoon) {
  REQUIRE(db->write([&](Connection& c) { return settle(c, used, now); }).ok());
}

QuotaStates states(TestDatabase& db, int64_t now = kNoon) {
  auto found = db->read([&](Connection& c) { return quota_states(c, "u", now); });
  REQUIRE(found.ok());
  return *found;
}

const QuotaState& of(const QuotaStates& all, Quota quota) { return all[static_cast<size_t>(quota)]; }

}  // namespace

TEST_CASE("what is reserved counts at once, and what was used instead of it at the end") {
  TestDatabase db;
  set_plan(db, {"p", "P", 5, 1000, 2000, 500, false});
  add_user(db, "u", "p");
  REQUIRE(try_reserve(db, call_of("a")).ok());
  CHECK(of(states(db), Quota::kMessagesDay).used == 1);
  CHECK(of(states(db), Quota::kTokensDay).used == 110);
  CHECK(of(states(db), Quota::kCostMonth).used == 50);
  settle_now(db, call_of("a", 8, 12, 7));
  CHECK(of(states(db), Quota::kMessagesDay).used == 1);
  CHECK(of(states(db), Quota::kTokensDay).used == 20);
  CHECK(of(states(db), Quota::kTokensMonth).used == 20);
  CHECK(of(states(db), Quota::kCostMonth).used == 7);
  CHECK(of(states(db), Quota::kCostMonth).limit == 500);
}

TEST_CASE("each quota refuses by its own name and tells when it begins anew") {
  struct Row {
    Plan plan;
    const char* name;
    int64_t wait_s;
  };
  const Row rows[] = {{{"p", "P", 0, {}, {}, {}, false}, "messages_day", 12 * 3600},
                      {{"p", "P", {}, 109, {}, {}, false}, "tokens_day", 12 * 3600},
                      {{"p", "P", {}, {}, 109, {}, false}, "tokens_month", 5 * 86'400 + 12 * 3600},
                      {{"p", "P", {}, {}, {}, 49, false}, "cost_month_micros", 5 * 86'400 + 12 * 3600}};
  TestDatabase db;
  add_user(db, "u", "free");
  for (const Row& row : rows) {
    CAPTURE(row.name);
    set_plan(db, row.plan);
    REQUIRE(db->write([](Connection& c) { return run(c, "UPDATE user SET plan_id = 'p'"); }).ok());
    const auto refused = try_reserve(db, call_of("a"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::kQuotaExceeded);
    CHECK(refused.error().detail == row.name);
    CHECK(refused.error().retry_after_s == row.wait_s);
    Plan one_more = row.plan;
    for (auto* limit : {&one_more.messages_day, &one_more.tokens_day, &one_more.tokens_month, &one_more.cost_month_micros}) {
      if (*limit) ++**limit;
    }
    set_plan(db, one_more);
    CHECK(try_reserve(db, call_of("a")).ok());
    settle_now(db, {"a", "u", "openai", "m", {}});
  }
}

TEST_CASE("two hundred calls at once on ten left: ten pass") {
  TestDatabase db;
  set_plan(db, {"p", "P", 10, {}, {}, {}, false});
  add_user(db, "u", "p");
  std::atomic<int> passed{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k) {
        const auto done = try_reserve(db, call_of("c" + std::to_string(i * 10 + k)));
        if (done.ok()) ++passed;
        else if (done.error().code == ErrorCode::kQuotaExceeded) ++refused;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(passed == 10);
  CHECK(refused == 190);
  CHECK(of(states(db), Quota::kMessagesDay).used == 10);
}

TEST_CASE("a day begins at midnight UTC, and what was reserved before it counts for the day before") {
  TestDatabase db;
  set_plan(db, {"p", "P", 1, {}, {}, {}, false});
  add_user(db, "u", "p");
  const int64_t before_midnight = kNoon + 12 * kHour - 1;
  REQUIRE(try_reserve(db, call_of("a"), before_midnight).ok());
  CHECK_FALSE(try_reserve(db, call_of("b"), before_midnight).ok());
  REQUIRE(try_reserve(db, call_of("b"), before_midnight + 1).ok());
  settle_now(db, call_of("a"), before_midnight + 5);
  CHECK_FALSE(try_reserve(db, call_of("c"), before_midnight + 5).ok());
  CHECK(of(states(db, before_midnight), Quota::kMessagesDay).used == 1);
}

TEST_CASE("a clock that is set to and fro gives the quota of one other day, once") {
  TestDatabase db;
  set_plan(db, {"p", "P", 3, {}, {}, {}, false});
  add_user(db, "u", "p");
  int passed = 0;
  for (int i = 0; i < 40; ++i) {
    const int64_t now = kNoon + (i % 2 ? kDay : 0) + (i % 3 ? kHour : -kHour);
    const Reservation call = call_of("c" + std::to_string(i));
    if (!try_reserve(db, call, now).ok()) continue;
    ++passed;
    settle_now(db, call, now);
  }
  CHECK(passed == 6);
  CHECK_FALSE(try_reserve(db, call_of("later"), kNoon + kDay).ok());  // that day has had its quota when it comes
}

TEST_CASE("a user without limits reserves nothing, and is counted all the same") {
  TestDatabase db;
  add_user(db, "u", "unlimited");
  REQUIRE(try_reserve(db, call_of("a")).ok());
  CHECK(of(states(db), Quota::kMessagesDay).used == 0);
  CHECK_FALSE(of(states(db), Quota::kMessagesDay).limit.has_value());
  settle_now(db, call_of("a", 3, 4, 5));
  settle_now(db, {"title", "u", "openai", "m", {0, 1, 1, 1}});
  auto rows = db->read([](Connection& c) { return usage_of_user(c, "u", 30, kNoon); });
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 1);
  CHECK(rows->at(0).day == "2026-11-25");
  CHECK(rows->at(0).amount.messages == 1);
  CHECK(rows->at(0).amount.input_tokens == 4);
  CHECK(rows->at(0).amount.cost_micros == 6);
}

TEST_CASE("usage is listed by day, newest first, for as many days as asked") {
  TestDatabase db;
  add_user(db, "u", "free");
  add_user(db, "v", "free");
  for (int day = 0; day < 5; ++day) settle_now(db, call_of("a" + std::to_string(day)), kNoon - day * kDay);
  settle_now(db, {"b", "v", "claude", "n", {1, 1, 2, 3}});
  auto rows = db->read([](Connection& c) { return usage_of_user(c, "u", 3, kNoon); });
  REQUIRE(rows->size() == 3);
  CHECK(rows->front().day == "2026-11-25");
  CHECK(rows->back().day == "2026-11-23");
  auto all_rows = db->read([](Connection& c) { return usage_of_all(c, 1, kNoon); });
  REQUIRE(all_rows->size() == 2);
  CHECK(all_rows->at(1).user_name == "v");
  CHECK(db->read([](Connection& c) { return usage_of_user_month(c, "u", kNoon); })->messages == 5);
}

TEST_CASE("what a crash left reserved is settled at the start: the prompt counts, the answer does not") {
  TestDatabase db;
  add_user(db, "u", "free");
  REQUIRE(try_reserve(db, call_of("cut")).ok());
  auto settled = db->write([](Connection& c) { return settle_left_over(c, kNoon); });
  CHECK(*settled == 1);
  CHECK(of(states(db), Quota::kMessagesDay).used == 1);
  CHECK(of(states(db), Quota::kTokensDay).used == 10);
}

TEST_CASE("a plan is made, changed and deleted, but not while somebody has it") {
  TestDatabase db;
  add_user(db, "u", "plus");
  const auto gone = [&](const char* id) { return db->write([&](Connection& c) { return delete_plan(c, id); }); };
  CHECK(gone("plus").error().code == ErrorCode::kConflict);
  CHECK(gone("free").error().code == ErrorCode::kConflict);  // the default one
  CHECK(gone("none").error().code == ErrorCode::kNotFound);
  set_plan(db, {"class", "A class", 30, {}, {}, 0, false});
  auto found = db->read([](Connection& c) { return find_plan(c, "class"); });
  REQUIRE(found->has_value());
  CHECK((*found)->messages_day == 30);
  CHECK_FALSE((*found)->tokens_day.has_value());
  CHECK((*found)->cost_month_micros == 0);
  CHECK(gone("class").ok());
  CHECK(db->read([](Connection& c) { return list_plans(c); })->size() == 3);
}

TEST_CASE("there is a bound to the number of plans") {
  TestDatabase db;
  Result<void> last;
  for (int i = 0; i <= limits::kPlans && last.ok(); ++i) {
    last = db->write([&](Connection& c) { return put_plan(c, {"p" + std::to_string(i), "P", {}, {}, {}, {}, false}, kNoon); });
  }
  REQUIRE_FALSE(last.ok());
  CHECK(last.error().code == ErrorCode::kConflict);
}
