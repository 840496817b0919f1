#include "store/turns.h"

#include <doctest/doctest.h>

#include "store/test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

Turn turn_named(std::string id) {
  Turn turn;
  turn.id = std::move(id);
  turn.user_id = "u";
  turn.conversation_id = "c";
  turn.message_id = "m-" + turn.id;
  turn.provider = "openai";
  turn.model = "gpt";
  turn.created_ms = 5;
  return turn;
}

// Rows that a turn hangs on; their own columns are tested where they belong.
void add_conversation(TestDatabase& db) {
  auto added = db->write([](Connection& c) {
    return c.execute("PRAGMA defer_foreign_keys = ON; INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES ('u', 'u', 'u', 'user', 'free', 0)");
  });
  REQUIRE(added.ok());
}

Result<void> insert(TestDatabase& db, const Turn& turn, std::string hash = std::string(32, 'h')) {
  return db->write([&](Connection& c) -> Result<void> {
    if (auto off = c.execute("PRAGMA defer_foreign_keys = ON"); !off) return off;
    return insert_turn(c, turn, hash);
  });
}

}  // namespace

TEST_CASE("journal rows give the answer back, and a row replaces everything from its position on") {
  TestDatabase db;
  const auto append = [&](std::vector<JournalPiece> pieces) { return db->write([&](Connection& c) { return append_journal(c, pieces); }); };
  CHECK(*append({{"a", 0, true, "hm"}, {"b", 0, false, "other"}}) == 1);
  CHECK(*append({{"a", 2, false, "Hel"}, {"a", 5, false, "lo"}}) == 3);
  CHECK(*append({{"a", 2, false, "Hello"}}) == 5);  // written anew
  auto journal = db->read([](Connection& c) { return read_journal(c); });
  REQUIRE(journal.ok());
  REQUIRE((*journal)["a"].size() == 2);
  CHECK((*journal)["a"][0].text == "hm");
  CHECK((*journal)["a"][0].reasoning);
  CHECK((*journal)["a"][1].text == "Hello");
  CHECK((*journal)["b"].size() == 1);
}

TEST_CASE("the journal is trimmed from its beginning, a part at a time") {
  TestDatabase db;
  std::vector<JournalPiece> pieces;
  for (int i = 0; i < 7000; ++i) pieces.push_back({"a", i, false, "x"});
  REQUIRE(db->write([&](Connection& c) { return append_journal(c, pieces); }).ok());
  const auto trim = [&](int64_t before) { return *db->write([&](Connection& c) { return trim_journal(c, before); }); };
  CHECK(trim(6991));
  CHECK(trim(6991));
  CHECK_FALSE(trim(6991));
  auto journal = db->read([](Connection& c) { return read_journal(c); });
  CHECK((*journal)["a"].size() == 10);
  CHECK((*journal)["a"].front().at == 6990);
}

TEST_CASE("a turn ends once") {
  TestDatabase db;
  add_conversation(db);
  REQUIRE(db->write([](Connection& c) {
            return c.execute("INSERT INTO conversation (id, user_id, search_key, created_ms, updated_ms, revision) VALUES ('c', 'u', '', 0, 0, 0)");
          }).ok());
  REQUIRE(insert(db, turn_named("a")).ok());
  CHECK(insert(db, turn_named("a")).error().code == ErrorCode::kConflict);
  CHECK(db->read([](Connection& c) { return running_turns(c, 10); })->size() == 1);
  Turn done = turn_named("a");
  done.state = TurnState::kDone;
  done.runs = "t5";
  done.finish_reason = "stop";
  done.usage.output_tokens = 7;
  done.usage.cost_micros = 35;
  done.finished_ms = 9;
  CHECK(*db->write([&](Connection& c) { return end_turn(c, done); }));
  Turn stopped = done;
  stopped.state = TurnState::kStopped;
  CHECK_FALSE(*db->write([&](Connection& c) { return end_turn(c, stopped); }));
  // Also for whoever goes past end_turn().
  CHECK_FALSE(db->write([](Connection& c) { return run(c, "UPDATE turn SET state = 'failed'"); }).ok());
  auto found = db->read([](Connection& c) { return find_turn(c, "a"); });
  REQUIRE(found->has_value());
  CHECK((*found)->turn.state == TurnState::kDone);
  CHECK((*found)->turn.usage.output_tokens == 7);
  CHECK_FALSE((*found)->turn.usage.input_tokens.has_value());
  CHECK((*found)->turn.finished_ms == 9);
  CHECK((*found)->request_hash == std::string(32, 'h'));
  CHECK_FALSE(db->read([](Connection& c) { return find_turn(c, "b"); })->has_value());
  CHECK(db->read([](Connection& c) { return turns_of_conversation(c, "c"); })->size() == 1);
}
