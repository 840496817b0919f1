#include "store/migrate.h"

#include <doctest/doctest.h>

#include <vector>

using namespace whinchat;
using namespace whinchat::store;

namespace {

std::unique_ptr<Connection> memory() {
  auto opened = Connection::open(":memory:", Mode::kWriter);
  REQUIRE(opened.ok());
  return std::move(opened).value();
}

int64_t number(Connection& c, std::string_view sql) {
  auto value = one<int64_t>(c, sql, [](const Row& r) { return r.integer(0); });
  REQUIRE(value.ok());
  return value->value_or(-1);
}

const Migration kOne{1, "0001_one", "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; INSERT INTO a VALUES (1);"};
const Migration kTwo{2, "0002_two", "CREATE TABLE b (a_id INTEGER REFERENCES a(id)) STRICT; INSERT INTO b VALUES (1);"};
const Migration kBroken{2, "0002_broken", "CREATE TABLE b (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"};
const Migration kOrphan{2, "0002_orphan", "CREATE TABLE b (a_id INTEGER REFERENCES a(id)) STRICT; INSERT INTO b VALUES (7);"};

}  // namespace

TEST_CASE("the program's own migrations are numbered from 1 without a gap and build a database") {
  int wanted = 1;
  for (const Migration& step : migrations()) CHECK(step.number == wanted++);
  const auto c = memory();
  REQUIRE(migrate(*c, migrations()).ok());
  CHECK(number(*c, "PRAGMA user_version") == static_cast<int64_t>(migrations().size()));
  CHECK(number(*c, "PRAGMA application_id") == kApplicationId);
  CHECK(number(*c, "PRAGMA foreign_keys") == 1);
  CHECK(number(*c, "SELECT count(*) FROM plan") == 3);
}

TEST_CASE("only what is missing runs") {
  const auto c = memory();
  REQUIRE(migrate(*c, std::vector{kOne}).ok());
  REQUIRE(migrate(*c, std::vector{kOne}).ok());
  CHECK(number(*c, "SELECT count(*) FROM a") == 1);
  REQUIRE(migrate(*c, std::vector{kOne, kTwo}).ok());
  CHECK(number(*c, "PRAGMA user_version") == 2);
  CHECK(number(*c, "SELECT count(*) FROM b") == 1);
}

TEST_CASE("a step that fails leaves the version before it, whole") {
  for (const Migration& bad : {kBroken, kOrphan}) {
    CAPTURE(bad.name);
    const auto c = memory();
    auto done = migrate(*c, std::vector{kOne, bad});
    REQUIRE(!done.ok());
    CHECK(done.error().detail.find(bad.name) != std::string::npos);
    CHECK(number(*c, "PRAGMA user_version") == 1);
    CHECK(number(*c, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'") == 0);
    CHECK(number(*c, "PRAGMA foreign_keys") == 1);
    CHECK(!c->in_transaction());
  }
}

TEST_CASE("a database of a newer program is refused with both versions named") {
  const auto c = memory();
  REQUIRE(migrate(*c, std::vector{kOne, kTwo}).ok());
  auto refused = migrate(*c, std::vector{kOne});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kConfig);
  CHECK(refused.error().message.find("version 2") != std::string::npos);
  CHECK(refused.error().message.find("up to 1") != std::string::npos);
}

TEST_CASE("a database of another program is refused") {
  const auto c = memory();
  REQUIRE(c->execute("CREATE TABLE theirs (a)").ok());
  auto refused = migrate(*c, migrations());
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kConfig);
  CHECK(number(*c, "SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("version 2 becomes the version of today with its usage as it was") {
  const auto c = memory();
  REQUIRE(migrate(*c, migrations().first(2)).ok());
  REQUIRE(run(*c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES ('u', 'n', 'n', 'user', 'free', 1)").ok());
  REQUIRE(run(*c, "INSERT INTO usage VALUES ('u', '2026-11-25', 'openai', 'm', 3, 10, 20, 77)").ok());
  REQUIRE(migrate(*c, migrations()).ok());
  CHECK(number(*c, "SELECT cost_micros FROM usage WHERE messages = 3 AND unpriced = 0") == 77);
  CHECK(number(*c, "SELECT count(*) FROM metric_interval") == 0);
}

TEST_CASE("removing a user, a conversation or a message looks through no table that grows") {
  std::vector<std::string> look_ups;  // outlive the connection, which knows statements by their text
  const auto c = memory();
  REQUIRE(migrate(*c, migrations()).ok());
  const auto keys = all<std::string>(*c,
                                     "SELECT t.name || ' WHERE ' || k.\"from\" || ' = ?1' FROM sqlite_schema t, pragma_foreign_key_list(t.name) k"
                                     " WHERE t.type = 'table' AND t.name <> 'invite' AND k.\"table\" IN ('user', 'conversation', 'message')",
                                     [](const Row& row) { return row.text(0); });
  REQUIRE(keys.ok());
  CHECK(keys->size() >= 9);
  for (const std::string& key : *keys) look_ups.push_back("EXPLAIN QUERY PLAN SELECT 1 FROM " + key);
  for (const std::string& look_up : look_ups) {
    CAPTURE(look_up);
    const auto steps = all<std::string>(*c, look_up, [](const Row& row) { return row.text(3); });
    REQUIRE(steps.ok());
    CHECK(steps->at(0).starts_with("SEARCH"));
  }
}
