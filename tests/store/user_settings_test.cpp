#include "store/user_settings.h"

#include "memory_store.h"
#include "store/accounts_users.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("settings are replaced only by whoever has seen what is stored, each user's for itself") {
  MemoryStore store;
  Connection& c = *store.connection;
  CHECK(settings_of_user(c, store.anna)->revision == 0);
  CHECK(settings_of_user(c, store.anna)->body == "{}");
  CHECK(put_settings(c, store.anna, {R"({"a":1})", 1})->revision == 0);  // nothing is there that could have that revision
  CHECK(put_settings(c, store.anna, {R"({"a":1})", 0})->revision == 1);
  CHECK(put_settings(c, store.anna, {R"({"a":2})", 1})->revision == 2);
  for (const int64_t seen : {0, 1, 3}) {
    const auto refused = put_settings(c, store.anna, {R"({"a":3})", seen});
    REQUIRE(refused.ok());
    CHECK(refused->revision == 2);
    CHECK(refused->body == R"({"a":2})");
  }
  CHECK(settings_of_user(c, store.anna)->body == R"({"a":2})");
  CHECK(settings_of_user(c, store.bert)->revision == 0);
}

TEST_CASE("a deleted user's settings are gone at once, and nobody else's") {
  MemoryStore store;
  Connection& c = *store.connection;
  REQUIRE(put_settings(c, store.anna, {R"({"a":1})", 0}).ok());
  REQUIRE(put_settings(c, store.bert, {R"({"b":1})", 0}).ok());
  REQUIRE(delete_user(c, store.anna).value());
  CHECK(store.count("SELECT count(*) FROM user_settings") == 1);
  CHECK(settings_of_user(c, store.bert)->body == R"({"b":1})");
  REQUIRE(run(c, "DELETE FROM user WHERE id = ?1", store.bert).ok());
  CHECK(store.count("SELECT count(*) FROM user_settings") == 0);
}
