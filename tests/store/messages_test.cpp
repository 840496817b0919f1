#include "store/messages.h"

#include "memory_store.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("what is stored comes back whole, usage and errors included") {
  MemoryStore store;
  const Conversation chat = store.add_conversation(store.anna);
  const Message question = store.add_message(chat, "What is \xF0\x9F\x90\xA6?");
  Message answer = MemoryStore::message(chat, "A bird", question.id, MessageRole::kAssistant);
  answer.reasoning = "wings";
  answer.provider = "openai";
  answer.model = "gpt";
  answer.state = TurnState::kFailed;
  answer.turn_id = make_id(kT0);
  answer.finish_reason = "length";
  answer.error_code = "timeout";
  answer.error = "Too slow";
  answer.usage = {12, 3, std::nullopt, 40, 7, 1234, true};
  REQUIRE(insert_message(*store.connection, answer).ok());
  const Message back = find_message(*store.connection, chat.id, answer.id).value();
  CHECK(back.content == "A bird");
  CHECK(back.parent_id == question.id);
  CHECK(back.role == MessageRole::kAssistant);
  CHECK(back.reasoning == "wings");
  CHECK(back.model == "gpt");
  CHECK(back.state == TurnState::kFailed);
  CHECK(back.turn_id == answer.turn_id);
  CHECK(back.error_code == "timeout");
  CHECK(back.usage.input_tokens == 12);
  CHECK_FALSE(back.usage.cache_write_tokens.has_value());
  CHECK(back.usage.cost_micros == 1234);
  CHECK(back.usage.estimated);
}

TEST_CASE("a parent must be of the same conversation, and an id is used once") {
  MemoryStore store;
  const Conversation one = store.add_conversation(store.anna);
  const Conversation other = store.add_conversation(store.anna);
  const Message root = store.add_message(one, "root");
  CHECK(code_of(insert_message(*store.connection, MemoryStore::message(other, "x", root.id))) == ErrorCode::kNotFound);
  CHECK(code_of(insert_message(*store.connection, MemoryStore::message(one, "x", make_id(kT0)))) == ErrorCode::kNotFound);
  Message twice = MemoryStore::message(one, "x", root.id);
  twice.id = root.id;
  CHECK(code_of(insert_message(*store.connection, twice)) == ErrorCode::kConflict);
  CHECK(code_of(find_message(*store.connection, other.id, root.id)) == ErrorCode::kNotFound);
}

TEST_CASE("a running answer is finished once") {
  MemoryStore store;
  const Conversation chat = store.add_conversation(store.anna);
  Message answer = MemoryStore::message(chat, "", {}, MessageRole::kAssistant);
  answer.state = TurnState::kRunning;
  answer.model = "asked";
  REQUIRE(insert_message(*store.connection, answer).ok());
  MessageEnd end;
  end.state = TurnState::kStopped;
  end.content = "half an ans";
  end.usage.output_tokens = 4;
  end.usage.estimated = true;
  REQUIRE(finish_message(*store.connection, answer.id, end).ok());
  const Message back = find_message(*store.connection, chat.id, answer.id).value();
  CHECK(back.state == TurnState::kStopped);
  CHECK(back.content == "half an ans");
  CHECK(back.model == "asked");
  CHECK(back.usage.output_tokens == 4);
  CHECK(code_of(finish_message(*store.connection, answer.id, end)) == ErrorCode::kConflict);
  CHECK(code_of(finish_message(*store.connection, make_id(kT0), end)) == ErrorCode::kConflict);
}

TEST_CASE("the path to a message is its branch alone, from the root on") {
  MemoryStore store;
  const Conversation chat = store.add_conversation(store.anna);
  const Message a = store.add_message(chat, "a");
  const Message b1 = store.add_message(chat, "b1", a.id, MessageRole::kAssistant);
  const Message b2 = store.add_message(chat, "b2", a.id, MessageRole::kAssistant);
  const Message c = store.add_message(chat, "c", b2.id);
  const auto path = path_to(*store.connection, chat.id, c.id).value();
  REQUIRE(path.size() == 3);
  CHECK(path[0].id == a.id);
  CHECK(path[1].id == b2.id);
  CHECK(path[2].id == c.id);
  CHECK(code_of(path_to(*store.connection, chat.id, make_id(kT0))) == ErrorCode::kNotFound);
  CHECK(code_of(path_to(*store.connection, store.add_conversation(store.anna).id, c.id)) == ErrorCode::kNotFound);
  CHECK(path_to(*store.connection, chat.id, b1.id).value().size() == 2);
}

TEST_CASE("a path that is too long for memory keeps its newest messages") {
  MemoryStore store;
  const Conversation chat = store.add_conversation(store.anna);
  std::optional<std::string> parent;
  for (int i = 0; i < 10; ++i) parent = store.add_message(chat, std::string(1000, static_cast<char>('a' + i)), parent).id;
  const auto path = path_to(*store.connection, chat.id, *parent, 3500).value();
  REQUIRE(path.size() == 3);
  CHECK(path.back().content[0] == 'j');
  CHECK(path.front().content[0] == 'h');
  CHECK(path_to(*store.connection, chat.id, *parent, 1).value().size() == 1);
}

TEST_CASE("messages are read page by page, each once, while others are added") {
  MemoryStore store;
  const Conversation chat = store.add_conversation(store.anna);
  for (int i = 0; i < 25; ++i) store.add_message(chat, std::to_string(i));
  std::string seen;
  int64_t after = 0;
  do {
    auto page = list_messages(*store.connection, chat.id, after, 10).value();
    for (const Message& message : page.messages) seen += message.content + " ";
    after = page.next;
    if (after != 0 && seen.find("25") == std::string::npos) store.add_message(chat, "25");
  } while (after != 0);
  CHECK(seen == "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 25 ");
  CHECK(list_messages(*store.connection, chat.id, 0, 100, 3).value().messages.size() < 10);
}
