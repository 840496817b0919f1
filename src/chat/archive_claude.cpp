// Claude's export: a list of messages; newer files say which message each follows.
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"
#include "chat/archive_formats.h"
#include "chat/archive_tree.h"

namespace whinchat::chat {

namespace {

using nlohmann::json;

void add_paragraph(std::string& out, std::string_view text) {
  if (is_blank(text)) return;
  if (!out.empty()) out += "\n\n";
  out += text;
}

// Blocks of newer files; calls of tools and what they gave are left out.
void read_blocks(const json& in, Message& message) {
  for (const json& block : list_of(in, "content")) {
    const std::string type = text_of(block, "type");
    if (type == "text") add_paragraph(message.content, text_of(block, "text"));
    if (type == "thinking") add_paragraph(message.reasoning, text_of(block, "thinking"));
  }
  if (message.content.empty()) message.content = text_of(in, "text");
}

void read_attachments(const json& in, Message& message) {
  for (const json& attachment : list_of(in, "attachments")) {
    add_paragraph(message.content, "[attachment: " + title_from(text_of(attachment, "file_name")) + "]");
    add_paragraph(message.content, text_of(attachment, "extracted_content"));
  }
  for (const json& file : list_of(in, "files")) add_paragraph(message.content, "[file: " + title_from(text_of(file, "file_name")) + "]");
}

std::optional<MessageRole> role_of(std::string_view sender) {
  if (sender == "human") return MessageRole::kUser;
  if (sender == "assistant") return MessageRole::kAssistant;
  return std::nullopt;
}

}  // namespace

Result<ArchivedConversation> read_claude(const json& in, int64_t now_ms) {
  ArchivedConversation out;
  const std::string id = text_of(in, "uuid");
  if (id.empty() || id.size() > limits::kNameBytes) return Error{ErrorCode::kInvalidRequest, "It has no id.", ""};
  Conversation& conversation = out.conversation.conversation;
  out.conversation.source = "claude:" + id;
  conversation.title = title_from(text_of(in, "name"));
  conversation.title_source = conversation.title.empty() ? TitleSource::kNone : TitleSource::kManual;
  conversation.created_ms = time_of(in, "created_at").value_or(now_ms);
  conversation.updated_ms = time_of(in, "updated_at").value_or(conversation.created_ms);
  if (const std::string head = text_of(in, "current_leaf_message_uuid"); !head.empty()) out.conversation.head_source = head;
  std::vector<ArchiveNode> nodes;
  std::string before;  // older files: each message follows the one before it
  for (const json& message : list_of(in, "chat_messages")) {
    ArchiveNode node;
    node.order = static_cast<int64_t>(nodes.size());
    node.message.source = text_of(message, "uuid");
    if (node.message.source.size() > limits::kNameBytes) node.message.source.clear();
    if (node.message.source.empty()) node.message.source = "#" + std::to_string(nodes.size());
    std::string parent = text_of(message, "parent_message_uuid");
    if (parent.empty()) parent = before;
    if (!parent.empty()) node.message.parent_source = parent;
    before = node.message.source;
    const auto role = role_of(text_of(message, "sender"));
    Message& made = node.message.message;
    made.role = role.value_or(MessageRole::kUser);
    if (made.role == MessageRole::kAssistant) made.provider = "claude";
    made.created_ms = time_of(message, "created_at").value_or(conversation.created_ms);
    read_blocks(message, made);
    read_attachments(message, made);
    node.keep = role && !(is_blank(made.content) && is_blank(made.reasoning));
    if (!node.keep) ++out.skipped_messages;
    nodes.push_back(std::move(node));
  }
  out.conversation.messages = in_tree_order(std::move(nodes));
  return out;
}

}  // namespace whinchat::chat
