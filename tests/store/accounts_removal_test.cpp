#include "memory_store.h"
#include "store/accounts_users.h"
#include "store/ledger.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("a deleted user is gone at once, and what the user wrote goes a little at a time") {
  MemoryStore store;
  Connection& c = *store.connection;
  constexpr int kMessages = 100;
  for (int n = 0; n < 3; ++n) {
    const Conversation conversation = store.add_conversation(store.anna, "letters");
    std::optional<std::string> parent;
    for (int i = 0; i < kMessages; ++i) parent = store.add_message(conversation, "thermometer", parent).id;
  }
  const Conversation other = store.add_conversation(store.bert, "notes");
  store.add_message(other, "barometer");
  REQUIRE(settle(c, {"", store.anna, "openai", "gpt", {1, 2, 3, 4}}, kT0).ok());

  CHECK(delete_user(c, store.anna).value());
  CHECK_FALSE(delete_user(c, store.anna).value());
  CHECK_FALSE(find_user(c, store.anna)->has_value());
  CHECK_FALSE(find_user_named(c, "anna")->has_value());
  CHECK_FALSE(find_credentials(c, store.anna)->has_value());
  CHECK(list_users(c, "", 10, "2027-01")->size() == 1);
  CHECK(store.count("SELECT count(*) FROM usage") == 0);
  CHECK(insert_user(c, {"anna", "anna", "", UserRole::kUser, "", false}, kT0).ok());  // the name is free

  int jobs = 0;
  for (int64_t before = store.count("SELECT count(*) FROM message"); has_deleted_users(c).value(); ++jobs) {
    REQUIRE(jobs < 1000);
    REQUIRE(remove_of_deleted_users(c).ok());
    const int64_t now = store.count("SELECT count(*) FROM message");
    CHECK(before - now <= 16);
    before = now;
  }
  CHECK(jobs >= 3 * kMessages / 16);
  CHECK(store.count("SELECT count(*) FROM message") == 1);
  CHECK(store.count("SELECT count(*) FROM conversation") == 1);
  CHECK(store.count("SELECT count(*) FROM user") == 2);
  CHECK(store.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'thermometer'") == 0);
  CHECK(store.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'barometer'") == 1);
  CHECK(c.check(true).value() == "ok");
}

TEST_CASE("long messages of a deleted user go one at a time") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation conversation = store.add_conversation(store.anna, "novels");
  std::optional<std::string> parent;
  for (int i = 0; i < 3; ++i) parent = store.add_message(conversation, std::string(150'000, 'a'), parent).id;
  REQUIRE(delete_user(c, store.anna).value());
  REQUIRE(remove_of_deleted_users(c).ok());
  CHECK(store.count("SELECT count(*) FROM message") == 2);
}
