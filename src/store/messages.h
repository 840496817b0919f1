// Messages: a tree per conversation. Nothing is overwritten but a running answer, once, when it ends.
//
// All functions run inside a job of Database. Whether the conversation is the caller's is asked once per job, with
// find_conversation (store/conversations.h); here ids are believed. Errors beside the store's own stand at each function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

// Errors: kNotFound when the parent is no message of that conversation, kConflict when the id is taken. The caller
// touches the conversation (touch_conversation, set_head) in the same job. source: its id elsewhere, for imports.
Result<void> insert_message(Connection& connection, const Message& message, const std::optional<std::string>& source = {});

// How a running answer ended.
struct MessageEnd {
  TurnState state = TurnState::kDone;  // anything but running
  std::string content;
  std::string reasoning;
  std::string provider;                // empty: as it was
  std::string model;                   // empty: as it was
  std::string finish_reason;
  std::string error_code;
  std::string error;
  std::optional<int64_t> retry_ms;
  TurnUsage usage;
};

// Writes the end of a running answer and puts it into the search index. Error: kConflict when it is not running (any more).
Result<void> finish_message(Connection& connection, std::string_view message_id, const MessageEnd& end);

// Hangs a message, with all that is below it, under another parent: for a summary that steps between two messages. Error:
// kConflict when it does not hang under from_id (any more).
Result<void> move_message(Connection& connection, std::string_view conversation_id, std::string_view message_id, std::string_view from_id,
                          std::string_view to_id);

// Error: kNotFound.
Result<Message> find_message(Connection& connection, std::string_view conversation_id, std::string_view message_id);

// The way from a root to the message, in this order, the message included. When its text would be more than bytes_max,
// it begins later: the newest messages are kept, at least the message itself. Error: kNotFound.
Result<std::vector<Message>> path_to(Connection& connection, std::string_view conversation_id, std::string_view message_id,
                                     size_t bytes_max = limits::kPathBytes);

// The ids of the whole way, for reading it in pieces. Error: kNotFound.
Result<std::vector<std::string>> path_ids(Connection& connection, std::string_view conversation_id, std::string_view message_id);

// Messages of a conversation in the order in which they were stored, from behind `after` on (0: from the first), until
// count_max or about bytes_max are reached. next: pass as after; 0: that was all.
struct MessagePage {
  std::vector<Message> messages;
  int64_t next = 0;
};
Result<MessagePage> list_messages(Connection& connection, std::string_view conversation_id, int64_t after, int count_max,
                                  size_t bytes_max = limits::kMessagePageBytes);

// Copies root..message into another conversation under new ids; gives the new leaf's id. A running answer on the way is
// copied as interrupted, with what its row holds. Errors: kNotFound.
Result<std::string> copy_path(Connection& connection, std::string_view from_conversation_id, std::string_view message_id,
                              std::string_view to_conversation_id, int64_t now_ms);

}  // namespace whinchat::store
