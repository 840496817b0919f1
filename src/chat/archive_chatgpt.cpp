// ChatGPT's export: a mapping of nodes, each with a message (or none) and a parent; current_node is the leaf that is shown.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"
#include "chat/archive_formats.h"
#include "chat/archive_tree.h"

namespace whinchat::chat {

namespace {

using nlohmann::json;

void add_paragraph(std::string& out, std::string_view text) {
  if (text.empty()) return;
  if (!out.empty()) out += "\n\n";
  out += text;
}

// A part is text, or an object that stands for a picture, a recording or its words.
void add_part(std::string& out, const json& part) {
  if (part.is_string()) return add_paragraph(out, part.get_ref<const std::string&>());
  const std::string type = text_of(part, "content_type");
  if (const std::string words = text_of(part, "text"); !words.empty()) return add_paragraph(out, words);
  if (type.find("image") != std::string::npos) return add_paragraph(out, "[image]");
  if (type.find("audio") != std::string::npos) return add_paragraph(out, "[audio]");
  if (type.find("video") != std::string::npos) return add_paragraph(out, "[video]");
}

std::string words_of(const json& content) {
  const std::string type = text_of(content, "content_type");
  std::string out;
  if (type == "text" || type == "multimodal_text") {
    for (const json& part : list_of(content, "parts")) add_part(out, part);
  } else if (type == "code") {
    const std::string language = name_from(text_of(content, "language"));
    const std::string code = text_of(content, "text");
    if (!code.empty()) out = "```" + (language == "unknown" ? "" : language) + "\n" + code + "\n```";
  }
  return out;
}

std::string thoughts_of(const json& content) {
  std::string out;
  if (text_of(content, "content_type") != "thoughts") return out;
  for (const json& thought : list_of(content, "thoughts")) {
    add_paragraph(out, text_of(thought, "summary"));
    add_paragraph(out, text_of(thought, "content"));
  }
  return out;
}

// What the person saw: no hidden instructions, no calls of tools and what these answered.
bool is_shown(const json& message, std::string_view role) {
  if (role == "tool" || !from_wire_name<MessageRole>(role)) return false;
  if (flag_of(object_of(message, "metadata"), "is_visually_hidden_from_conversation")) return false;
  const std::string recipient = text_of(message, "recipient");
  return recipient.empty() || recipient == "all";
}

struct Node {
  ArchiveNode archived;
  std::string thoughts;   // of the answer that follows
};

Node node_of(const std::string& id, const json& in, int64_t order, int64_t now_ms) {
  Node node;
  node.archived.order = order;
  node.archived.message.source = id;
  if (const std::string parent = text_of(in, "parent"); !parent.empty()) node.archived.message.parent_source = parent;
  const json& message = object_of(in, "message");
  const json& content = object_of(message, "content");
  const std::string role = text_of(object_of(message, "author"), "role");
  Message& out = node.archived.message.message;
  out.role = from_wire_name<MessageRole>(role).value_or(MessageRole::kUser);
  out.created_ms = time_of(message, "create_time").value_or(now_ms);
  out.content = words_of(content);
  if (out.role == MessageRole::kAssistant) {
    out.provider = "openai";
    out.model = name_from(text_of(object_of(message, "metadata"), "model_slug"));
  }
  node.archived.keep = is_shown(message, role) && !is_blank(out.content);
  node.thoughts = thoughts_of(content);
  return node;
}

// The order of siblings: as their parent lists them.
std::vector<std::pair<std::string, int64_t>> orders_of(const json& mapping) {
  std::vector<std::pair<std::string, int64_t>> out;
  for (const auto& [id, node] : mapping.items()) {
    int64_t order = 0;
    for (const json& child : list_of(node, "children")) {
      if (child.is_string()) out.emplace_back(child.get<std::string>(), order++);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Thoughts are nodes of their own above the answer: the answer takes those of the kept-out nodes right above it.
void hand_down_thoughts(std::vector<Node>& nodes) {
  std::vector<std::pair<std::string, size_t>> places;
  for (size_t i = 0; i < nodes.size(); ++i) places.emplace_back(nodes[i].archived.message.source, i);
  std::sort(places.begin(), places.end());
  const auto find = [&](const std::string& id) -> Node* {
    const auto place = std::lower_bound(places.begin(), places.end(), std::pair<std::string, size_t>(id, 0));
    return place == places.end() || place->first != id ? nullptr : &nodes[place->second];
  };
  constexpr int kStepsMax = 32;  // thoughts, recap, calls of tools between a question and its answer
  for (Node& node : nodes) {
    Message& message = node.archived.message.message;
    if (!node.archived.keep || message.role != MessageRole::kAssistant) continue;
    const Node* above = node.archived.message.parent_source ? find(*node.archived.message.parent_source) : nullptr;
    for (int i = 0; i < kStepsMax && above && !above->archived.keep; ++i) {
      if (!above->thoughts.empty()) message.reasoning = above->thoughts + (message.reasoning.empty() ? "" : "\n\n" + message.reasoning);
      above = above->archived.message.parent_source ? find(*above->archived.message.parent_source) : nullptr;
    }
  }
}

// The shown leaf may be a node that is not kept: then the nearest kept one above it.
std::optional<std::string> head_of(const std::vector<Node>& nodes, std::string id) {
  constexpr int kStepsMax = 64;
  for (int steps = 0; steps < kStepsMax && !id.empty(); ++steps) {
    const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.archived.message.source == id; });
    if (at == nodes.end()) return std::nullopt;
    if (at->archived.keep) return id;
    id = at->archived.message.parent_source.value_or("");
  }
  return std::nullopt;
}

}  // namespace

Result<ArchivedConversation> read_chatgpt(const json& in, int64_t now_ms) {
  ArchivedConversation out;
  std::string id = text_of(in, "conversation_id");
  if (id.empty()) id = text_of(in, "id");
  if (id.empty() || id.size() > limits::kNameBytes) return Error{ErrorCode::kInvalidRequest, "It has no id.", ""};
  Conversation& conversation = out.conversation.conversation;
  out.conversation.source = "chatgpt:" + id;
  conversation.title = title_from(text_of(in, "title"));
  conversation.title_source = conversation.title.empty() ? TitleSource::kNone : TitleSource::kManual;
  conversation.archived = flag_of(in, "is_archived");
  conversation.created_ms = time_of(in, "create_time").value_or(now_ms);
  conversation.updated_ms = time_of(in, "update_time").value_or(conversation.created_ms);
  const json& mapping = object_of(in, "mapping");
  const auto orders = orders_of(mapping);
  std::vector<Node> nodes;
  for (const auto& [node_id, node] : mapping.items()) {
    if (node_id.empty() || node_id.size() > limits::kNameBytes) continue;
    const auto order = std::lower_bound(orders.begin(), orders.end(), std::pair<std::string, int64_t>(node_id, 0));
    nodes.push_back(node_of(node_id, node, order != orders.end() && order->first == node_id ? order->second : 0, conversation.created_ms));
    if (!nodes.back().archived.keep && !object_of(node, "message").empty()) ++out.skipped_messages;
  }
  hand_down_thoughts(nodes);
  out.conversation.head_source = head_of(nodes, text_of(in, "current_node"));
  std::vector<ArchiveNode> plain;
  for (Node& node : nodes) plain.push_back(std::move(node.archived));
  out.conversation.messages = in_tree_order(std::move(plain));
  return out;
}

}  // namespace whinchat::chat
