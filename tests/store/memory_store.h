// A database in memory with the schema and two users, for tests of the tables' functions.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/ids.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/migrate.h"

namespace whinchat::store {

inline constexpr int64_t kT0 = 1'800'000'000'000;  // 2027-01-15

class MemoryStore {
 public:
  MemoryStore() : connection(Connection::open(":memory:", Mode::kWriter).value()) {
    auto made = migrate(*connection, migrations());
    REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().detail));
    anna = add_user("anna");
    bert = add_user("bert");
  }

  std::string add_user(const std::string& name) {
    const std::string id = make_id(kT0);
    REQUIRE(run(*connection, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, ?2, ?2, 'user', 'free', ?3)", id, name, kT0).ok());
    return id;
  }

  Conversation add_conversation(const std::string& user, const std::string& title = "", int64_t now_ms = kT0) {
    Conversation wanted;
    wanted.id = make_id(now_ms);
    wanted.title = title;
    if (!title.empty()) wanted.title_source = TitleSource::kManual;
    wanted.created_ms = wanted.updated_ms = now_ms;
    return create_conversation(*connection, user, wanted).value().conversation;
  }

  static Message message(const Conversation& in, const std::string& content, std::optional<std::string> parent = {},
                         MessageRole role = MessageRole::kUser, int64_t now_ms = kT0) {
    Message out;
    out.id = make_id(now_ms);
    out.conversation_id = in.id;
    out.parent_id = std::move(parent);
    out.role = role;
    out.content = content;
    out.created_ms = now_ms;
    return out;
  }

  Message add_message(const Conversation& in, const std::string& content, std::optional<std::string> parent = {},
                      MessageRole role = MessageRole::kUser) {
    Message out = message(in, content, std::move(parent), role);
    const auto inserted = insert_message(*connection, out);
    REQUIRE_MESSAGE(inserted.ok(), (inserted.ok() ? "" : inserted.error().detail));
    return out;
  }

  int64_t count(std::string_view sql) {
    return one<int64_t>(*connection, sql, [](const Row& row) { return row.integer(0); }).value().value_or(-1);
  }

  std::unique_ptr<Connection> connection;
  std::string anna;
  std::string bert;
};

template <class T>
ErrorCode code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

}  // namespace whinchat::store
