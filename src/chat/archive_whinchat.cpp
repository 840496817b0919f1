// Our own format: what an export writes and the app uploads.
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "chat/archive_formats.h"
#include "chat/archive_tree.h"

namespace whinchat::chat {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string dump(const ordered_json& value) { return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

TurnUsage usage_of(const json& message) {
  const json& in = object_of(message, "usage");
  TurnUsage usage;
  usage.input_tokens = count_of(in, "input_tokens");
  usage.cached_tokens = count_of(in, "cached_tokens");
  usage.cache_write_tokens = count_of(in, "cache_write_tokens");
  usage.output_tokens = count_of(in, "output_tokens");
  usage.reasoning_tokens = count_of(in, "reasoning_tokens");
  usage.cost_micros = count_of(message, "cost_micros");
  usage.estimated = flag_of(in, "estimated");
  return usage;
}

// An answer that was running when the file was written ended with it.
TurnState state_of(const json& message) {
  const auto state = from_wire_name<TurnState>(text_of(message, "state")).value_or(TurnState::kDone);
  return state == TurnState::kRunning ? TurnState::kInterrupted : state;
}

std::optional<ArchiveNode> node_of(const json& in, int64_t order, int64_t now_ms) {
  ArchiveNode node;
  node.order = order;
  Message& message = node.message.message;
  node.message.source = text_of(in, "id");
  if (node.message.source.empty() || node.message.source.size() > limits::kNameBytes) return std::nullopt;
  if (const std::string parent = text_of(in, "parent_id"); !parent.empty()) node.message.parent_source = parent;
  const auto role = from_wire_name<MessageRole>(text_of(in, "role"));
  node.keep = role.has_value();
  message.role = role.value_or(MessageRole::kUser);
  message.kind = from_wire_name<MessageKind>(text_of(in, "kind")).value_or(MessageKind::kMessage);
  message.content = text_of(in, "content");
  message.reasoning = text_of(in, "reasoning");
  message.provider = name_from(text_of(in, "provider"));
  message.model = name_from(text_of(in, "model"));
  message.state = state_of(in);
  message.finish_reason = name_from(text_of(in, "finish_reason"));
  const json& error = object_of(in, "error");
  message.error_code = name_from(text_of(error, "code"));
  message.error = title_from(text_of(error, "error"));
  message.usage = usage_of(in);
  message.created_ms = time_of(in, "created_at").value_or(now_ms);
  for (const json& file : list_of(in, "attachments")) {
    Attachment attachment;
    attachment.id = text_of(file, "id");
    attachment.name = text_of(file, "name");
    if (is_id(attachment.id) && message.attachments.size() < static_cast<size_t>(limits::kAttachmentsPerMessage)) message.attachments.push_back(std::move(attachment));
  }
  return node;
}

ordered_json usage_json(const TurnUsage& usage) {
  if (!usage.input_tokens && !usage.output_tokens) return nullptr;
  ordered_json out = ordered_json::object();
  const auto add = [&](const char* name, const std::optional<int64_t>& value) {
    if (value) out[name] = *value;
  };
  add("input_tokens", usage.input_tokens);
  add("cached_tokens", usage.cached_tokens);
  add("cache_write_tokens", usage.cache_write_tokens);
  add("output_tokens", usage.output_tokens);
  add("reasoning_tokens", usage.reasoning_tokens);
  out["estimated"] = usage.estimated;
  return out;
}

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

}  // namespace

Result<ArchivedConversation> read_whinchat(const json& in, int64_t now_ms) {
  ArchivedConversation out;
  Conversation& conversation = out.conversation.conversation;
  const std::string id = text_of(in, "id");
  if (id.empty() || id.size() > limits::kNameBytes) return Error{ErrorCode::kInvalidRequest, "It has no id.", ""};
  if (is_id(id)) conversation.id = id;
  out.conversation.source = "whinchat:" + id;
  conversation.title = title_from(text_of(in, "title"));
  conversation.title_source = from_wire_name<TitleSource>(text_of(in, "title_source")).value_or(conversation.title.empty() ? TitleSource::kNone : TitleSource::kManual);
  conversation.pinned = flag_of(in, "pinned");
  conversation.archived = flag_of(in, "archived");
  conversation.provider = name_from(text_of(in, "provider"));
  conversation.model = name_from(text_of(in, "model"));
  conversation.created_ms = time_of(in, "created_at").value_or(now_ms);
  conversation.updated_ms = time_of(in, "updated_at").value_or(conversation.created_ms);
  if (const std::string head = text_of(in, "head_id"); !head.empty()) out.conversation.head_source = head;
  std::vector<ArchiveNode> nodes;
  for (const json& message : list_of(in, "messages")) {
    auto node = node_of(message, static_cast<int64_t>(nodes.size()), now_ms);
    if (!node || !node->keep) ++out.skipped_messages;
    if (node) nodes.push_back(std::move(*node));
  }
  out.conversation.messages = in_tree_order(std::move(nodes));
  return out;
}

std::string whinchat_head() { return "{\"format\":\"whinchat\",\"version\":1,\"conversations\":["; }

std::string whinchat_conversation(const Conversation& conversation) {
  const ordered_json out{{"id", conversation.id},
                         {"title", conversation.title},
                         {"title_source", wire_name(conversation.title_source)},
                         {"pinned", conversation.pinned},
                         {"archived", conversation.archived},
                         {"provider", conversation.provider},
                         {"model", conversation.model},
                         {"head_id", or_null(conversation.head_id)},
                         {"created_at", rfc3339(conversation.created_ms)},
                         {"updated_at", rfc3339(conversation.updated_ms)}};
  std::string text = dump(out);
  text.pop_back();
  return text + ",\"messages\":[";
}

std::string whinchat_message(const Message& message) {
  ordered_json out{{"id", message.id},
                   {"parent_id", or_null(message.parent_id)},
                   {"role", wire_name(message.role)},
                   {"kind", wire_name(message.kind)},
                   {"content", message.content},
                   {"reasoning", message.reasoning},
                   {"provider", message.provider},
                   {"model", message.model},
                   {"created_at", rfc3339(message.created_ms)},
                   {"state", wire_name(message.state)},
                   {"usage", usage_json(message.usage)},
                   {"cost_micros", or_null(message.usage.cost_micros)},
                   {"finish_reason", message.finish_reason}};
  for (const Attachment& file : message.attachments) {
    out["attachments"].push_back({{"id", file.id}, {"name", file.name}, {"kind", wire_name(file.kind)}, {"type", file.media_type}, {"bytes", file.bytes}});
  }
  if (!message.error_code.empty()) out["error"] = {{"code", message.error_code}, {"error", message.error}};
  return dump(out);
}

}  // namespace whinchat::chat
