// Attachments: files beside messages. A file is uploaded first and belongs to nobody but its user; a turn that names it makes
// it part of its question. The bytes are kept once per user.
//
// All functions run inside a job of Database. What a file is (kind, media type, name) was judged before: chat/attachment_rules.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

using Sha256 = std::array<unsigned char, 32>;

struct StoredAttachment {
  Attachment attachment;
  bool is_new = true;   // false: the same was uploaded before
};

// wanted: id, kind, media_type, name, created_ms. Errors: kConflict when the id is taken (another's, or another file), kTooLarge when the user has no room
// left, kTooManyStreams when too many wait for their message.
Result<StoredAttachment> insert_attachment(Connection& connection, std::string_view user_id, const Attachment& wanted, std::string_view data,
                                           const Sha256& sha256);

// Of this user; another's is kNotFound.
Result<Attachment> find_attachment(Connection& connection, std::string_view user_id, std::string_view id);
struct AttachmentData {
  Attachment attachment;
  std::string data;
  std::string sha256;   // 32 bytes
};
Result<AttachmentData> read_attachment(Connection& connection, std::string_view user_id, std::string_view id);

// Removes one that was not sent. Errors: kNotFound; kConflict when it is part of a message.
Result<void> delete_attachment(Connection& connection, std::string_view user_id, std::string_view id);

// Makes them the message's, in this order. One that is another message's already is attached once more, under a new id.
// Error: kInvalidRequest when one is not there (any more).
Result<void> attach(Connection& connection, std::string_view user_id, const std::vector<std::string>& ids, std::string_view message_id, int64_t now_ms);

// The same for one, at that place.
Result<void> add_to_message(Connection& connection, std::string_view id, std::string_view message_id, int place);

// Of a message, in order, without bytes.
Result<std::vector<Attachment>> attachments_of(Connection& connection, std::string_view message_id);
// The ids of all files of a conversation.
Result<std::vector<std::string>> attachment_ids(Connection& connection, std::string_view conversation_id);
Result<void> copy_attachments(Connection& connection, std::string_view from_message_id, std::string_view to_message_id, int64_t now_ms);

// Reads the text files of the messages, the newest first, as far as bytes_max goes.
Result<void> load_texts(Connection& connection, std::vector<Message>& path, size_t bytes_max);

// Removes what was uploaded before then and never sent; gives how many, at most count_max.
Result<int> purge_unsent(Connection& connection, int64_t before_ms, int count_max);

}  // namespace whinchat::store
