// Files beside messages, as rows: whose they are, how often their bytes are kept, and when they go.
#include "store/attachments.h"

#include <doctest/doctest.h>

#include <array>

#include "base/crypto.h"
#include "base/limits.h"
#include "memory_store.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

Attachment text_file(int64_t at_ms = kT0) {
  Attachment out;
  out.id = make_id(at_ms);
  out.name = "notes.md";
  out.media_type = "text/markdown";
  out.created_ms = at_ms;
  return out;
}

std::string put(MemoryStore& store, const std::string& user, const std::string& data, int64_t at_ms = kT0) {
  const Attachment wanted = text_file(at_ms);
  const auto stored = insert_attachment(*store.connection, user, wanted, data, sha256(data));
  REQUIRE_MESSAGE(stored.ok(), (stored.ok() ? "" : stored.error().detail));
  return wanted.id;
}

int64_t count(MemoryStore& store, const char* sql) { return one<int64_t>(*store.connection, sql, [](const Row& row) { return row.integer(0); }).value().value_or(-1); }
int64_t files(MemoryStore& store) { return count(store, "SELECT count(*) FROM attachment"); }
int64_t contents(MemoryStore& store) { return count(store, "SELECT count(*) FROM attachment_data"); }

}  // namespace

TEST_CASE("the same upload again changes nothing, and an id that stands for something else is refused") {
  MemoryStore store;
  const Attachment wanted = text_file();
  CHECK(insert_attachment(*store.connection, store.anna, wanted, "one", sha256("one"))->is_new);
  CHECK_FALSE(insert_attachment(*store.connection, store.anna, wanted, "one", sha256("one"))->is_new);
  CHECK(files(store) == 1);
  CHECK(insert_attachment(*store.connection, store.anna, wanted, "two", sha256("two")).error().code == ErrorCode::kConflict);
  CHECK(insert_attachment(*store.connection, store.bert, wanted, "one", sha256("one")).error().code == ErrorCode::kConflict);
  CHECK(contents(store) == 1);
}

TEST_CASE("a file is its owner's alone, with its bytes as they were") {
  MemoryStore store;
  const std::string data("a\0b\xFF", 4);
  const std::string id = put(store, store.anna, data);
  const auto mine = read_attachment(*store.connection, store.anna, id);
  REQUIRE(mine.ok());
  CHECK(mine->data == data);
  CHECK(mine->attachment.bytes == 4);
  CHECK(mine->attachment.name == "notes.md");
  CHECK(read_attachment(*store.connection, store.bert, id).error().code == ErrorCode::kNotFound);
  CHECK(delete_attachment(*store.connection, store.bert, id).error().code == ErrorCode::kNotFound);
  const Conversation his = store.add_conversation(store.bert);
  const Message message = store.add_message(his, "look");
  CHECK(attach(*store.connection, store.bert, {id}, message.id, kT0).error().code == ErrorCode::kInvalidRequest);
}

TEST_CASE("a sent file stays with its message, is attached once more by a changed question, and is kept once") {
  MemoryStore store;
  const Conversation talk = store.add_conversation(store.anna);
  const Message first = store.add_message(talk, "first");
  const Message second = store.add_message(talk, "second");
  const std::vector<std::string> ids = {put(store, store.anna, "one"), put(store, store.anna, "two")};
  REQUIRE(attach(*store.connection, store.anna, {ids[1], ids[0]}, first.id, kT0).ok());
  CHECK(delete_attachment(*store.connection, store.anna, ids[0]).error().code == ErrorCode::kConflict);
  REQUIRE(attach(*store.connection, store.anna, {ids[0]}, second.id, kT0).ok());
  const auto path = find_message(*store.connection, talk.id, first.id);
  REQUIRE(path.ok());
  REQUIRE(path->attachments.size() == 2);
  CHECK(path->attachments[0].id == ids[1]);
  const auto again = attachments_of(*store.connection, second.id).value();
  REQUIRE(again.size() == 1);
  CHECK(again[0].id != ids[0]);
  CHECK(read_attachment(*store.connection, store.anna, again[0].id)->data == "one");
  CHECK(files(store) == 3);
  CHECK(contents(store) == 2);
}

TEST_CASE("a copied branch takes its files along, and the bytes go with the last that needs them") {
  MemoryStore store;
  const Conversation talk = store.add_conversation(store.anna);
  const Message question = store.add_message(talk, "see");
  REQUIRE(attach(*store.connection, store.anna, {put(store, store.anna, "one")}, question.id, kT0).ok());
  const auto copy = fork_conversation(*store.connection, store.anna, talk.id, question.id, kT0);
  REQUIRE(copy.ok());
  const auto copied = find_message(*store.connection, copy->id, *copy->head_id);
  REQUIRE(copied->attachments.size() == 1);
  CHECK(contents(store) == 1);
  REQUIRE(run(*store.connection, "DELETE FROM conversation WHERE id = ?1", talk.id).ok());
  CHECK(files(store) == 1);
  CHECK(contents(store) == 1);
  CHECK(read_attachment(*store.connection, store.anna, copied->attachments[0].id)->data == "one");
  REQUIRE(run(*store.connection, "DELETE FROM user WHERE id = ?1", store.anna).ok());
  CHECK(files(store) == 0);
  CHECK(contents(store) == 0);
}

TEST_CASE("what was never sent goes after a while, what was sent stays") {
  MemoryStore store;
  const Conversation talk = store.add_conversation(store.anna);
  const Message question = store.add_message(talk, "see");
  REQUIRE(attach(*store.connection, store.anna, {put(store, store.anna, "sent")}, question.id, kT0).ok());
  put(store, store.anna, "old");
  const std::string fresh = put(store, store.anna, "fresh", kT0 + 5000);
  CHECK(purge_unsent(*store.connection, kT0 + 1000, 10).value() == 1);
  CHECK(purge_unsent(*store.connection, kT0 + 1000, 10).value() == 0);
  CHECK(find_attachment(*store.connection, store.anna, fresh).ok());
  CHECK(files(store) == 2);
  CHECK(contents(store) == 2);
}

TEST_CASE("nobody fills the disk with files that wait, and everybody has a bound in bytes") {
  MemoryStore store;
  for (int i = 0; i < limits::kAttachmentsUnsent; ++i) put(store, store.anna, "n" + std::to_string(i));
  CHECK(insert_attachment(*store.connection, store.anna, text_file(), "x", sha256("x")).error().code == ErrorCode::kTooManyStreams);
  REQUIRE(run(*store.connection, "UPDATE attachment_data SET bytes = ?1 WHERE seq = 1", limits::kAttachmentUserBytes).ok());
  put(store, store.bert, "his own room");
  REQUIRE(run(*store.connection, "DELETE FROM attachment WHERE seq = 2").ok());
  CHECK(insert_attachment(*store.connection, store.anna, text_file(), "x", sha256("x")).error().code == ErrorCode::kTooLarge);
  REQUIRE(run(*store.connection, "UPDATE user SET is_local = 1 WHERE id = ?1", store.anna).ok());  // whose machine it is
  CHECK(insert_attachment(*store.connection, store.anna, text_file(), "x", sha256("x")).ok());
}

TEST_CASE("texts are read for a prompt from the newest on, as far as there is room") {
  MemoryStore store;
  const Conversation talk = store.add_conversation(store.anna);
  std::vector<Message> path;
  for (const std::string& data : {std::string(100, 'a'), std::string(100, 'b'), std::string(100, 'c')}) {
    const Message question = store.add_message(talk, "see");
    REQUIRE(attach(*store.connection, store.anna, {put(store, store.anna, data)}, question.id, kT0).ok());
    path.push_back(find_message(*store.connection, talk.id, question.id).value());
  }
  REQUIRE(load_texts(*store.connection, path, 250).ok());
  CHECK_FALSE(path[0].attachments[0].text);
  CHECK(*path[1].attachments[0].text == std::string(100, 'b'));
  CHECK(*path[2].attachments[0].text == std::string(100, 'c'));
}

TEST_CASE("a database from before there were files gets their tables and keeps what it had") {
  auto connection = Connection::open(":memory:", Mode::kWriter).value();
  REQUIRE(migrate(*connection, migrations().first(1)).ok());
  REQUIRE(run(*connection, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES ('u', 'u', 'u', 'user', 'free', 0)").ok());
  Conversation wanted;
  wanted.id = make_id(kT0);
  REQUIRE(create_conversation(*connection, "u", wanted).ok());
  REQUIRE(migrate(*connection, migrations()).ok());
  CHECK(find_conversation(*connection, "u", wanted.id).ok());
  CHECK(insert_attachment(*connection, "u", text_file(), "x", sha256("x")).ok());
}
