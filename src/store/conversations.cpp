#include "store/conversations.h"

#include "base/ids.h"
#include "base/limits.h"
#include "store/conversation_row.h"
#include "store/messages.h"
#include "store/search.h"

namespace whinchat::store {

namespace {

Error not_found() { return {ErrorCode::kNotFound, "This conversation does not exist.", ""}; }

// A change's result: kNotFound when no row was there to be changed.
Result<void> found_if_changed(Connection& connection, Result<void> ran) {
  if (ran.ok() && connection.changes() == 0) return not_found();
  return ran;
}

Result<std::string> owner_of(Connection& connection, std::string_view id) {
  auto owner = one<std::string>(connection, "SELECT user_id FROM conversation WHERE id = ?1", [](const Row& row) { return row.text(0); }, id);
  if (!owner.ok()) return std::move(owner).error();
  return owner->value_or("");
}

Result<void> check_room(Connection& connection, std::string_view user_id) {
  auto count = one<int64_t>(connection, "SELECT count(*) FROM conversation WHERE user_id = ?1", [](const Row& row) { return row.integer(0); },
                            user_id);
  if (!count.ok()) return std::move(count).error();
  if (count->value_or(0) < limits::kConversationsPerUser) return {};
  return Error{ErrorCode::kConflict, "You have as many conversations as this server keeps. Delete some first.", ""};
}

}  // namespace

Result<void> touch_conversation(Connection& connection, std::string_view user_id, std::string_view conversation_id, int64_t now_ms, Touch touch) {
  auto revision = one<int64_t>(connection, "UPDATE user SET revision = revision + 1 WHERE id = ?1 RETURNING revision",
                               [](const Row& row) { return row.integer(0); }, user_id);
  if (!revision.ok()) return std::move(revision).error();
  if (!*revision) return not_found();
  auto ran = run(connection,
                 "UPDATE conversation SET revision = ?3, updated_ms = iif(?5, max(updated_ms, ?4), updated_ms) WHERE id = ?2 AND user_id = ?1",
                 user_id, conversation_id, **revision, now_ms, touch == Touch::kWords);
  connection.note_changed_user(user_id);
  return found_if_changed(connection, std::move(ran));
}

Result<Conversation> find_conversation(Connection& connection, std::string_view user_id, std::string_view id, Trash trash) {
  auto found = one<Conversation>(connection,
                                 "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.id = ?1 AND c.user_id = ?2"
                                 " AND (?3 OR c.deleted_ms IS NULL)",
                                 conversation_of, id, user_id, trash == Trash::kShown);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  return std::move(**found);
}

Result<Created> create_conversation(Connection& connection, std::string_view user_id, const Conversation& wanted,
                                    const std::optional<std::string>& source) {
  auto owner = owner_of(connection, wanted.id);
  if (!owner.ok()) return std::move(owner).error();
  if (*owner == user_id) {
    auto there = find_conversation(connection, user_id, wanted.id, Trash::kShown);
    if (!there.ok()) return std::move(there).error();
    return Created{std::move(there).value(), false};
  }
  if (!owner->empty()) return Error{ErrorCode::kConflict, "This id is taken. Please choose another one.", ""};
  if (auto room = check_room(connection, user_id); !room) return room.error();
  auto inserted = run(connection,
                      "INSERT INTO conversation (id, user_id, title, title_source, pinned, archived, provider, model, draft, source, search_key,"
                      " created_ms, updated_ms, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)",
                      wanted.id, user_id, wanted.title, wire_name(wanted.title_source), wanted.pinned, wanted.archived, wanted.provider,
                      wanted.model, wanted.draft, source, search_key(user_id), wanted.created_ms, wanted.updated_ms);
  if (!inserted.ok()) return std::move(inserted).error();
  if (auto touched = touch_conversation(connection, user_id, wanted.id, wanted.updated_ms); !touched) return touched.error();
  auto made = find_conversation(connection, user_id, wanted.id);
  if (!made.ok()) return std::move(made).error();
  return Created{std::move(made).value(), true};
}

Result<Conversation> update_conversation(Connection& connection, std::string_view user_id, std::string_view id,
                                         const ConversationChange& change, int64_t now_ms) {
  if (change.head_id) {
    auto head = find_message(connection, id, *change.head_id);
    if (!head.ok() && head.error().code != ErrorCode::kNotFound) return std::move(head).error();
    if (auto mine = find_conversation(connection, user_id, id); !mine.ok()) return mine;
    if (!head.ok()) return Error{ErrorCode::kInvalidRequest, "\"head_id\" is no message of this conversation.", ""};
  }
  auto ran = run(connection,
                 "UPDATE conversation SET title = coalesce(?3, title),"
                 " title_source = CASE WHEN ?3 IS NULL THEN title_source WHEN ?3 = '' THEN 'none' ELSE 'manual' END,"
                 " pinned = coalesce(?4, pinned), archived = coalesce(?5, archived), draft = coalesce(?6, draft),"
                 " provider = coalesce(?7, provider), model = coalesce(?8, model), head_id = coalesce(?9, head_id)"
                 " WHERE id = ?1 AND user_id = ?2 AND deleted_ms IS NULL",
                 id, user_id, change.title, change.pinned, change.archived, change.draft, change.provider, change.model, change.head_id);
  if (auto changed = found_if_changed(connection, std::move(ran)); !changed) return changed.error();
  if (auto touched = touch_conversation(connection, user_id, id, now_ms, Touch::kSettings); !touched) return touched.error();
  return find_conversation(connection, user_id, id);
}

Result<bool> set_title_auto(Connection& connection, std::string_view user_id, std::string_view id, std::string_view title, int64_t now_ms) {
  auto ran = run(connection,
                 "UPDATE conversation SET title = ?3, title_source = 'auto' WHERE id = ?1 AND user_id = ?2 AND title_source <> 'manual'",
                 id, user_id, title);
  if (!ran.ok()) return std::move(ran).error();
  if (connection.changes() == 0) {
    auto there = find_conversation(connection, user_id, id, Trash::kShown);
    if (!there.ok()) return std::move(there).error();
    return false;
  }
  if (auto touched = touch_conversation(connection, user_id, id, now_ms, Touch::kSettings); !touched) return touched.error();
  return true;
}

Result<void> set_head(Connection& connection, std::string_view user_id, std::string_view id, std::string_view head_id,
                      std::string_view provider, std::string_view model, int64_t now_ms) {
  auto ran = run(connection,
                 "UPDATE conversation SET head_id = ?3, provider = iif(?4 = '', provider, ?4), model = iif(?5 = '', model, ?5)"
                 " WHERE id = ?1 AND user_id = ?2",
                 id, user_id, head_id, provider, model);
  if (auto changed = found_if_changed(connection, std::move(ran)); !changed) return changed;
  return touch_conversation(connection, user_id, id, now_ms);
}

Result<void> delete_conversation(Connection& connection, std::string_view user_id, std::string_view id, int64_t now_ms) {
  auto there = find_conversation(connection, user_id, id, Trash::kShown);
  if (!there.ok()) return std::move(there).error();
  if (there->deleted_ms) return {};
  auto ran = run(connection, "UPDATE conversation SET deleted_ms = ?3 WHERE id = ?1 AND user_id = ?2", id, user_id, now_ms);
  if (!ran.ok()) return ran;
  return touch_conversation(connection, user_id, id, now_ms, Touch::kSettings);
}

Result<Conversation> restore_conversation(Connection& connection, std::string_view user_id, std::string_view id, int64_t now_ms) {
  auto there = find_conversation(connection, user_id, id, Trash::kShown);
  if (!there.ok() || !there->deleted_ms) return there;
  auto ran = run(connection, "UPDATE conversation SET deleted_ms = NULL WHERE id = ?1 AND user_id = ?2", id, user_id);
  if (!ran.ok()) return std::move(ran).error();
  if (auto touched = touch_conversation(connection, user_id, id, now_ms, Touch::kSettings); !touched) return touched.error();
  return find_conversation(connection, user_id, id);
}

Result<Conversation> fork_conversation(Connection& connection, std::string_view user_id, std::string_view id, std::string_view message_id,
                                       int64_t now_ms) {
  auto from = find_conversation(connection, user_id, id);
  if (!from.ok()) return from;
  Conversation wanted;
  wanted.id = make_id(now_ms);
  wanted.title = from->title;
  wanted.title_source = from->title_source;
  wanted.provider = from->provider;
  wanted.model = from->model;
  wanted.created_ms = wanted.updated_ms = now_ms;
  auto made = create_conversation(connection, user_id, wanted);
  if (!made.ok()) return std::move(made).error();
  auto leaf = copy_path(connection, id, message_id, wanted.id, now_ms);
  if (!leaf.ok()) return std::move(leaf).error();
  if (auto head = set_head(connection, user_id, wanted.id, *leaf, "", "", now_ms); !head) return head.error();
  return find_conversation(connection, user_id, wanted.id);
}

}  // namespace whinchat::store
