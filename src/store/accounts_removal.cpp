// Deleting users. A history of years takes minutes to remove, most of it for the words in the search index, so it is done a
// little at a time: a deleted user keeps a row without a name and without a password until nothing else is left.
#include "base/limits.h"
#include "store/accounts_users.h"

namespace whinchat::store {

namespace {

constexpr std::string_view kFirstDeleted = "SELECT id FROM user WHERE name_key BETWEEN ?1 AND char(3) LIMIT 1";

struct Piece {
  int64_t seq = 0;
  int64_t bytes = 0;
};

// Removes the newest messages of a conversation, so that none loses its parent before itself. False: it has none any more.
Result<bool> remove_messages(Connection& c, const std::string& conversation_id, int64_t& messages_left, int64_t& bytes_left) {
  auto newest = all<Piece>(c, "SELECT seq, length(content) + coalesce((SELECT sum(bytes) FROM attachment JOIN attachment_data ON attachment_data.seq = data_seq"
                           " WHERE message_id = message.id), 0) FROM message WHERE conversation_id = ?1 ORDER BY seq DESC LIMIT ?2",
                           [](const Row& row) { return Piece{row.integer(0), row.integer(1)}; }, conversation_id, messages_left);
  if (!newest.ok()) return std::move(newest).error();
  for (const Piece& message : *newest) {
    if (messages_left <= 0 || bytes_left <= 0) break;
    if (auto gone = run(c, "DELETE FROM message WHERE seq = ?1", message.seq); !gone) return gone.error();
    --messages_left;
    bytes_left -= message.bytes;
  }
  return !newest->empty();
}

// One file that was uploaded and never sent. False: there is none.
Result<bool> remove_file(Connection& c, const std::string& user_id, int64_t& bytes_left) {
  auto file = one<Piece>(c, "SELECT attachment.seq, bytes FROM attachment JOIN attachment_data ON attachment_data.seq = data_seq WHERE attachment.user_id = ?1 LIMIT 1",
                         [](const Row& row) { return Piece{row.integer(0), row.integer(1)}; }, user_id);
  if (!file.ok()) return std::move(file).error();
  if (!*file) return false;
  if (auto gone = run(c, "DELETE FROM attachment WHERE seq = ?1", (*file)->seq); !gone) return gone.error();
  bytes_left -= (*file)->bytes;
  return true;
}

Result<std::optional<std::string>> first_text(Connection& c, std::string_view sql, std::string_view value) {
  return one<std::string>(c, sql, [](const Row& row) { return row.text(0); }, value);
}

}  // namespace

Result<bool> delete_user(Connection& c, std::string_view id) {
  auto hidden = run(c,
                    "UPDATE user SET name = '', name_key = char(2) || id, password = '', role = 'user', is_local = 0, disabled = 1, totp_secret = NULL,"
                    " totp_enabled = 0, plan_id = (SELECT id FROM plan WHERE is_default = 1) WHERE id = ?1 AND name_key NOT BETWEEN char(2) AND char(3)", id);
  if (!hidden) return hidden.error();
  if (c.changes() == 0) return false;
  for (const std::string_view sql : {"DELETE FROM session WHERE user_id = ?1", "DELETE FROM api_token WHERE user_id = ?1", "DELETE FROM invite WHERE user_id = ?1",
                                     "DELETE FROM recovery_code WHERE user_id = ?1", "DELETE FROM usage WHERE user_id = ?1", "DELETE FROM user_settings WHERE user_id = ?1"}) {
    if (auto gone = run(c, sql, id); !gone) return gone.error();
  }
  c.note_plan_change();
  c.note_changed_user(id);  // wakes whoever removes the rest
  return true;
}

Result<bool> has_deleted_users(Connection& c) {
  auto first = first_text(c, kFirstDeleted, "\x02");
  if (!first.ok()) return std::move(first).error();
  return first->has_value();
}

Result<void> remove_of_deleted_users(Connection& c) {
  int64_t messages_left = limits::kRemovalMessages;
  int64_t bytes_left = limits::kRemovalBytes;
  while (messages_left > 0 && bytes_left > 0) {
    auto user = first_text(c, kFirstDeleted, "\x02");
    if (!user.ok()) return std::move(user).error();
    if (!*user) return {};
    auto conversation = first_text(c, "SELECT id FROM conversation WHERE user_id = ?1 LIMIT 1", **user);
    if (!conversation.ok()) return std::move(conversation).error();
    if (!*conversation) {
      auto file = remove_file(c, **user, bytes_left);
      if (!file.ok()) return std::move(file).error();
      if (*file) continue;
      if (auto gone = run(c, "DELETE FROM user WHERE id = ?1", **user); !gone) return gone.error();
      continue;
    }
    auto some = remove_messages(c, **conversation, messages_left, bytes_left);
    if (!some.ok()) return std::move(some).error();
    if (*some) continue;
    if (auto gone = run(c, "DELETE FROM conversation WHERE id = ?1", **conversation); !gone) return gone.error();
    --messages_left;
  }
  return {};
}

}  // namespace whinchat::store
