#include "store/message_removal.h"

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "store/conversations.h"
#include "store/messages.h"

namespace whinchat::store {

namespace {

Result<std::vector<std::string>> ids_of(Connection& connection, std::string_view sql, std::string_view conversation_id,
                                        const std::optional<std::string>& other) {
  return all<std::string>(connection, sql, [](const Row& row) { return row.text(0); }, conversation_id, other);
}

Result<bool> answer_is_being_written(Connection& connection, std::string_view conversation_id) {
  auto found = one<bool>(connection, "SELECT 1 FROM turn WHERE conversation_id = ?1 AND state = 'running'", [](const Row&) { return true; },
                         conversation_id);
  if (!found.ok()) return std::move(found).error();
  return found->has_value();
}

// Removes one message; what hung under it hangs under `heir` then.
Result<void> take_out(Connection& connection, std::string_view conversation_id, std::string_view message_id, const std::optional<std::string>& heir) {
  auto moved = run(connection, "UPDATE message SET parent_id = ?3 WHERE conversation_id = ?1 AND parent_id = ?2", conversation_id, message_id, heir);
  if (!moved.ok()) return moved;
  return run(connection, "DELETE FROM message WHERE conversation_id = ?1 AND id = ?2", conversation_id, message_id);
}

// The end of the newest branch below a message, or of the newest one of all; nothing when no message is left.
Result<std::optional<std::string>> newest_leaf(Connection& connection, std::string_view conversation_id, std::optional<std::string> at) {
  for (int64_t depth = 0; depth <= limits::kPathMessages; ++depth) {
    auto next = one<std::string>(connection,
                                 "SELECT id FROM message WHERE conversation_id = ?1 AND parent_id IS ?2 AND kind = 'message'"
                                 " ORDER BY created_ms DESC, id DESC LIMIT 1",
                                 [](const Row& row) { return row.text(0); }, conversation_id, at);
    if (!next.ok()) return std::move(next).error();
    if (!*next) break;
    at = std::move(*next);
  }
  return at;
}

// Summaries that may tell of the message: those stored after it.
Result<void> take_out_summaries(Connection& connection, std::string_view conversation_id, std::string_view message_id) {
  auto summaries = ids_of(connection,
                          "SELECT id FROM message WHERE conversation_id = ?1 AND kind = 'summary'"
                          " AND seq > (SELECT seq FROM message WHERE id = ?2) ORDER BY seq DESC",
                          conversation_id, std::string(message_id));
  if (!summaries.ok()) return std::move(summaries).error();
  for (const std::string& id : *summaries) {
    auto summary = find_message(connection, conversation_id, id);
    if (!summary.ok()) return std::move(summary).error();
    if (auto out = take_out(connection, conversation_id, id, summary->parent_id); !out) return out;
  }
  return {};
}

// Where the shown branch goes on when its leaf is among what was removed.
Result<void> show_from(Connection& connection, std::string_view conversation_id, const std::optional<std::string>& from) {
  auto leaf = newest_leaf(connection, conversation_id, from);
  if (!leaf.ok()) return std::move(leaf).error();
  return run(connection,
             "UPDATE conversation SET head_id = ?2 WHERE id = ?1 AND head_id IS NOT NULL"
             " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = conversation.head_id)",
             conversation_id, *leaf);
}

}  // namespace

Result<void> remove_message(Connection& connection, std::string_view user_id, std::string_view conversation_id, std::string_view message_id,
                            int64_t now_ms) {
  if (auto mine = find_conversation(connection, user_id, conversation_id); !mine.ok()) return std::move(mine).error();
  auto message = find_message(connection, conversation_id, message_id);
  if (!message.ok()) return std::move(message).error();
  auto busy = answer_is_being_written(connection, conversation_id);
  if (!busy.ok()) return std::move(busy).error();
  if (*busy) return Error{ErrorCode::kConflict, "An answer is being written in this conversation. Stop it or wait.", ""};
  if (auto out = take_out_summaries(connection, conversation_id, message_id); !out) return out;
  message = find_message(connection, conversation_id, message_id);  // a summary above it may be gone
  if (!message.ok()) return std::move(message).error();

  constexpr std::string_view kAnswers =
      "SELECT id FROM message WHERE conversation_id = ?1 AND parent_id IS ?2 AND role = 'assistant' ORDER BY created_ms, id";
  if (message->role == MessageRole::kAssistant && message->parent_id) {
    auto siblings = ids_of(connection, kAnswers, conversation_id, message->parent_id);
    if (!siblings.ok()) return std::move(siblings).error();
    std::erase(*siblings, std::string(message_id));
    if (!siblings->empty()) {
      if (auto out = take_out(connection, conversation_id, message_id, siblings->back()); !out) return out;
      if (auto shown = show_from(connection, conversation_id, siblings->back()); !shown) return shown;
      return touch_conversation(connection, user_id, conversation_id, now_ms);
    }
    message = find_message(connection, conversation_id, *message->parent_id);
    if (!message.ok()) return std::move(message).error();
  }
  auto answers = ids_of(connection, kAnswers, conversation_id, message->id);
  if (!answers.ok()) return std::move(answers).error();
  for (const std::string& id : *answers) {
    if (auto out = take_out(connection, conversation_id, id, message->parent_id); !out) return out;
  }
  if (auto out = take_out(connection, conversation_id, message->id, message->parent_id); !out) return out;
  if (auto shown = show_from(connection, conversation_id, message->parent_id); !shown) return shown;
  return touch_conversation(connection, user_id, conversation_id, now_ms);
}

}  // namespace whinchat::store
