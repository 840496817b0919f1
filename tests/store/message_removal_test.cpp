#include "store/message_removal.h"

#include "memory_store.h"
#include "store/search.h"
#include "store/turns.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

// q1 - a1 - q2 - a2, and a second answer a1b to the first question.
struct Talk {
  MemoryStore store;
  Conversation chat = store.add_conversation(store.anna);
  Message q1 = store.add_message(chat, "first heron");
  Message a1 = store.add_message(chat, "answer", q1.id, MessageRole::kAssistant);
  Message q2 = store.add_message(chat, "second", a1.id);
  Message a2 = store.add_message(chat, "reply", q2.id, MessageRole::kAssistant);

  Talk() { REQUIRE(set_head(*store.connection, store.anna, chat.id, a2.id, "", "", kT0).ok()); }
  Result<void> remove(const std::string& id) { return remove_message(*store.connection, store.anna, chat.id, id, kT0 + 1); }
  std::optional<std::string> parent_of(const Message& m) { return find_message(*store.connection, chat.id, m.id).value().parent_id; }
  bool is_there(const Message& m) { return find_message(*store.connection, chat.id, m.id).ok(); }
  Conversation now() { return find_conversation(*store.connection, store.anna, chat.id).value(); }
};

}  // namespace

TEST_CASE("a question goes with its answers, what followed hangs on what stood before, and the search forgets it") {
  Talk talk;
  const Message a1b = talk.store.add_message(talk.chat, "another answer", talk.q1.id, MessageRole::kAssistant);
  const auto before = talk.now();
  const int64_t words = talk.store.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'heron'");
  CHECK(words == 1);
  REQUIRE(talk.remove(talk.q1.id).ok());
  for (const Message& gone : {talk.q1, talk.a1, a1b}) CHECK_FALSE(talk.is_there(gone));
  CHECK_FALSE(talk.parent_of(talk.q2).has_value());
  CHECK(talk.parent_of(talk.a2) == talk.q2.id);
  CHECK(talk.store.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'heron'") == 0);
  const auto after = talk.now();
  CHECK(after.head_id == talk.a2.id);
  CHECK(after.revision > before.revision);
  CHECK(after.updated_ms > before.updated_ms);
  CHECK(code_of(talk.remove(talk.q1.id)) == ErrorCode::kNotFound);
}

TEST_CASE("the last exchange gives the shown place to what stood before it, and the only one leaves nothing") {
  Talk talk;
  REQUIRE(talk.remove(talk.a2.id).ok());
  CHECK_FALSE(talk.is_there(talk.q2));
  CHECK(talk.now().head_id == talk.a1.id);
  REQUIRE(talk.remove(talk.q1.id).ok());
  CHECK_FALSE(talk.now().head_id.has_value());
  CHECK(talk.store.count("SELECT count(*) FROM message") == 0);
}

TEST_CASE("one of several answers goes alone; what followed it follows the newest of the others") {
  Talk talk;
  const Message a1b = talk.store.add_message(talk.chat, "another answer", talk.q1.id, MessageRole::kAssistant);
  REQUIRE(talk.remove(talk.a1.id).ok());
  CHECK(talk.is_there(talk.q1));
  CHECK(talk.parent_of(talk.q2) == a1b.id);
  CHECK(talk.now().head_id == talk.a2.id);
  const Message a2b = talk.store.add_message(talk.chat, "again", talk.q2.id, MessageRole::kAssistant);
  REQUIRE(talk.remove(talk.a2.id).ok());
  CHECK(talk.now().head_id == a2b.id);
}

TEST_CASE("a summary made after a message goes with it, one made before stays") {
  Talk talk;
  Message summary = MemoryStore::message(talk.chat, "they spoke of herons", talk.a1.id, MessageRole::kSystem);
  summary.kind = MessageKind::kSummary;
  REQUIRE(insert_message(*talk.store.connection, summary).ok());
  REQUIRE(move_message(*talk.store.connection, talk.chat.id, talk.q2.id, talk.a1.id, summary.id).ok());
  const Message later = talk.store.add_message(talk.chat, "later", talk.a2.id);
  REQUIRE(talk.remove(later.id).ok());
  CHECK(talk.is_there(summary));
  REQUIRE(talk.remove(talk.q1.id).ok());
  CHECK_FALSE(talk.is_there(summary));
  CHECK_FALSE(talk.parent_of(talk.q2).has_value());
}

TEST_CASE("nothing is removed while an answer is written, from the trash, or by somebody else") {
  Talk talk;
  CHECK(code_of(remove_message(*talk.store.connection, talk.store.bert, talk.chat.id, talk.q1.id, kT0)) == ErrorCode::kNotFound);
  const Conversation other = talk.store.add_conversation(talk.store.anna);
  CHECK(code_of(remove_message(*talk.store.connection, talk.store.anna, other.id, talk.q1.id, kT0)) == ErrorCode::kNotFound);
  Turn turn;
  turn.id = make_id(kT0);
  turn.user_id = talk.store.anna;
  turn.conversation_id = talk.chat.id;
  turn.message_id = talk.a2.id;
  REQUIRE(insert_turn(*talk.store.connection, turn, std::string(32, 'h')).ok());
  CHECK(code_of(talk.remove(talk.q1.id)) == ErrorCode::kConflict);
  turn.state = TurnState::kDone;
  REQUIRE(end_turn(*talk.store.connection, turn).ok());
  REQUIRE(delete_conversation(*talk.store.connection, talk.store.anna, talk.chat.id, kT0).ok());
  CHECK(code_of(talk.remove(talk.q1.id)) == ErrorCode::kNotFound);
}
