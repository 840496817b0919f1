// Conversations of a user: the list, what a person changes, and the revision that every change raises.
//
// All functions run inside a job of Database and touch the given user's conversations only: another's is kNotFound, as one
// that does not exist is. Times are epoch ms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

// --- changes ---

// What a change means for the list: new words move a conversation to the top, a new title or pin does not.
enum class Touch { kWords, kSettings };

// Every change of a conversation goes through this, in the change's own job: raises the user's revision, gives it to the
// conversation, and has the user's waiting devices told after the commit. Error: kNotFound.
Result<void> touch_conversation(Connection& connection, std::string_view user_id, std::string_view conversation_id, int64_t now_ms,
                                Touch touch = Touch::kWords);

// --- one conversation ---

enum class Trash { kHidden, kShown };  // are deleted ones found?

// Error: kNotFound.
Result<Conversation> find_conversation(Connection& connection, std::string_view user_id, std::string_view id, Trash trash = Trash::kHidden);

struct Created {
  Conversation conversation;
  bool is_new = true;  // false: it was there already, and is as it was
};

// id, title, title_source, provider, model, draft, pinned, archived and the times are taken from `wanted`; source: where it
// was imported from. Errors: kConflict when another user has that id, or this one has too many.
Result<Created> create_conversation(Connection& connection, std::string_view user_id, const Conversation& wanted,
                                    const std::optional<std::string>& source = {});

// What a person changes; empty: stays.
struct ConversationChange {
  std::optional<std::string> title = {};      // becomes a manual one; "": an automatic one may come again
  std::optional<bool> pinned = {};
  std::optional<bool> archived = {};
  std::optional<std::string> draft = {};
  std::optional<std::string> provider = {};
  std::optional<std::string> model = {};
  std::optional<std::string> head_id = {};    // a message of it
};
// Errors: kNotFound; kInvalidRequest when head_id is no message of it.
Result<Conversation> update_conversation(Connection& connection, std::string_view user_id, std::string_view id,
                                         const ConversationChange& change, int64_t now_ms);

// The title made from the first exchange. False: there is a manual one, nothing was changed. Error: kNotFound.
Result<bool> set_title_auto(Connection& connection, std::string_view user_id, std::string_view id, std::string_view title, int64_t now_ms);

// The leaf that is shown from now on, and what was asked last (empty: stays). Touches. Error: kNotFound.
Result<void> set_head(Connection& connection, std::string_view user_id, std::string_view id, std::string_view head_id,
                      std::string_view provider, std::string_view model, int64_t now_ms);

// Into the trash and back within limits::kUndoDays. Both may be repeated. Error: kNotFound.
Result<void> delete_conversation(Connection& connection, std::string_view user_id, std::string_view id, int64_t now_ms);
Result<Conversation> restore_conversation(Connection& connection, std::string_view user_id, std::string_view id, int64_t now_ms);

// A new conversation with a copy of root..message. Error: kNotFound.
Result<Conversation> fork_conversation(Connection& connection, std::string_view user_id, std::string_view id, std::string_view message_id,
                                       int64_t now_ms);

// --- lists ---

struct ConversationFilter {
  bool archived = false;
  bool deleted = false;    // the trash instead, archived ones too
};

// Where the next page begins: behind this row.
struct ConversationCursor {
  bool pinned = false;
  int64_t at_ms = 0;       // updated_ms; in the trash deleted_ms
  int64_t seq = 0;
};

struct ConversationPage {
  std::vector<Conversation> conversations;
  std::optional<ConversationCursor> next;
};

// Pinned ones first, then by their last words, newest first; the trash by the time of deletion, newest first. What changes
// between two pages moves to the top: it is never shown twice behind the cursor, and nothing that stays is left out.
Result<ConversationPage> list_conversations(Connection& connection, std::string_view user_id, const ConversationFilter& filter,
                                            const std::optional<ConversationCursor>& after, int limit);

// Everything outside the trash, oldest first, for an export: at most limits::kConversationsPerUser of these.
struct ExportedConversation {
  std::string id;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};
Result<std::vector<ExportedConversation>> list_for_export(Connection& connection, std::string_view user_id);

// --- for good ---

// One of the trash, with all its messages; devices are told to load their lists anew. Errors: kNotFound; kConflict when it is
// not in the trash.
Result<void> remove_conversation(Connection& connection, std::string_view user_id, std::string_view id);

// Of the user's trash up to `max` conversations that were deleted at `until_ms` or before, the oldest first; gives how many.
Result<int> empty_trash(Connection& connection, std::string_view user_id, int64_t until_ms, int max);

// Removes for good what was deleted before `before_ms`, up to `max` conversations of all users; gives how many.
Result<int> purge_deleted(Connection& connection, int64_t before_ms, int max);

}  // namespace whinchat::store
