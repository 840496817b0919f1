#include "store/conversations.h"

#include <set>

#include "memory_store.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("a conversation is its owner's: everybody else finds nothing") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation mine = store.add_conversation(store.anna, "Mine");
  CHECK(find_conversation(c, store.anna, mine.id).value().title == "Mine");
  CHECK(code_of(find_conversation(c, store.bert, mine.id)) == ErrorCode::kNotFound);
  CHECK(code_of(update_conversation(c, store.bert, mine.id, {.title = "Yours"}, kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(set_title_auto(c, store.bert, mine.id, "Yours", kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(set_head(c, store.bert, mine.id, make_id(kT0), "", "", kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(delete_conversation(c, store.bert, mine.id, kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(restore_conversation(c, store.bert, mine.id, kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(fork_conversation(c, store.bert, mine.id, make_id(kT0), kT0)) == ErrorCode::kNotFound);
  CHECK(code_of(touch_conversation(c, store.bert, mine.id, kT0)) == ErrorCode::kNotFound);
  CHECK(list_conversations(c, store.bert, {}, {}, 10).value().conversations.empty());
  CHECK(find_conversation(c, store.anna, mine.id).value().title == "Mine");
}

TEST_CASE("making one twice gives the first; another user's id is refused") {
  MemoryStore store;
  Connection& c = *store.connection;
  Conversation wanted = store.add_conversation(store.anna, "First");
  wanted.title = "Second";
  const auto again = create_conversation(c, store.anna, wanted).value();
  CHECK_FALSE(again.is_new);
  CHECK(again.conversation.title == "First");
  CHECK(code_of(create_conversation(c, store.bert, wanted)) == ErrorCode::kConflict);
}

TEST_CASE("every change has a revision of its own, and tells whose it was") {
  MemoryStore store;
  Connection& c = *store.connection;
  (void)c.take_changed_users();
  const Conversation a = store.add_conversation(store.anna, "a");
  const Conversation b = store.add_conversation(store.anna, "b");
  CHECK(b.revision == a.revision + 1);
  const Conversation renamed = update_conversation(c, store.anna, a.id, {.title = "aa"}, kT0 + 5).value();
  CHECK(renamed.revision == b.revision + 1);
  CHECK(renamed.updated_ms == kT0);  // a title alone moves nothing
  CHECK(set_title_auto(c, store.anna, a.id, "machine", kT0).value() == false);
  REQUIRE(delete_conversation(c, store.anna, b.id, kT0).ok());
  CHECK(find_conversation(c, store.anna, b.id, Trash::kShown).value().revision == renamed.revision + 1);
  CHECK(c.take_changed_users() == std::vector<std::string>{store.anna});
  CHECK(c.take_changed_users().empty());
}

TEST_CASE("an automatic title never replaces a manual one, and comes back when that is taken away") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation chat = store.add_conversation(store.anna);
  CHECK(set_title_auto(c, store.anna, chat.id, "One", kT0).value());
  CHECK(set_title_auto(c, store.anna, chat.id, "Two", kT0).value());
  CHECK(update_conversation(c, store.anna, chat.id, {.title = "Mine"}, kT0).value().title_source == TitleSource::kManual);
  CHECK_FALSE(set_title_auto(c, store.anna, chat.id, "Three", kT0).value());
  CHECK(update_conversation(c, store.anna, chat.id, {.title = ""}, kT0).value().title_source == TitleSource::kNone);
  CHECK(set_title_auto(c, store.anna, chat.id, "Four", kT0).value());
}

TEST_CASE("a change says only what it changes, and a head must be a message of the conversation") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation chat = store.add_conversation(store.anna, "Title");
  const Message message = store.add_message(chat, "m");
  const Message elsewhere = store.add_message(store.add_conversation(store.anna), "n");
  ConversationChange change;
  change.pinned = true;
  change.draft = "half a thought";
  change.head_id = message.id;
  change.model = "m1";
  const Conversation changed = update_conversation(c, store.anna, chat.id, change, kT0).value();
  CHECK(changed.title == "Title");
  CHECK(changed.pinned);
  CHECK(changed.draft == "half a thought");
  CHECK(changed.head_id == message.id);
  CHECK(changed.model == "m1");
  CHECK(code_of(update_conversation(c, store.anna, chat.id, {.head_id = elsewhere.id}, kT0)) == ErrorCode::kInvalidRequest);
  CHECK(code_of(update_conversation(c, store.bert, chat.id, {.head_id = message.id}, kT0)) == ErrorCode::kNotFound);
}

TEST_CASE("pages: pinned first, newest words first, nothing twice and nothing left out while things change") {
  MemoryStore store;
  Connection& c = *store.connection;
  std::vector<Conversation> made;
  for (int i = 0; i < 30; ++i) made.push_back(store.add_conversation(store.anna, std::to_string(i), kT0 + i / 3));  // equal times, too
  REQUIRE(update_conversation(c, store.anna, made[4].id, {.pinned = true}, kT0).ok());
  REQUIRE(update_conversation(c, store.anna, made[5].id, {.archived = true}, kT0).ok());
  store.add_conversation(store.bert, "other");
  std::multiset<std::string> seen;
  std::optional<ConversationCursor> after;
  std::string first;
  int pages = 0;
  do {
    const auto page = list_conversations(c, store.anna, {}, after, 7).value();
    for (const Conversation& conversation : page.conversations) {
      if (first.empty()) first = conversation.title;
      seen.insert(conversation.title);
    }
    after = page.next;
    if (++pages == 2) REQUIRE(touch_conversation(c, store.anna, made[29].id, kT0 + 1000).ok());  // shown already: moves to the top
    if (pages == 2) store.add_conversation(store.anna, "late", kT0 + 2000);
  } while (after);
  CHECK(first == "4");
  CHECK(seen.size() == 29);
  for (int i = 0; i < 30; ++i) CHECK(seen.count(std::to_string(i)) == (i == 5 ? 0 : 1));
  const auto archived = list_conversations(c, store.anna, {.archived = true}, {}, 7).value();
  REQUIRE(archived.conversations.size() == 1);
  CHECK(archived.conversations[0].title == "5");
  CHECK_FALSE(archived.next);
}

TEST_CASE("deleted ones can be restored until they are purged, which is told by the purged revision") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation chat = store.add_conversation(store.anna, "Gone");
  store.add_message(chat, "words");
  REQUIRE(delete_conversation(c, store.anna, chat.id, kT0).ok());
  REQUIRE(delete_conversation(c, store.anna, chat.id, kT0 + 9).ok());
  CHECK(code_of(find_conversation(c, store.anna, chat.id)) == ErrorCode::kNotFound);
  CHECK(code_of(update_conversation(c, store.anna, chat.id, {.title = "x"}, kT0)) == ErrorCode::kNotFound);
  CHECK(list_conversations(c, store.anna, {.deleted = true}, {}, 10).value().conversations.at(0).deleted_ms == kT0);
  CHECK(restore_conversation(c, store.anna, chat.id, kT0).value().title == "Gone");
  CHECK(restore_conversation(c, store.anna, chat.id, kT0).ok());
  CHECK(list_conversations(c, store.anna, {}, {}, 10).value().conversations.size() == 1);
  REQUIRE(delete_conversation(c, store.anna, chat.id, kT0).ok());
  CHECK(purge_deleted(c, kT0, 10).value() == 0);
  CHECK(purge_deleted(c, kT0 + 1, 10).value() == 1);
  CHECK(store.count("SELECT count(*) FROM message") == 0);
  CHECK(store.count("SELECT purged_revision = revision FROM user WHERE name = 'anna'") == 1);
  CHECK(store.count("SELECT purged_revision FROM user WHERE name = 'bert'") == 0);
}

TEST_CASE("the trash is emptied for good, of its owner's alone and of nothing that is not in it") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation kept = store.add_conversation(store.anna, "Kept");
  store.add_message(kept, "words");
  std::vector<Conversation> gone;
  for (const char* title : {"One", "Two", "Three"}) gone.push_back(store.add_conversation(store.anna, title));
  const Conversation other = store.add_conversation(store.bert, "Bert's");
  REQUIRE(delete_conversation(c, store.bert, other.id, kT0).ok());
  CHECK(code_of(remove_conversation(c, store.anna, kept.id)) == ErrorCode::kConflict);
  CHECK(code_of(remove_conversation(c, store.anna, other.id)) == ErrorCode::kNotFound);
  for (const Conversation& one : gone) REQUIRE(delete_conversation(c, store.anna, one.id, kT0).ok());
  REQUIRE(delete_conversation(c, store.anna, gone[2].id, kT0 + 5).ok());
  REQUIRE(remove_conversation(c, store.anna, gone[0].id).ok());
  CHECK(code_of(remove_conversation(c, store.anna, gone[0].id)) == ErrorCode::kNotFound);
  CHECK(code_of(restore_conversation(c, store.anna, gone[0].id, kT0)) == ErrorCode::kNotFound);
  CHECK(store.count("SELECT purged_revision = revision FROM user WHERE name = 'anna'") == 1);
  CHECK(empty_trash(c, store.anna, kT0 - 1, 10).value() == 0);
  CHECK(empty_trash(c, store.anna, kT0, 1).value() == 1);
  CHECK(empty_trash(c, store.anna, kT0, 10).value() == 1);
  CHECK(store.count("SELECT count(*) FROM conversation") == 2);
  CHECK(store.count("SELECT count(*) FROM message") == 1);
}

TEST_CASE("a fork has a copy of one branch under new ids") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation chat = store.add_conversation(store.anna, "Birds");
  const Message a = store.add_message(chat, "a");
  store.add_message(chat, "b1", a.id, MessageRole::kAssistant);
  const Message b2 = store.add_message(chat, "b2", a.id, MessageRole::kAssistant);
  store.add_message(chat, "c", b2.id);
  const Conversation fork = fork_conversation(c, store.anna, chat.id, b2.id, kT0 + 7).value();
  CHECK(fork.id != chat.id);
  CHECK(fork.title == "Birds");
  const auto messages = list_messages(c, fork.id, 0, 100).value().messages;
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].content == "a");
  CHECK(messages[0].id != a.id);
  CHECK(messages[1].content == "b2");
  CHECK(messages[1].parent_id == messages[0].id);
  CHECK(fork.head_id == messages[1].id);
  CHECK(list_messages(c, chat.id, 0, 100).value().messages.size() == 4);
  CHECK(code_of(fork_conversation(c, store.anna, chat.id, make_id(kT0), kT0)) == ErrorCode::kNotFound);
}
