// Conversations, messages and what is found in them as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/archive_import.h"
#include "model/turn.h"
#include "store/changes.h"
#include "store/conversations.h"
#include "store/search.h"

namespace whinchat::api {

// Each appends one object. with_draft: only for the one conversation that is opened.
void append_conversation(std::string& out, const Conversation& conversation, bool with_draft = false);
void append_attachment(std::string& out, const Attachment& attachment);
void append_message(std::string& out, const Message& message);
// position: bytes of the answer that readers may have; nothing: all that is stored.
void append_turn(std::string& out, const Turn& turn, std::optional<size_t> position = {});
void append_usage(std::string& out, const TurnUsage& usage);  // null when nothing is known

std::string conversation_json(const Conversation& conversation);
std::string conversations_json(const store::ConversationPage& page, int64_t revision);
std::string changes_json(const store::Changes& changes);
std::string search_json(const store::SearchPage& page);
std::string import_json(const chat::ImportReport& report);

// A cursor is opaque to clients. Nothing: it is none of ours.
std::string cursor_text(const store::ConversationCursor& cursor);
std::optional<store::ConversationCursor> parse_cursor(std::string_view text);

}  // namespace whinchat::api
