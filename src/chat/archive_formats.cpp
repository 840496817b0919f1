#include "chat/archive_formats.h"

#include <nlohmann/json.hpp>

#include "base/limits.h"

namespace whinchat::chat {

std::string_view wire_name(ArchiveFormat format) {
  switch (format) {
    case ArchiveFormat::kWhinchat: return "whinchat";
    case ArchiveFormat::kChatGpt: return "chatgpt";
    case ArchiveFormat::kClaude: return "claude";
  }
  return "whinchat";
}

std::optional<ArchiveFormat> format_of(const nlohmann::json& conversation) {
  if (!conversation.is_object()) return std::nullopt;
  if (conversation.contains("mapping")) return ArchiveFormat::kChatGpt;
  if (conversation.contains("chat_messages")) return ArchiveFormat::kClaude;
  if (conversation.contains("messages")) return ArchiveFormat::kWhinchat;
  return std::nullopt;
}

Result<ArchivedConversation> read_archived(ArchiveFormat format, const nlohmann::json& conversation, int64_t now_ms) {
  auto read = format == ArchiveFormat::kChatGpt ? read_chatgpt(conversation, now_ms)
              : format == ArchiveFormat::kClaude ? read_claude(conversation, now_ms)
                                                 : read_whinchat(conversation, now_ms);
  if (!read.ok()) return read;
  const auto& messages = read->conversation.messages;
  if (messages.size() > limits::kArchiveConversationMessages) {
    return Error{ErrorCode::kInvalidRequest, "It has more than " + std::to_string(limits::kArchiveConversationMessages) + " messages.", ""};
  }
  return read;
}

}  // namespace whinchat::chat
