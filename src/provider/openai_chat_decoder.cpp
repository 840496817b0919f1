#include "provider/openai_chat_decoder.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "provider/json_read.h"
#include "provider/openai_chat_skim.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

constexpr size_t kModelNameBytesMax = 256;
constexpr size_t kNoCall = static_cast<size_t>(-1);

// Fields that name the same thing at different servers; the first that is there wins.
std::optional<int64_t> first_integer(const json& a, std::string_view key_a, const json& b, std::string_view key_b,
                                     std::string_view key_c) {
  if (const auto n = integer_in(a, key_a)) return n;
  if (const auto n = integer_in(b, key_b)) return n;
  return integer_in(b, key_c);
}

}  // namespace

bool OpenAiChatDecoder::decode_fast(std::string_view data, DeltaSink& sink) {
  SkimmedChunk chunk;
  if (!skim_openai_chat(data, chunk)) return false;
  if (outcome_.model.empty()) outcome_.model.assign(chunk.model.inside.substr(0, kModelNameBytesMax));
  if (chunk.content.seen) text_delta_raw(chunk.content.inside, chunk.content.escaped, sink);
  if (!chunk.finish.inside.empty()) take_finish(chunk.finish.inside);
  const SkimmedChunk::Counts& counts = chunk.counts;
  Usage& usage = outcome_.usage;
  if (counts.prompt) usage.input_tokens = *counts.prompt;
  if (counts.completion) usage.output_tokens = *counts.completion;
  if (const auto n = counts.cached ? counts.cached : counts.cache_hit ? counts.cache_hit : counts.cached_plain) usage.cached_input_tokens = *n;
  if (counts.cache_write) usage.cache_write_tokens = *counts.cache_write;
  if (counts.reasoning) usage.reasoning_tokens = *counts.reasoning;
  return true;
}

void OpenAiChatDecoder::decode(std::string_view name, std::string_view data, DeltaSink& sink) {
  if (use_fast_path_ && name != "error" && decode_fast(data, sink)) return;
  json chunk;
  bool marked = false;
  if (!parse_upstream_json(data, chunk, marked)) {
    if (name == "error") return fail(fault_from_body(0, data));
    return fail_protocol("sent something that cannot be read.", "a stream event that is no JSON: " + std::string(data.substr(0, kErrorDetailBytesMax)));
  }
  if (name == "error" || member(chunk, "error")) return fail(fault_from_json(0, chunk));
  if (string_in(chunk, "object") == "error") return fail(fault_from_json(0, chunk));
  take_chunk(chunk, "delta", marked, sink);
}

void OpenAiChatDecoder::decode_whole(const json& body, bool marked, DeltaSink& sink) {
  const json* choices = member(body, "choices");
  if (!choices || !choices->is_array() || member(body, "error")) return fail(fault_from_json(0, body));
  take_chunk(body, "message", marked, sink);
  finished_ = true;
}

void OpenAiChatDecoder::take_chunk(const json& chunk, std::string_view part_key, bool marked, DeltaSink& sink) {
  if (const auto model = string_in(chunk, "model"); !model.empty() && outcome_.model.empty()) {
    outcome_.model.assign(model.substr(0, kModelNameBytesMax));
  }
  if (const json* usage = member(chunk, "usage")) take_usage(*usage);
  if (const json* groq = member(chunk, "x_groq")) {
    if (const json* usage = member(*groq, "usage")) take_usage(*usage);
  }
  const json* choices = member(chunk, "choices");
  const json* choice = choices ? element(*choices, 0) : nullptr;
  if (!choice) return;
  if (integer_in(*choice, "index").value_or(0) != 0) return;  // we never ask for a second answer
  if (const json* usage = member(*choice, "usage")) take_usage(*usage);
  if (const json* part = member(*choice, part_key)) take_part(*part, marked, sink);
  if (const auto reason = string_in(*choice, "finish_reason"); !reason.empty()) take_finish(reason);
}

void OpenAiChatDecoder::take_part(const json& part, bool marked, DeltaSink& sink) {
  for (const char* key : {"reasoning_content", "reasoning", "reasoning_text"}) {
    const auto text = string_in(part, key);
    if (text.empty()) continue;
    reasoning_delta(text, marked, sink);
    break;
  }
  if (const json* content = member(part, "content")) take_content(*content, marked, sink);
  if (const auto refusal = string_in(part, "refusal"); !refusal.empty()) {
    refused_ = true;
    text_delta(refusal, marked, sink);
  }
  if (const json* calls = member(part, "tool_calls"); calls && calls->is_array()) {
    for (const json& call : *calls) take_tool_delta(call);
  }
}

void OpenAiChatDecoder::take_content(const json& content, bool marked, DeltaSink& sink) {
  if (content.is_string()) return text_delta(content.get_ref<const std::string&>(), marked, sink);
  if (!content.is_array()) return;
  for (const json& part : content) {
    if (const auto text = string_in(part, "text"); !text.empty()) text_delta(text, marked, sink);
    const json* thinking = member(part, "thinking");
    if (!thinking) continue;
    if (thinking->is_string()) reasoning_delta(thinking->get_ref<const std::string&>(), marked, sink);
    if (!thinking->is_array()) continue;
    for (const json& piece : *thinking) reasoning_delta(string_in(piece, "text"), marked, sink);
  }
}

size_t OpenAiChatDecoder::find_or_open_call(const json& delta) {
  const auto index = integer_in(delta, "index");
  const auto wire_id = string_in(delta, "id");
  for (const OpenCall& open : open_calls_) {
    if (index ? open.index == *index : (!wire_id.empty() && open.wire_id == wire_id)) return open.position;
  }
  const bool nameless = !index && wire_id.empty();
  if (nameless && !open_calls_.empty()) return open_calls_.back().position;
  const json* function = member(delta, "function");
  if (!new_tool_call(wire_id, function ? string_in(*function, "name") : std::string_view())) return kNoCall;
  open_calls_.push_back({index.value_or(-1), std::string(wire_id), tool_calls_.size() - 1});
  return tool_calls_.size() - 1;
}

void OpenAiChatDecoder::take_tool_delta(const json& delta) {
  if (!delta.is_object()) return;
  const size_t position = find_or_open_call(delta);
  const json* function = member(delta, "function");
  if (position == kNoCall || !function) return;
  ToolCall& call = tool_calls_[position];
  if (call.name.empty()) call.name = std::string(string_in(*function, "name"));
  const json* arguments = member(*function, "arguments");
  if (!arguments) return;
  if (arguments->is_string()) add_arguments(call, arguments->get_ref<const std::string&>());
  else add_arguments(call, arguments->dump(-1, ' ', false, json::error_handler_t::replace));
}

void OpenAiChatDecoder::take_finish(std::string_view reason) {
  finish_seen_ = true;
  if (reason == "length" || reason == "model_length") {
    outcome_.finish = FinishReason::kLength;
  } else if (reason == "tool_calls" || reason == "function_call") {
    outcome_.finish = FinishReason::kToolCalls;
  } else if (reason == "content_filter") {
    outcome_.finish = refused_ ? FinishReason::kRefusal : FinishReason::kContentFilter;
  } else if (reason == "error" || reason == "network_error" || reason == "insufficient_system_resource") {
    UpstreamFault fault;
    fault.code = std::string(reason);
    fail(fault);
  } else {  // "stop", and what others call it: "end", "eos", "eos_token"
    outcome_.finish = tool_calls_.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
  }
}

void OpenAiChatDecoder::take_usage(const json& usage) {
  const json none;
  const json* in = member(usage, "prompt_tokens_details");
  const json* out = member(usage, "completion_tokens_details");
  Usage& u = outcome_.usage;
  if (const auto n = integer_in(usage, "prompt_tokens")) u.input_tokens = *n;
  if (const auto n = integer_in(usage, "completion_tokens")) u.output_tokens = *n;
  if (const auto n = first_integer(in ? *in : none, "cached_tokens", usage, "prompt_cache_hit_tokens", "cached_tokens")) {
    u.cached_input_tokens = *n;
  }
  if (const auto n = integer_in(in ? *in : none, "cache_write_tokens")) u.cache_write_tokens = *n;
  if (const auto n = integer_in(out ? *out : none, "reasoning_tokens")) u.reasoning_tokens = *n;
}

}  // namespace whinchat::provider
