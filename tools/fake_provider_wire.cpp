#include "fake_provider_wire.h"

#include <nlohmann/json.hpp>

namespace whinchat::fake {

using nlohmann::json;

namespace {

constexpr int64_t kPromptTokens = 11;
constexpr int64_t kCachedTokens = 3;
constexpr const char* kSplitText = "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 \xf0\x9f\x98\x80 \xe6\xbc\xa2\xe5\xad\x97 caf\xc3\xa9 \xf0\x9f\x87\xb5\xf0\x9f\x87\xb1.";

std::string json_text(std::string_view text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); }

// Words with the white space that follows them, so that joining gives the text back.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (size_t i = 0; i < text.size(); ++i) {
    word += text[i];
    const bool space = text[i] == ' ' || text[i] == '\n';
    const bool next_space = i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\n');
    if (space && !next_space) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

}  // namespace

Wire::Wire(const Asked& asked, const Plan& plan) : asked_(asked), plan_(plan) {
  newline_ = plan.has("crlf") ? "\r\n" : "\n";
  chunk_bytes_ = plan.number("chunk_bytes", 0);
  pieces_ = plan.number("chunks", 8);
  const std::string text = plan.text("text", plan.has("split_utf8") ? kSplitText : "");
  if (!text.empty()) {
    texts_ = words_of(text);
    pieces_ = static_cast<int64_t>(texts_.size());
  }
  if (plan.has("refusal") || plan.has("tool")) pieces_ = 0;
  std::string whole;
  const std::string mark = "\x01";
  if (asked.dialect == Dialect::kChat) {
    whole = chat_chunk("{\"content\":\"" + mark + "\"}", "");
  } else if (asked.dialect == Dialect::kResponses) {
    const char* index = plan.has("reasoning") ? "1" : "0";
    whole = event("response.output_text.delta",
                  std::string("{\"type\":\"response.output_text.delta\",\"sequence_number\":9,\"item_id\":\"msg_fake\",\"output_index\":") + index +
                      ",\"content_index\":0,\"logprobs\":[],\"delta\":\"" + mark + "\"}");
  } else {
    const char* index = plan.has("reasoning") ? "1" : "0";
    whole = event("content_block_delta", std::string("{\"type\":\"content_block_delta\",\"index\":") + index +
                                             ",\"delta\":{\"type\":\"text_delta\",\"text\":\"" + mark + "\"}}");
  }
  const size_t at = whole.find(mark);
  piece_prefix_ = whole.substr(0, at);
  piece_suffix_ = whole.substr(at + 1);
}

std::string Wire::piece_text(int64_t index) const {
  if (!texts_.empty()) return texts_[static_cast<size_t>(index)];
  if (chunk_bytes_ > 1) return std::string(static_cast<size_t>(chunk_bytes_ - 1), 'x') + " ";
  return "w" + std::to_string(index) + " ";
}

std::string Wire::full_text() const {
  std::string out;
  for (int64_t i = 0; i < pieces_; ++i) out += piece_text(i);
  return out;
}

void Wire::piece(int64_t index, std::string& out) const {
  out += piece_prefix_;
  if (texts_.empty()) {
    out += piece_text(index);
  } else {
    const std::string text = json_text(piece_text(index));
    out.append(text, 1, text.size() - 2);
  }
  out += piece_suffix_;
}

std::string Wire::event(std::string_view name, std::string_view data) const {
  std::string out;
  if (asked_.dialect != Dialect::kChat && !name.empty()) out += "event: " + std::string(name) + newline_;
  out += "data: ";
  out += data;
  out += newline_ + newline_;
  return out;
}

std::string Wire::usage_json() const {
  const int64_t reasoning = plan_.number("reasoning", 0);
  const int64_t output = std::max<int64_t>(pieces_, 0) + reasoning;
  if (asked_.dialect == Dialect::kChat) {
    return json{{"prompt_tokens", kPromptTokens}, {"completion_tokens", output}, {"total_tokens", kPromptTokens + output},
                {"prompt_tokens_details", {{"cached_tokens", kCachedTokens}}},
                {"completion_tokens_details", {{"reasoning_tokens", reasoning}}}}.dump();
  }
  if (asked_.dialect == Dialect::kResponses) {
    return json{{"input_tokens", kPromptTokens}, {"input_tokens_details", {{"cached_tokens", kCachedTokens}}},
                {"output_tokens", output}, {"output_tokens_details", {{"reasoning_tokens", reasoning}}},
                {"total_tokens", kPromptTokens + output}}.dump();
  }
  return json{{"input_tokens", kPromptTokens - kCachedTokens}, {"cache_read_input_tokens", kCachedTokens},
              {"cache_creation_input_tokens", 0}, {"output_tokens", output},
              {"output_tokens_details", {{"thinking_tokens", reasoning}}}}.dump();
}

std::string Wire::stop_reason() const {
  const bool anthropic = asked_.dialect == Dialect::kMessages;
  const char* usual = plan_.has("refusal") ? (anthropic ? "refusal" : "stop")
                      : plan_.has("tool")  ? (anthropic ? "tool_use" : "tool_calls")
                                           : (anthropic ? "end_turn" : "stop");
  return plan_.text("finish", usual);
}

// --- Chat Completions ---

std::string Wire::chat_chunk(std::string_view delta, std::string_view finish) const {
  std::string data = "{\"id\":\"chatcmpl-fake\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":" +
                     json_text(asked_.model) + ",\"choices\":[{\"index\":0,\"delta\":";
  data += delta;
  data += ",\"finish_reason\":";
  data += finish.empty() ? "null" : json_text(finish);
  data += "}]";
  if (plan_.text("usage", "") == "each") data += ",\"usage\":" + usage_json();
  return event("", data + "}");
}

std::vector<std::string> Wire::opening_chat() const {
  std::vector<std::string> out;
  if (plan_.has("azure_first")) {
    out.push_back(event("", "{\"id\":\"\",\"object\":\"\",\"choices\":[],\"prompt_filter_results\":[]}"));
  }
  out.push_back(chat_chunk("{\"role\":\"assistant\",\"content\":\"\"}", ""));
  for (int64_t i = 0; i < plan_.number("reasoning", 0); ++i) {
    out.push_back(chat_chunk("{\"reasoning_content\":\"r" + std::to_string(i) + " \"}", ""));
  }
  if (plan_.has("refusal")) out.push_back(chat_chunk("{\"refusal\":\"I cannot help with that.\"}", ""));
  if (plan_.has("tool")) {
    out.push_back(chat_chunk("{\"tool_calls\":[{\"index\":0,\"id\":\"call_fake\",\"type\":\"function\","
                             "\"function\":{\"name\":\"get_weather\",\"arguments\":\"\"}}]}", ""));
    out.push_back(chat_chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}", ""));
  }
  return out;
}

std::vector<std::string> Wire::closing_chat() const {
  std::vector<std::string> out;
  const std::string usage = plan_.text("usage", asked_.include_usage ? "std" : "none");
  if (!plan_.has("no_finish")) {
    std::string last = chat_chunk("{}", stop_reason());
    if (usage == "choice") last = event("", "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"usage\":" + usage_json() + "}]}");
    if (usage == "x_groq") last = event("", "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"usage\":" + usage_json() + "}}");
    out.push_back(last);
  }
  if (usage == "std") {
    out.push_back(event("", "{\"id\":\"chatcmpl-fake\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":" +
                                json_text(asked_.model) + ",\"choices\":[],\"usage\":" + usage_json() + "}"));
  }
  if (!plan_.has("no_done")) out.push_back(event("", "[DONE]"));
  return out;
}

// --- Responses ---

std::string Wire::responses_result(std::string_view status, bool with_output) const {
  json result{{"id", "resp_fake"}, {"object", "response"}, {"created_at", 1795000000}, {"status", status},
              {"model", asked_.model}, {"output", json::array()}, {"error", nullptr}, {"incomplete_details", nullptr}, {"usage", nullptr}};
  if (with_output) {
    const json part = plan_.has("refusal") ? json{{"type", "refusal"}, {"refusal", "I cannot help with that."}}
                                           : json{{"type", "output_text"}, {"text", full_text()}, {"annotations", json::array()}};
    if (plan_.has("reasoning")) result["output"].push_back({{"type", "reasoning"}, {"id", "rs_fake"}, {"summary", json::array()}});
    result["output"].push_back({{"type", "message"}, {"id", "msg_fake"}, {"role", "assistant"}, {"status", "completed"}, {"content", {part}}});
    result["usage"] = json::parse(usage_json());
  }
  if (status == "incomplete") result["incomplete_details"] = {{"reason", plan_.text("finish", "") == "content_filter" ? "content_filter" : "max_output_tokens"}};
  if (status == "failed") result["error"] = {{"code", "server_error"}, {"message", "fake failure at " + asked_.host}};
  return result.dump();
}

std::vector<std::string> Wire::opening_responses() const {
  std::vector<std::string> out;
  auto add = [&](const char* type, const std::string& rest) {
    out.push_back(event(type, "{\"type\":\"" + std::string(type) + "\",\"sequence_number\":" + std::to_string(out.size()) + rest + "}"));
  };
  add("response.created", ",\"response\":" + responses_result("in_progress", false));
  add("response.in_progress", ",\"response\":" + responses_result("in_progress", false));
  const int64_t reasoning = plan_.number("reasoning", 0);
  const std::string index = plan_.has("reasoning") ? "1" : "0";
  if (plan_.has("reasoning")) {
    add("response.output_item.added", ",\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs_fake\",\"summary\":[]}");
    add("response.reasoning_summary_part.added", ",\"item_id\":\"rs_fake\",\"output_index\":0,\"summary_index\":0,\"part\":{\"type\":\"summary_text\",\"text\":\"\"}");
  }
  for (int64_t i = 0; i < reasoning; ++i) {
    add("response.reasoning_summary_text.delta", ",\"item_id\":\"rs_fake\",\"output_index\":0,\"summary_index\":0,\"delta\":\"r" + std::to_string(i) + " \"");
  }
  add("response.output_item.added", ",\"output_index\":" + index + ",\"item\":{\"type\":\"message\",\"id\":\"msg_fake\",\"role\":\"assistant\",\"status\":\"in_progress\",\"content\":[]}");
  add("response.content_part.added", ",\"item_id\":\"msg_fake\",\"output_index\":" + index + ",\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}");
  if (plan_.has("refusal")) {
    add("response.refusal.delta", ",\"item_id\":\"msg_fake\",\"output_index\":" + index + ",\"content_index\":0,\"delta\":\"I cannot help with that.\"");
  }
  return out;
}

std::vector<std::string> Wire::closing_responses() const {
  std::vector<std::string> out;
  const std::string finish = plan_.text("finish", "stop");
  const std::string status = finish == "stop" ? "completed" : finish == "failed" ? "failed" : "incomplete";
  const std::string type = "response." + status;
  if (!plan_.has("no_finish") && !plan_.has("no_done")) {
    out.push_back(event(type, "{\"type\":\"" + type + "\",\"sequence_number\":99,\"response\":" + responses_result(status, true) + "}"));
  }
  return out;
}

// --- Messages ---

std::vector<std::string> Wire::opening_messages() const {
  std::vector<std::string> out;
  const json start{{"type", "message_start"},
                   {"message", {{"id", "msg_fake"}, {"type", "message"}, {"role", "assistant"}, {"model", asked_.model}, {"content", json::array()},
                                {"stop_reason", nullptr}, {"stop_sequence", nullptr},
                                {"usage", {{"input_tokens", kPromptTokens - kCachedTokens}, {"cache_read_input_tokens", kCachedTokens},
                                           {"cache_creation_input_tokens", 0}, {"output_tokens", 1}}}}}};
  out.push_back(event("message_start", start.dump()));
  const int64_t reasoning = plan_.number("reasoning", 0);
  if (reasoning > 0) {
    out.push_back(event("content_block_start", R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})"));
    for (int64_t i = 0; i < reasoning; ++i) {
      out.push_back(event("content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"r" + std::to_string(i) + " \"}}"));
    }
    out.push_back(event("content_block_delta", R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})"));
    out.push_back(event("content_block_stop", R"({"type":"content_block_stop","index":0})"));
  }
  const std::string index = reasoning > 0 ? "1" : "0";
  const std::string block = plan_.has("tool") ? R"({"type":"tool_use","id":"toolu_fake","name":"get_weather","input":{}})" : R"({"type":"text","text":""})";
  out.push_back(event("content_block_start", "{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":" + block + "}"));
  out.push_back(ping_event());
  if (plan_.has("tool")) {
    out.push_back(event("content_block_delta", "{\"type\":\"content_block_delta\",\"index\":" + index + R"(,"delta":{"type":"input_json_delta","partial_json":"{}"}})"));
  }
  return out;
}

std::vector<std::string> Wire::closing_messages() const {
  std::vector<std::string> out;
  if (!plan_.has("no_finish")) {
    const char* index = plan_.number("reasoning", 0) > 0 ? "1" : "0";
    out.push_back(event("content_block_stop", std::string("{\"type\":\"content_block_stop\",\"index\":") + index + "}"));
    json delta{{"stop_reason", stop_reason()}, {"stop_sequence", nullptr}};
    if (plan_.has("refusal")) delta["stop_details"] = {{"type", "refusal"}, {"category", "cyber"}, {"explanation", "no"}};
    out.push_back(event("message_delta", json{{"type", "message_delta"}, {"delta", delta}, {"usage", json::parse(usage_json())}}.dump()));
  }
  if (!plan_.has("no_done")) out.push_back(event("message_stop", R"({"type":"message_stop"})"));
  return out;
}

// --- all dialects ---

std::vector<std::string> Wire::opening() const {
  std::vector<std::string> out = asked_.dialect == Dialect::kChat        ? opening_chat()
                                 : asked_.dialect == Dialect::kResponses ? opening_responses()
                                                                         : opening_messages();
  for (int64_t i = 0; i < plan_.number("comments", 0); ++i) out.push_back(": keep-alive" + newline_ + newline_);
  return out;
}

std::vector<std::string> Wire::closing() const {
  if (asked_.dialect == Dialect::kChat) return closing_chat();
  return asked_.dialect == Dialect::kResponses ? closing_responses() : closing_messages();
}

std::string Wire::ping_event() const {
  if (asked_.dialect == Dialect::kMessages) return event("ping", R"({"type":"ping"})");
  return ": ping" + newline_ + newline_;
}

std::string Wire::error_event() const {
  const std::string detail = "The fake provider at " + asked_.host + " failed for key " + asked_.key;
  const std::string code = plan_.text("code", asked_.dialect == Dialect::kMessages ? "overloaded_error" : "server_error");
  if (asked_.dialect == Dialect::kMessages) {
    return event("error", json{{"type", "error"}, {"error", {{"type", code}, {"message", detail}}}, {"request_id", "req_fake"}}.dump());
  }
  if (asked_.dialect == Dialect::kResponses) {
    return event("error", json{{"type", "error"}, {"code", code}, {"message", detail}, {"param", nullptr}, {"sequence_number", 50}}.dump());
  }
  return event("", json{{"error", {{"message", detail}, {"type", code}, {"param", nullptr}, {"code", code}}}}.dump());
}

std::string Wire::whole_body() const {
  if (asked_.dialect == Dialect::kResponses) return responses_result(plan_.has("finish") ? "incomplete" : "completed", true);
  if (asked_.dialect == Dialect::kChat) {
    json message{{"role", "assistant"}, {"content", full_text()}, {"refusal", nullptr}};
    if (plan_.has("refusal")) message = {{"role", "assistant"}, {"content", nullptr}, {"refusal", "I cannot help with that."}};
    return json{{"id", "chatcmpl-fake"}, {"object", "chat.completion"}, {"created", 1795000000}, {"model", asked_.model},
                {"choices", {{{"index", 0}, {"finish_reason", stop_reason()}, {"message", message}}}},
                {"usage", json::parse(usage_json())}}.dump();
  }
  json content = json::array();
  if (plan_.has("reasoning")) content.push_back({{"type", "thinking"}, {"thinking", "r0 "}, {"signature", "c2ln"}});
  content.push_back({{"type", "text"}, {"text", full_text()}});
  return json{{"id", "msg_fake"}, {"type", "message"}, {"role", "assistant"}, {"model", asked_.model}, {"content", content},
              {"stop_reason", stop_reason()}, {"stop_sequence", nullptr}, {"usage", json::parse(usage_json())}}.dump();
}

// The message holds the key and the host on purpose: nothing of it may reach a client of the product.
std::string Wire::error_body(int status) const {
  const bool quota = plan_.has("quota");
  const bool anthropic = asked_.dialect == Dialect::kMessages;
  std::string type = "invalid_request_error";
  if (status == 401) type = anthropic ? "authentication_error" : "invalid_api_key";
  if (status == 402) type = anthropic ? "billing_error" : "insufficient_quota";
  if (status == 403) type = "permission_error";
  if (status == 404) type = anthropic ? "not_found_error" : "model_not_found";
  if (status == 429) type = quota ? "insufficient_quota" : anthropic ? "rate_limit_error" : "rate_limit_exceeded";
  if (status >= 500) type = status == 529 ? "overloaded_error" : anthropic ? "api_error" : "server_error";
  type = plan_.text("code", type);
  const std::string message = "Upstream detail: key " + asked_.key + " at " + asked_.host + " gave " + std::to_string(status);
  if (anthropic) return json{{"type", "error"}, {"error", {{"type", type}, {"message", message}}}, {"request_id", "req_fake"}}.dump();
  return json{{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", type}}}}.dump();
}

std::string models_body(bool anthropic) {
  json list = json::array();
  if (anthropic) {
    for (const char* id : {"claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-fake"}) {
      list.push_back({{"id", id}, {"type", "model"}, {"display_name", std::string("Fake ") + id}, {"created_at", "2026-10-01T00:00:00Z"},
                      {"max_input_tokens", 1000000}, {"max_tokens", 128000}, {"lifecycle", "active"}});
    }
    return json{{"data", list}, {"has_more", false}, {"first_id", "claude-sonnet-5-5"}, {"last_id", "claude-fake"}}.dump();
  }
  for (const char* id : {"gpt-6.1-terra", "gpt-6-luna", "gpt-4o", "gpt-fake", "text-embedding-3-large", "whisper-1", "tts-1", "gpt-image-2"}) {
    list.push_back({{"id", id}, {"object", "model"}, {"created", 1795000000}, {"owned_by", "fake"}});
  }
  return json{{"object", "list"}, {"data", list}}.dump();
}

std::string gzip_stored(std::string_view bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
  }
  crc ^= 0xffffffffu;
  const auto size = static_cast<uint32_t>(bytes.size());
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
  auto put = [&](uint32_t value, int count) {
    for (int i = 0; i < count; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  };
  put(size, 2);
  put(~size & 0xffff, 2);
  out += bytes;
  put(crc, 4);
  put(size, 4);
  return out;
}

}  // namespace whinchat::fake
