#include "provider/encode.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/crypto.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::provider {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kCapEveryModelTakes = 4096;  // the smallest limit any Messages model ever had; the field is required

void append_paragraph(std::string& to, std::string_view text) {
  if (is_blank(text)) return;
  if (!to.empty()) to += "\n\n";
  to.append(text);
}

std::string dump(const ordered_json& body) {
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string_view role_name(Role role) { return role == Role::kAssistant ? "assistant" : "user"; }

// An answer that was cut goes on: models that take a beginning of their answer get it, the others are asked for the rest.
constexpr std::string_view kGoOn =
    "Your last message was cut off. Go on exactly where it ends, beginning with its very next character. Repeat nothing of it, "
    "do not start over, and say nothing about the interruption.";

// Megabytes of base64 do not go through the JSON writer, which would look at every byte on the loop's thread: words that
// nobody can guess stand for them until the text is finished.
class LongTexts {
 public:
  std::string put(std::string before, std::shared_ptr<const std::string> text) {
    if (texts_.empty()) mark_ = "media-" + random_hex(16);
    texts_.push_back(std::move(text));
    return before.append(mark_);
  }
  std::string fill(std::string json) const {
    if (texts_.empty()) return json;
    size_t bytes = json.size();
    for (const auto& text : texts_) bytes += text->size();
    std::string out;
    out.reserve(bytes);
    size_t at = 0;
    for (const auto& text : texts_) {
      const size_t mark = json.find(mark_, at);
      out.append(json, at, mark - at).append(*text);
      at = mark + mark_.size();
    }
    return out.append(json, at);
  }

 private:
  std::string mark_;
  std::vector<std::shared_ptr<const std::string>> texts_;  // in the order in which they stand in the JSON
};

enum class Dialect : uint8_t { kChat, kResponses, kAnthropic };

std::string data_url(const Media& media, LongTexts& longs) { return longs.put("data:" + media.media_type + ";base64,", media.base64); }

ordered_json part_of(const Media& media, Dialect dialect, LongTexts& longs) {
  switch (dialect) {
    case Dialect::kResponses:
      if (media.is_image()) return {{"type", "input_image"}, {"image_url", data_url(media, longs)}, {"detail", "auto"}};
      return {{"type", "input_file"}, {"filename", media.name}, {"file_data", data_url(media, longs)}};
    case Dialect::kAnthropic: {
      const ordered_json source{{"type", "base64"}, {"media_type", media.media_type}, {"data", longs.put("", media.base64)}};
      if (media.is_image()) return {{"type", "image"}, {"source", source}};
      return {{"type", "document"}, {"source", source}, {"title", media.name}};
    }
    case Dialect::kChat: break;
  }
  if (media.is_image()) return {{"type", "image_url"}, {"image_url", {{"url", data_url(media, longs)}}}};
  return {{"type", "file"}, {"file", {{"filename", media.name}, {"file_data", data_url(media, longs)}}}};
}

// Text alone stays a string, which every server takes.
ordered_json content_of(const ChatMessage& message, Dialect dialect, LongTexts& longs) {
  if (message.media.empty()) return message.content;
  ordered_json parts = ordered_json::array();
  for (const Media& media : message.media) {
    if (media.base64) parts.push_back(part_of(media, dialect, longs));
  }
  if (!is_blank(message.content)) parts.push_back({{"type", dialect == Dialect::kResponses ? "input_text" : "text"}, {"text", message.content}});
  return parts;
}

ordered_json turns_of(const History& history, std::string_view prefix, const ModelRule& rule, Dialect dialect, LongTexts& longs) {
  ordered_json turns = ordered_json::array();
  for (const ChatMessage& m : history.turns) turns.push_back({{"role", role_name(m.role)}, {"content", content_of(m, dialect, longs)}});
  if (is_blank(prefix)) return turns;
  while (rule.prefill && is_blank(prefix.substr(prefix.size() - 1))) prefix.remove_suffix(1);  // they refuse white space at the end
  turns.push_back({{"role", "assistant"}, {"content", prefix}});
  if (!rule.prefill) turns.push_back({{"role", "user"}, {"content", kGoOn}});
  return turns;
}

// Any bytes: what is no UTF-8 is replaced.
void append_text(std::string& out, std::string_view text) {
  if (is_valid_utf8(text)) append_json_string(out, text);
  else out += dump(text);
}

// The messages of a conversation of text alone, as JSON: a document of small objects takes ten times as long.
std::string text_messages(const History& history, std::string_view system_role) {
  std::string out = "[";
  const auto add = [&](std::string_view role, std::string_view content) {
    if (out.size() > 1) out += ',';
    ObjectWriter message(out);
    message.text("role", role);
    append_text(message.key("content"), content);
  };
  if (!history.system.empty()) add(system_role, history.system);
  for (const ChatMessage& m : history.turns) add(role_name(m.role), m.content);
  return out += ']';
}

// At an address that is not OpenAI's own any name may stand for any model: only the table's rows are believed.
ModelRule rule_of(const ServerTraits& server, std::string_view model) {
  const bool strangers = server.vendor == Vendor::kOpenAi && !server.unknown_models_reason;
  return rule_for(strangers ? Vendor::kOther : server.vendor, model);
}

bool sends_effort(const ChatRequest& request, const ModelRule& rule, const Repairs& repairs) {
  return !repairs.no_effort && rule_allows_effort(rule, request.effort);
}

std::optional<double> temperature_of(const ChatRequest& request, const ModelRule& rule, const Repairs& repairs) {
  if (!request.temperature || repairs.no_sampling || rule.sampling == Sampling::kNever) return std::nullopt;
  const bool thinks = rule.sampling == Sampling::kOnlyWithoutThinking &&
                      !(request.effort == "none" && sends_effort(request, rule, repairs));
  if (thinks) return std::nullopt;
  return std::clamp(*request.temperature, 0.0, 2.0);
}

// The cap to send to OpenAI and its like; nothing: the server's own.
std::optional<int64_t> cap_of(const ChatRequest& request, const ModelRule& rule, const Repairs& repairs) {
  if (!request.max_tokens || repairs.no_cap) return std::nullopt;
  if (rule.reasons && *request.max_tokens < kReasoningCapMin) return std::nullopt;
  const int64_t cap = *request.max_tokens;
  return rule.output_tokens_max > 0 ? std::min(cap, rule.output_tokens_max) : cap;
}

bool mentions(const UpstreamFault& fault, std::string_view field) {
  if (!fault.param.empty()) return fault.param == field || fault.param.starts_with(std::string(field) + ".");
  return fault.message.find(field) != std::string::npos;
}

bool set_once(bool& flag) {
  if (flag) return false;
  flag = true;
  return true;
}

}  // namespace

bool repair_request(const UpstreamFault& fault, Repairs& repairs) {
  if (fault.status != 400 && fault.status != 422) return false;
  if (mentions(fault, "stream_options")) return set_once(repairs.no_stream_options);
  // "max_completion_tokens" holds no "max_tokens", so either name alone is told apart from both.
  if (mentions(fault, "max_tokens") || mentions(fault, "max_completion_tokens")) {
    const bool wrong_name = fault.code == "unsupported_parameter" || mentions(fault, "max_completion_tokens") ||
                            lower_ascii(fault.message).find("support") != std::string::npos ||
                            lower_ascii(fault.message).find("extra") != std::string::npos;
    if (wrong_name && set_once(repairs.other_cap_field)) return true;
    return set_once(repairs.no_cap);
  }
  if (mentions(fault, "max_output_tokens")) return set_once(repairs.no_cap);
  if (mentions(fault, "temperature")) return set_once(repairs.no_sampling);
  if (mentions(fault, "reasoning.summary") || mentions(fault, "thinking")) return set_once(repairs.no_thinking);
  if (mentions(fault, "reasoning_effort") || mentions(fault, "reasoning.effort") || mentions(fault, "output_config")) {
    return set_once(repairs.no_effort);
  }
  return false;
}

Result<History> normalise_history(const ChatRequest& request) {
  History history;
  append_paragraph(history.system, request.system);
  for (const ChatMessage& message : request.messages) {
    if (is_blank(message.content) && message.media.empty()) continue;
    if (message.role == Role::kSystem) {
      append_paragraph(history.system, message.content);
    } else if (!history.turns.empty() && history.turns.back().role == message.role) {
      append_paragraph(history.turns.back().content, message.content);
      history.turns.back().media.insert(history.turns.back().media.end(), message.media.begin(), message.media.end());
    } else if (!history.turns.empty() || message.role == Role::kUser) {
      history.turns.push_back(message);
    }
  }
  if (history.turns.empty() || history.turns.back().role != Role::kUser) {
    return Error{ErrorCode::kInvalidRequest, "There is no message to answer.", "the history does not end with a user's message"};
  }
  return history;
}

size_t media_bytes(const ChatRequest& request) {
  size_t bytes = 0;
  for (const ChatMessage& message : request.messages) {
    for (const Media& media : message.media) bytes += media.base64 ? media.base64->size() : 0;
  }
  return bytes;
}

size_t media_count(const ChatRequest& request) {
  size_t count = 0;
  for (const ChatMessage& message : request.messages) count += message.media.size();
  return count;
}

Result<std::string> encode_openai_chat(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs) {
  auto history = normalise_history(request);
  if (!history) return std::move(history).error();
  const ModelRule rule = rule_of(server, request.model);
  const char* system_role = server.developer_role && rule.reasons ? "developer" : "system";
  LongTexts longs;
  std::string messages;
  if (is_blank(request.prefix) && media_count(request) == 0) {
    messages = text_messages(*history, system_role);
  } else {
    ordered_json turns = turns_of(*history, request.prefix, rule, Dialect::kChat, longs);
    if (!history->system.empty()) turns.insert(turns.begin(), ordered_json{{"role", system_role}, {"content", history->system}});
    messages = longs.fill(dump(turns));
  }
  std::string out;
  {
    ObjectWriter body(out);
    body.key("messages") += messages;
    append_text(body.key("model"), request.model);
    body.flag("stream", true);
    if (!repairs.no_stream_options) {
      body.key("stream_options") += server.obfuscation_off ? R"({"include_usage":true,"include_obfuscation":false})" : R"({"include_usage":true})";
    }
    if (const auto cap = cap_of(request, rule, repairs)) {
      const bool completion = (server.cap_field == CapField::kMaxCompletionTokens) != repairs.other_cap_field;
      body.integer(completion ? "max_completion_tokens" : "max_tokens", *cap);
    }
    if (const auto temperature = temperature_of(request, rule, repairs)) body.key("temperature") += dump(*temperature);
    if (sends_effort(request, rule, repairs)) append_text(body.key("reasoning_effort"), request.effort);
  }
  return out;
}

Result<std::string> encode_openai_responses(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs) {
  auto history = normalise_history(request);
  if (!history) return std::move(history).error();
  const ModelRule rule = rule_of(server, request.model);
  LongTexts longs;
  // store defaults to true there, which keeps every conversation for a month.
  ordered_json body = {{"model", request.model}, {"input", turns_of(*history, request.prefix, rule, Dialect::kResponses, longs)}, {"stream", true}, {"store", false}};
  if (!history->system.empty()) body["instructions"] = history->system;
  if (server.obfuscation_off && !repairs.no_stream_options) body["stream_options"] = {{"include_obfuscation", false}};
  if (const auto cap = cap_of(request, rule, repairs)) body["max_output_tokens"] = std::max<int64_t>(*cap, 16);  // the least they take
  if (const auto temperature = temperature_of(request, rule, repairs)) body["temperature"] = *temperature;
  ordered_json reasoning = ordered_json::object();
  if (sends_effort(request, rule, repairs)) reasoning["effort"] = request.effort;
  if (rule.reasons && !repairs.no_thinking) reasoning["summary"] = "auto";
  if (!reasoning.empty()) body["reasoning"] = std::move(reasoning);
  return longs.fill(dump(body));
}

Result<std::string> encode_anthropic(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs) {
  auto history = normalise_history(request);
  if (!history) return std::move(history).error();
  const ModelRule rule = rule_of(server, request.model);
  const bool shows_thinking = rule.thinking == Thinking::kSummarized && !repairs.no_thinking;
  int64_t cap = request.max_tokens.value_or(kAnthropicCapDefault);
  if (rule.reasons) cap = std::max<int64_t>(cap, kReasoningCapMin);
  if (rule.output_tokens_max > 0) cap = std::min(cap, rule.output_tokens_max);
  if (repairs.no_cap) cap = std::min<int64_t>(cap, kCapEveryModelTakes);
  ordered_json body = {{"model", request.model}, {"max_tokens", std::max<int64_t>(cap, 1)}};
  if (!history->system.empty()) body["system"] = history->system;
  LongTexts longs;
  body["messages"] = turns_of(*history, request.prefix, rule, Dialect::kAnthropic, longs);
  body["stream"] = true;
  // No temperature, top_p or top_k, ever: the current API has no such fields and older models refuse most values.
  if (shows_thinking) body["thinking"] = {{"type", "adaptive"}, {"display", "summarized"}};
  if (sends_effort(request, rule, repairs)) body["output_config"] = {{"effort", request.effort}};
  return longs.fill(dump(body));
}

}  // namespace whinchat::provider
