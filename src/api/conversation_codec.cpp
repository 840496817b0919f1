#include "api/conversation_codec.h"

#include "api/json_write.h"
#include "base/clock.h"
#include "base/text.h"
#include "chat/turn_log.h"

namespace whinchat::api {

namespace {

// [a,b,c]
template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
  out += '[';
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += ',';
    first = false;
    append(out, item);
  }
  out += ']';
}

void append_error(ObjectWriter& object, std::string_view code, std::string_view words, const std::optional<int64_t>& retry_ms) {
  if (code.empty()) {
    object.key("error") += "null";
    return;
  }
  ObjectWriter error(object.key("error"));
  error.text("code", code);
  error.text("error", words);
  if (retry_ms) error.time("retry_at", *retry_ms);
}

void append_result(std::string& out, const store::SearchResult& result) {
  ObjectWriter object(out);
  object.text("conversation_id", result.conversation_id);
  object.text("title", result.title);
  object.text_or_null("message_id", result.message_id);
  if (result.message_id) object.text("role", wire_name(result.role));
  else object.key("role") += "null";
  object.time("created_at", result.created_ms);
  append_list(object.key("snippet"), result.snippet, [](std::string& to, const store::SnippetPart& part) {
    ObjectWriter piece(to);
    piece.text("text", part.text);
    piece.flag("mark", part.mark);
  });
}

void append_in_list(std::string& out, const Conversation& conversation) { append_conversation(out, conversation); }

}  // namespace

void append_conversation(std::string& out, const Conversation& conversation, bool with_draft) {
  ObjectWriter object(out);
  object.text("id", conversation.id);
  object.text("title", conversation.title);
  object.text("title_source", wire_name(conversation.title_source));
  object.flag("pinned", conversation.pinned);
  object.flag("archived", conversation.archived);
  object.time_or_null("deleted_at", conversation.deleted_ms);
  object.text("provider", conversation.provider);
  object.text("model", conversation.model);
  object.text_or_null("head_id", conversation.head_id);
  object.text_or_null("running_turn_id", conversation.running_turn_id);
  object.time("created_at", conversation.created_ms);
  object.time("updated_at", conversation.updated_ms);
  object.integer("revision", conversation.revision);
  if (with_draft) object.text("draft", conversation.draft);
}

void append_turn(std::string& out, const Turn& turn, std::optional<size_t> position) {
  ObjectWriter object(out);
  object.text("id", turn.id);
  object.text("conversation_id", turn.conversation_id);
  object.text("kind", wire_name(turn.kind));
  object.text("state", wire_name(turn.state));
  object.text_or_null("user_message_id", turn.user_message_id);
  object.text("message_id", turn.message_id);
  object.text("provider", turn.provider);
  object.text("model", turn.model);
  object.time("created_at", turn.created_ms);
  object.time_or_null("finished_at", turn.finished_ms);
  append_usage(object.key("usage"), turn.usage);
  object.integer_or_null("cost_micros", turn.usage.cost_micros);
  object.text("finish_reason", turn.finish_reason);
  append_error(object, turn.error_code, turn.error, turn.retry_ms);
  // Of a turn that has ended: all of its answer, text and thoughts.
  if (!position) position = chat::runs_bytes(chat::parse_runs(turn.runs).value_or(std::vector<chat::Run>{}));
  object.integer("position", static_cast<int64_t>(*position));
}

void append_usage(std::string& out, const TurnUsage& usage) {
  if (!usage.input_tokens && !usage.output_tokens) {
    out += "null";
    return;
  }
  ObjectWriter object(out);
  const auto add = [&](const char* name, const std::optional<int64_t>& value) {
    if (value) object.integer(name, *value);
  };
  add("input_tokens", usage.input_tokens);
  add("cached_tokens", usage.cached_tokens);
  add("cache_write_tokens", usage.cache_write_tokens);
  add("output_tokens", usage.output_tokens);
  add("reasoning_tokens", usage.reasoning_tokens);
  object.flag("estimated", usage.estimated);
}

void append_attachment(std::string& out, const Attachment& attachment) {
  ObjectWriter object(out);
  object.text("id", attachment.id);
  object.text("kind", wire_name(attachment.kind));
  object.text("type", attachment.media_type);
  object.text("name", attachment.name);
  object.integer("bytes", attachment.bytes);
}

void append_message(std::string& out, const Message& message) {
  ObjectWriter object(out);
  object.text("id", message.id);
  object.text_or_null("parent_id", message.parent_id);
  object.text("role", wire_name(message.role));
  object.text("kind", wire_name(message.kind));
  object.text("content", message.content);
  object.text("reasoning", message.reasoning);
  object.text("provider", message.provider);
  object.text("model", message.model);
  object.text("state", wire_name(message.state));
  object.text_or_null("turn_id", message.turn_id);
  append_error(object, message.error_code, message.error, message.retry_ms);
  append_usage(object.key("usage"), message.usage);
  object.integer_or_null("cost_micros", message.usage.cost_micros);
  object.text("finish_reason", message.finish_reason);
  object.time("created_at", message.created_ms);
  if (!message.attachments.empty()) append_list(object.key("attachments"), message.attachments, append_attachment);
}

std::string conversation_json(const Conversation& conversation) {
  std::string out;
  append_conversation(out, conversation, true);
  return out += '\n';
}

std::string conversations_json(const store::ConversationPage& page, int64_t revision) {
  std::string out;
  {
    ObjectWriter object(out);
    append_list(object.key("conversations"), page.conversations, append_in_list);
    object.text_or_null("next_cursor", page.next ? std::optional<std::string>(cursor_text(*page.next)) : std::nullopt);
    object.integer("revision", revision);
  }
  return out += '\n';
}

std::string changes_json(const store::Changes& changes) {
  std::string out;
  {
    ObjectWriter object(out);
    object.integer("revision", changes.revision);
    object.flag("reset", changes.reset);
    append_list(object.key("conversations"), changes.conversations, append_in_list);
  }
  return out += '\n';
}

std::string search_json(const store::SearchPage& page) {
  std::string out;
  {
    ObjectWriter object(out);
    append_list(object.key("results"), page.results, append_result);
    object.text_or_null("next_cursor", page.next ? std::optional<std::string>(std::to_string(*page.next)) : std::nullopt);
    object.flag("complete", page.complete);
  }
  return out += '\n';
}

std::string import_json(const chat::ImportReport& report) {
  std::string out;
  {
    ObjectWriter object(out);
    object.text("format", chat::wire_name(report.format));
    object.integer("conversations", report.conversations);
    object.integer("messages", report.messages);
    object.integer("already_here", report.already_here);
    object.integer("imported", report.imported);
    object.integer("messages_added", report.messages_added);
    object.integer("prompts_new", report.prompts_new);
    object.flag("instructions_new", report.instructions_new);
    object.integer("skipped_conversations", report.skipped_conversations);
    object.integer("skipped_messages", report.skipped_messages);
    append_list(object.key("skipped"), report.skipped, [](std::string& to, const chat::SkippedConversation& skipped) {
      ObjectWriter one(to);
      one.text("title", skipped.title);
      one.text("reason", skipped.reason);
    });
    append_list(object.key("titles"), report.titles, [](std::string& to, const std::string& title) { append_json_string(to, title); });
  }
  return out += '\n';
}

std::string cursor_text(const store::ConversationCursor& cursor) {
  return std::string(cursor.pinned ? "1" : "0") + "-" + std::to_string(cursor.at_ms) + "-" + std::to_string(cursor.seq);
}

std::optional<store::ConversationCursor> parse_cursor(std::string_view text) {
  const auto parts = split_list(text, '-');
  if (parts.size() != 3 || (parts[0] != "0" && parts[0] != "1")) return std::nullopt;
  const auto at_ms = parse_integer(parts[1]);
  const auto seq = parse_integer(parts[2]);
  if (!at_ms || !seq) return std::nullopt;
  return store::ConversationCursor{parts[0] == "1", *at_ms, *seq};
}

}  // namespace whinchat::api
