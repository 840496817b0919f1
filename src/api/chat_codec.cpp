#include "api/chat_codec.h"

#include <nlohmann/json.hpp>

#include "api/json_write.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::api {

namespace {

using nlohmann::json;

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

// Absent and null mean the same: the guide's client sends "model": null.
const json* field(const json& object, const char* name) {
  const auto place = object.find(name);
  return place == object.end() || place->is_null() ? nullptr : &*place;
}

std::optional<provider::Role> role_of(std::string_view name) {
  if (name == "user") return provider::Role::kUser;
  if (name == "assistant") return provider::Role::kAssistant;
  if (name == "system") return provider::Role::kSystem;
  return std::nullopt;
}

// Ids travel into URLs and logs of providers: letters, digits and a few signs, no way up.
bool is_id(std::string_view text, size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max || text.find("..") != std::string_view::npos) return false;
  for (char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && std::string_view("._:/@+-").find(c) == std::string_view::npos) return false;
  }
  return true;
}

Result<void> read_message(const json& body, chat::ChatInput& input) {
  const json* message = field(body, "message");
  if (!message) return bad("Message required");
  if (!message->is_string()) return bad("The message must be text.");
  input.message = message->get<std::string>();
  if (is_blank(input.message)) return bad("Message required");
  if (count_code_points(input.message) > limits::kMessageCodePoints) return bad("Message too long (max 10,000 characters)");
  return {};
}

Result<void> read_history(const json& body, chat::ChatInput& input) {
  const json* history = field(body, "history");
  if (!history) return {};
  if (!history->is_array()) return bad("The history must be a list of messages.");
  if (history->size() > limits::kHistoryItems) return bad("Conversation history too long (max 50 messages)");
  for (const json& item : *history) {
    if (!item.is_object()) return bad("Each item of the history must be an object with role and content.");
    const json* role = field(item, "role");
    const json* content = field(item, "content");
    if (!role || !role->is_string() || !content || !content->is_string()) {
      return bad("Each item of the history needs a role and a content, both text.");
    }
    const auto known = role_of(role->get_ref<const std::string&>());
    if (!known) return bad("A role in the history must be user, assistant or system.");
    std::string text = content->get<std::string>();
    if (count_code_points(text) > limits::kHistoryItemCodePoints) return bad("An item of the history is too long (max 100,000 characters)");
    input.history.push_back({*known, std::move(text)});
  }
  return {};
}

Result<void> read_choice(const json& body, chat::ChatInput& input) {
  if (const json* provider = field(body, "provider")) {
    if (!provider->is_string() || !is_id(provider->get_ref<const std::string&>(), 64)) return bad("The provider is not known here.");
    input.provider = provider->get<std::string>();
  }
  if (const json* model = field(body, "model")) {
    if (!model->is_string() || !is_id(model->get_ref<const std::string&>(), 200)) return bad("The model's name is malformed.");
    input.model = model->get<std::string>();
  }
  if (const json* max_tokens = field(body, "max_tokens")) {
    if (!max_tokens->is_number_integer() || *max_tokens < 1 || *max_tokens > limits::kOutputTokensMax) {
      return bad("max_tokens must be a whole number from 1 to " + std::to_string(limits::kOutputTokensMax) + ".");
    }
    input.max_tokens = max_tokens->get<int>();
  }
  if (const json* temperature = field(body, "temperature")) {
    if (!temperature->is_number() || *temperature < 0 || *temperature > 2) return bad("temperature must be a number from 0 to 2.");
    input.temperature = temperature->get<double>();
  }
  return {};
}

// The names of both providers of the guide, so that either client finds what it knows.
void append_usage(std::string& out, const provider::Usage& usage) {
  out += "{";
  bool first = true;
  auto add = [&](const char* name, int64_t value) {
    if (value < 0) return;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += "\":" + std::to_string(value);
  };
  add("prompt_tokens", usage.input_tokens);
  add("completion_tokens", usage.output_tokens);
  add("total_tokens", usage.input_tokens >= 0 && usage.output_tokens >= 0 ? usage.input_tokens + usage.output_tokens : -1);
  add("input_tokens", usage.input_tokens);
  add("output_tokens", usage.output_tokens);
  add("cached_tokens", usage.cached_input_tokens);
  add("cache_write_tokens", usage.cache_write_tokens);
  add("reasoning_tokens", usage.reasoning_tokens);
  if (usage.estimated) out += first ? "\"estimated\":true" : ",\"estimated\":true";
  out += "}";
}

bool has_usage(const provider::Usage& usage) { return usage.input_tokens >= 0 || usage.output_tokens >= 0; }

void append_usage_member(std::string& out, const provider::Usage& usage) {
  out += ",\"usage\":";
  if (has_usage(usage)) append_usage(out, usage);
  else out += "null";
}

}  // namespace

Result<chat::ChatInput> parse_chat_input(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object() || parsed->empty()) return bad("Message required");
  chat::ChatInput input;
  for (auto read : {read_message, read_history, read_choice}) {
    if (auto done = read(*parsed, input); !done) return done.error();
  }
  return input;
}

Result<chat::ChatInput> parse_turn_input(const json& body, bool with_message) {
  chat::ChatInput input;
  if (with_message) {
    if (auto read = read_message(body, input); !read) return read.error();
  }
  if (auto read = read_choice(body, input); !read) return read.error();
  return input;
}

void append_chunk_event(std::string& out, std::string_view type, std::string_view content, std::string_view model) {
  out += "data: {\"type\":\"";
  out += type;
  out += "\",\"content\":";
  append_json_string(out, content);
  out += ",\"model\":";
  append_json_string(out, model);
  out += "}\n\n";
}

void append_done_event(std::string& out, const chat::TurnResult& turn) {
  out += "data: {\"type\":\"done\",\"model\":";
  append_json_string(out, turn.outcome.model);
  append_usage_member(out, turn.outcome.usage);
  out += ",\"finish_reason\":";
  append_json_string(out, provider::wire_name(turn.outcome.finish));
  out += "}\n\n";
}

void append_error_event(std::string& out, const Error& error, const chat::TurnResult* turn) {
  out += "data: {\"type\":\"error\",\"error\":";
  append_json_string(out, error.message);
  out += ",\"code\":";
  append_json_string(out, wire_name(error.code));
  if (error.retry_after_s) out += ",\"retry_after\":" + std::to_string(*error.retry_after_s);
  if (turn && has_usage(turn->outcome.usage)) append_usage_member(out, turn->outcome.usage);
  out += "}\n\n";
}

std::string answer_json(const chat::TurnResult& turn, std::string_view message, std::string_view reasoning) {
  std::string out = "{\"message\":";
  append_json_string(out, message);
  out += ",\"model\":";
  append_json_string(out, turn.outcome.model);
  append_usage_member(out, turn.outcome.usage);
  out += ",\"finish_reason\":";
  append_json_string(out, provider::wire_name(turn.outcome.finish));
  if (!reasoning.empty()) {
    out += ",\"reasoning\":";
    append_json_string(out, reasoning);
  }
  return out + "}\n";
}

}  // namespace whinchat::api
