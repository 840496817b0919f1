// Lists of conversations, and what removes them for good.
#include "base/limits.h"
#include "store/conversation_row.h"
#include "store/conversations.h"

namespace whinchat::store {

namespace {

constexpr std::string_view kListed =
    "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.user_id = ?1 AND c.archived = ?2 AND c.deleted_ms IS NULL"
    " AND (c.pinned, c.updated_ms, c.seq) < (?3, ?4, ?5) ORDER BY c.pinned DESC, c.updated_ms DESC, c.seq DESC LIMIT ?6";
constexpr std::string_view kInTrash =
    "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.user_id = ?1 AND c.deleted_ms IS NOT NULL"
    " AND (c.deleted_ms, c.seq) < (?2, ?3) ORDER BY c.deleted_ms DESC, c.seq DESC LIMIT ?4";

struct Listed {
  Conversation conversation;
  int64_t seq = 0;
};

struct Gone {
  std::string id, user_id;
};

Gone gone_of(const Row& row) { return {row.text(0), row.text(1)}; }

Result<void> remove_row(Connection& connection, std::string_view user_id, std::string_view id) {
  // Who asks for changes since before this revision must load everything anew: the rows that could tell are gone.
  auto raised = run(connection, "UPDATE user SET revision = revision + 1, purged_revision = revision + 1 WHERE id = ?1", user_id);
  if (!raised.ok()) return raised;
  connection.note_changed_user(user_id);
  return run(connection, "DELETE FROM conversation WHERE id = ?1", id);
}

Result<int> remove_rows(Connection& connection, const Result<std::vector<Gone>>& gone) {
  if (!gone.ok()) return gone.error();
  for (const Gone& conversation : *gone) {
    if (auto removed = remove_row(connection, conversation.user_id, conversation.id); !removed) return removed.error();
  }
  return static_cast<int>(gone->size());
}

Listed listed_of(const Row& row) { return {conversation_of(row), row.integer(kConversationSeqColumn)}; }

}  // namespace

Result<ConversationPage> list_conversations(Connection& connection, std::string_view user_id, const ConversationFilter& filter,
                                            const std::optional<ConversationCursor>& after, int limit) {
  // From the top: behind a row that is above all others.
  const ConversationCursor from = after.value_or(ConversationCursor{true, INT64_MAX, INT64_MAX});
  auto rows = filter.deleted ? all<Listed>(connection, kInTrash, listed_of, user_id, from.at_ms, from.seq, limit + 1)
                             : all<Listed>(connection, kListed, listed_of, user_id, filter.archived, from.pinned, from.at_ms, from.seq, limit + 1);
  if (!rows.ok()) return std::move(rows).error();
  ConversationPage page;
  const bool more = rows->size() > static_cast<size_t>(limit);
  if (more) {
    const Listed& last = (*rows)[static_cast<size_t>(limit) - 1];
    const Conversation& shown = last.conversation;
    page.next = ConversationCursor{shown.pinned, filter.deleted ? shown.deleted_ms.value_or(0) : shown.updated_ms, last.seq};
    rows->resize(static_cast<size_t>(limit));
  }
  for (Listed& row : *rows) page.conversations.push_back(std::move(row.conversation));
  return page;
}

Result<std::vector<ExportedConversation>> list_for_export(Connection& connection, std::string_view user_id) {
  return all<ExportedConversation>(connection,
                                   "SELECT id, created_ms, updated_ms FROM conversation WHERE user_id = ?1 AND deleted_ms IS NULL ORDER BY seq LIMIT ?2",
                                   [](const Row& row) { return ExportedConversation{row.text(0), row.integer(1), row.integer(2)}; }, user_id,
                                   limits::kConversationsPerUser);
}

Result<void> remove_conversation(Connection& connection, std::string_view user_id, std::string_view id) {
  auto there = find_conversation(connection, user_id, id, Trash::kShown);
  if (!there.ok()) return std::move(there).error();
  if (!there->deleted_ms) return Error{ErrorCode::kConflict, "Only a deleted conversation can be removed for good. Delete it first.", ""};
  return remove_row(connection, user_id, id);
}

Result<int> empty_trash(Connection& connection, std::string_view user_id, int64_t until_ms, int max) {
  return remove_rows(connection, all<Gone>(connection,
                                           "SELECT id, user_id FROM conversation WHERE user_id = ?1 AND deleted_ms <= ?2 ORDER BY deleted_ms, seq LIMIT ?3",
                                           gone_of, user_id, until_ms, max));
}

Result<int> purge_deleted(Connection& connection, int64_t before_ms, int max) {
  return remove_rows(connection, all<Gone>(connection, "SELECT id, user_id FROM conversation WHERE deleted_ms < ?1 ORDER BY deleted_ms LIMIT ?2", gone_of,
                                           before_ms, max));
}

}  // namespace whinchat::store
