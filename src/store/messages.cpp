#include "store/messages.h"

#include "base/ids.h"
#include "store/attachments.h"
#include "store/usage_row.h"

namespace whinchat::store {

namespace {

Error not_found() { return {ErrorCode::kNotFound, "This message does not exist.", ""}; }

// The columns of every query that gives whole messages, in the order of message_of.
#define MESSAGE_COLUMNS                                                                                                         \
  "id, conversation_id, parent_id, role, kind, content, reasoning, provider, model, state, turn_id, finish_reason, error_code," \
  " error, created_ms, " USAGE_COLUMNS ", retry_ms, seq"
constexpr int kSeqColumn = 23;

Message message_of(const Row& row) {
  Message message;
  message.id = row.text(0);
  message.conversation_id = row.text(1);
  message.parent_id = row.text_or_null(2);
  message.role = from_wire_name<MessageRole>(row.text(3)).value_or(MessageRole::kUser);
  message.kind = from_wire_name<MessageKind>(row.text(4)).value_or(MessageKind::kMessage);
  message.content = row.text(5);
  message.reasoning = row.text(6);
  message.provider = row.text(7);
  message.model = row.text(8);
  message.state = from_wire_name<TurnState>(row.text(9)).value_or(TurnState::kFailed);
  message.turn_id = row.text_or_null(10);
  message.finish_reason = row.text(11);
  message.error_code = row.text(12);
  message.error = row.text(13);
  message.created_ms = row.integer(14);
  message.usage = usage_of(row, 15);
  message.retry_ms = row.integer_or_null(22);
  return message;
}

Result<bool> is_in(Connection& connection, std::string_view conversation_id, std::string_view message_id) {
  auto found = one<bool>(connection, "SELECT 1 FROM message WHERE id = ?1 AND conversation_id = ?2", [](const Row&) { return true; },
                         message_id, conversation_id);
  if (!found.ok()) return std::move(found).error();
  return found->has_value();
}

Result<void> add_attachments(Connection& connection, Message& message) {
  if (message.role != MessageRole::kUser) return {};
  auto attachments = attachments_of(connection, message.id);
  if (!attachments.ok()) return std::move(attachments).error();
  message.attachments = std::move(attachments).value();
  return {};
}

struct PathRow {
  std::string id;
  size_t bytes = 0;
};

// From the message up to its root.
Result<std::vector<PathRow>> path_upwards(Connection& connection, std::string_view conversation_id, std::string_view message_id) {
  return all<PathRow>(
      connection,
      "WITH RECURSIVE up(id, parent_id, bytes, depth) AS ("
      " SELECT id, parent_id, octet_length(content) + octet_length(reasoning), 1 FROM message WHERE id = ?1 AND conversation_id = ?2"
      " UNION ALL"
      " SELECT m.id, m.parent_id, octet_length(m.content) + octet_length(m.reasoning), up.depth + 1"
      " FROM up JOIN message m ON m.id = up.parent_id WHERE up.depth < ?3)"
      " SELECT id, bytes FROM up ORDER BY depth",
      [](const Row& row) { return PathRow{row.text(0), static_cast<size_t>(row.integer(1))}; }, message_id, conversation_id,
      limits::kPathMessages);
}

}  // namespace

Result<void> insert_message(Connection& connection, const Message& message, const std::optional<std::string>& source) {
  if (message.parent_id) {
    auto there = is_in(connection, message.conversation_id, *message.parent_id);
    if (!there.ok()) return std::move(there).error();
    if (!*there) return not_found();
  }
  const TurnUsage& usage = message.usage;
  return run(connection,
             "INSERT INTO message (id, conversation_id, parent_id, role, kind, content, reasoning, provider, model, state, turn_id,"
             " finish_reason, error_code, error, created_ms, input_tokens, cached_tokens, cache_write_tokens, output_tokens,"
             " reasoning_tokens, cost_micros, estimated, source, retry_ms, search_key)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
             " (SELECT search_key FROM conversation WHERE id = ?2))",
             message.id, message.conversation_id, message.parent_id, wire_name(message.role), wire_name(message.kind), message.content,
             message.reasoning, message.provider, message.model, wire_name(message.state), message.turn_id, message.finish_reason,
             message.error_code, message.error, message.created_ms, usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens,
             usage.output_tokens, usage.reasoning_tokens, usage.cost_micros, usage.estimated, source, message.retry_ms);
}

Result<void> finish_message(Connection& connection, std::string_view message_id, const MessageEnd& end) {
  const TurnUsage& usage = end.usage;
  auto written = run(connection,
                     "UPDATE message SET state = ?2, content = ?3, reasoning = ?4, provider = iif(?5 = '', provider, ?5),"
                     " model = iif(?6 = '', model, ?6), finish_reason = ?7, error_code = ?8, error = ?9, input_tokens = ?10,"
                     " cached_tokens = ?11, cache_write_tokens = ?12, output_tokens = ?13, reasoning_tokens = ?14, cost_micros = ?15,"
                     " estimated = ?16, retry_ms = ?17 WHERE id = ?1 AND state = 'running'",
                     message_id, wire_name(end.state), end.content, end.reasoning, end.provider, end.model, end.finish_reason,
                     end.error_code, end.error, usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens,
                     usage.reasoning_tokens, usage.cost_micros, usage.estimated, end.retry_ms);
  if (!written.ok()) return written;
  if (connection.changes() == 0) return Error{ErrorCode::kConflict, "This answer has ended already.", ""};
  return {};
}

Result<void> move_message(Connection& connection, std::string_view conversation_id, std::string_view message_id, std::string_view from_id,
                          std::string_view to_id) {
  auto moved = run(connection, "UPDATE message SET parent_id = ?4 WHERE id = ?2 AND conversation_id = ?1 AND parent_id = ?3", conversation_id,
                   message_id, from_id, to_id);
  if (moved.ok() && connection.changes() == 0) return Error{ErrorCode::kConflict, "The message hangs elsewhere by now.", ""};
  return moved;
}

Result<Message> find_message(Connection& connection, std::string_view conversation_id, std::string_view message_id) {
  auto found = one<Message>(connection, "SELECT " MESSAGE_COLUMNS " FROM message WHERE id = ?1 AND conversation_id = ?2", message_of, message_id,
                            conversation_id);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  if (auto added = add_attachments(connection, **found); !added) return added.error();
  return std::move(**found);
}

Result<std::vector<Message>> path_to(Connection& connection, std::string_view conversation_id, std::string_view message_id, size_t bytes_max) {
  auto rows = path_upwards(connection, conversation_id, message_id);
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return not_found();
  size_t bytes = 0;
  size_t count = 0;
  for (const PathRow& row : *rows) {
    bytes += row.bytes;
    if (count > 0 && bytes > bytes_max) break;
    ++count;
  }
  std::vector<Message> path;
  path.reserve(count);
  for (size_t i = count; i-- > 0;) {
    auto message = find_message(connection, conversation_id, (*rows)[i].id);
    if (!message.ok()) return std::move(message).error();
    path.push_back(std::move(message).value());
  }
  return path;
}

Result<std::vector<std::string>> path_ids(Connection& connection, std::string_view conversation_id, std::string_view message_id) {
  auto rows = path_upwards(connection, conversation_id, message_id);
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return not_found();
  std::vector<std::string> ids;
  for (auto row = rows->rbegin(); row != rows->rend(); ++row) ids.push_back(std::move(row->id));
  return ids;
}

Result<MessagePage> list_messages(Connection& connection, std::string_view conversation_id, int64_t after, int count_max, size_t bytes_max) {
  Statement statement(connection, "SELECT " MESSAGE_COLUMNS " FROM message WHERE conversation_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
  statement.bind(conversation_id, after, count_max + 1);
  MessagePage page;
  size_t bytes = 0;
  int64_t last = 0;
  for (;;) {
    auto stepped = statement.step();
    if (!stepped.ok()) return std::move(stepped).error();
    if (!*stepped) return page;
    if (static_cast<int>(page.messages.size()) >= count_max || bytes > bytes_max) {
      page.next = last;
      return page;
    }
    Message message = message_of(statement.row());
    bytes += message.content.size() + message.reasoning.size();
    last = statement.row().integer(kSeqColumn);
    if (auto added = add_attachments(connection, message); !added) return added.error();
    page.messages.push_back(std::move(message));
  }
}

Result<std::string> copy_path(Connection& connection, std::string_view from_conversation_id, std::string_view message_id,
                              std::string_view to_conversation_id, int64_t now_ms) {
  auto rows = path_upwards(connection, from_conversation_id, message_id);
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return not_found();
  std::optional<std::string> parent;
  for (auto row = rows->rbegin(); row != rows->rend(); ++row) {
    std::string id = make_id(now_ms);
    auto copied = run(connection,
                      "INSERT INTO message (id, conversation_id, parent_id, role, kind, content, reasoning, provider, model, state,"
                      " finish_reason, error_code, error, created_ms, input_tokens, cached_tokens, cache_write_tokens, output_tokens,"
                      " reasoning_tokens, cost_micros, estimated, search_key)"
                      " SELECT ?1, ?2, ?3, role, kind, content, reasoning, provider, model, iif(state = 'running', 'interrupted', state),"
                      " finish_reason, error_code, error, created_ms, input_tokens, cached_tokens, cache_write_tokens, output_tokens,"
                      " reasoning_tokens, cost_micros, estimated, search_key FROM message WHERE id = ?4",
                      id, to_conversation_id, parent, row->id);
    if (!copied.ok()) return std::move(copied).error();
    if (auto files = copy_attachments(connection, row->id, id, now_ms); !files) return files.error();
    parent = std::move(id);
  }
  return *parent;
}

#undef MESSAGE_COLUMNS

}  // namespace whinchat::store
