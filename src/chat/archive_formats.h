// Conversations as other programs and we ourselves write them down, one at a time.
//
// Sources: the files that ChatGPT ("Export data", conversations.json: a mapping of nodes with parents) and Claude
// ("Export data", conversations.json: chat_messages, since 2025 with parent_message_uuid) hand out; neither is documented.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/import.h"

namespace whinchat::chat {

enum class ArchiveFormat { kWhinchat, kChatGpt, kClaude };
std::string_view wire_name(ArchiveFormat format);

// Which of them a conversation's JSON is; nothing: none of them.
std::optional<ArchiveFormat> format_of(const nlohmann::json& conversation);

// A conversation ready to be stored, messages after their parents. skipped_messages: roles that are not kept (tools) or
// nodes without words; what answers them hangs on what came before them. Titles are cut, times that are missing become
// now_ms, unknown fields are ignored. Errors: kInvalidRequest with a reason for the person.
struct ArchivedConversation {
  store::ImportedConversation conversation;
  int skipped_messages = 0;
};
Result<ArchivedConversation> read_archived(ArchiveFormat format, const nlohmann::json& conversation, int64_t now_ms);

// The three behind it.
Result<ArchivedConversation> read_whinchat(const nlohmann::json& conversation, int64_t now_ms);
Result<ArchivedConversation> read_chatgpt(const nlohmann::json& conversation, int64_t now_ms);
Result<ArchivedConversation> read_claude(const nlohmann::json& conversation, int64_t now_ms);

// Our own. Times RFC 3339 UTC with ms.
std::string whinchat_head();                                     // {"format":"whinchat","version":1,"conversations":[
std::string whinchat_conversation(const Conversation& conversation);  // its object up to "messages":[
std::string whinchat_message(const Message& message);            // one object
inline constexpr std::string_view kWhinchatConversationEnd = "]}";
inline constexpr std::string_view kWhinchatEnd = "]}\n";

}  // namespace whinchat::chat
