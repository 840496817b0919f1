// Storing conversations that come from elsewhere, once however often they come.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

struct ImportedMessage {
  Message message;                           // id and parent_id are not looked at
  std::string source;                        // its id there, unique within the conversation
  std::optional<std::string> parent_source;  // of one that stands before it in the list; others count as none
};

struct ImportedConversation {
  Conversation conversation;                 // id: only of our own format, may be empty; head_id is not looked at
  std::string source;                        // "chatgpt:<id>", "claude:<id>", "whinchat:<id>"
  std::vector<ImportedMessage> messages;
  std::optional<std::string> head_source;    // none: the last message
};

struct ImportOutcome {
  bool is_new = true;      // false: it was here already
  int messages_added = 0;
  std::string conversation_id;                                // here
  std::vector<std::pair<std::string, size_t>> with_files;     // messages that came with files: the id here, the place in the list
};

// Adds a file to a message that was imported, unless it has that one already. One job.
Result<void> import_attachment(Connection& connection, std::string_view user_id, std::string_view message_id, const Attachment& attachment,
                               std::string_view data);

// Is it here already, under its own id or as its source?
Result<bool> is_imported(Connection& connection, std::string_view user_id, const ImportedConversation& imported);

// Makes the conversation, or adds to the one that is here what it does not have yet; takes it out of the trash. An id that
// is somebody else's, or another conversation's, is replaced by a new one and remembered as the source. One job.
Result<ImportOutcome> import_conversation(Connection& connection, std::string_view user_id, const ImportedConversation& imported, int64_t now_ms);

}  // namespace whinchat::store
