#include "provider/anthropic_decoder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "provider/json_read.h"
#include "provider/json_skim.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

bool skim_value(JsonSkim& skim, std::string_view expected, bool& seen) {
  std::string_view value;
  bool escaped = false;
  if (seen || !skim.string(value, escaped) || value != expected) return false;
  seen = true;
  return true;
}

// {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"..."}}
bool skim_text_delta(std::string_view data, std::string_view& inside, bool& escaped) {
  JsonSkim skim(data);
  if (!skim.begin_object()) return false;
  std::string_view key;
  bool type_seen = false;
  bool delta_type_seen = false;
  bool text_seen = false;
  while (skim.next_member(key)) {
    if (key == "type") {
      if (!skim_value(skim, "content_block_delta", type_seen)) return false;
    } else if (key == "delta") {
      if (delta_type_seen || text_seen || !skim.begin_object()) return false;
      while (skim.next_member(key)) {
        if (key == "type") {
          if (!skim_value(skim, "text_delta", delta_type_seen)) return false;
        } else if (key == "text" && !text_seen) {
          if (!skim.string(inside, escaped)) return false;
          text_seen = true;
        } else {
          return false;
        }
      }
      if (skim.failed()) return false;
    } else if (!skim.skip_scalar()) {
      return false;
    }
  }
  return skim.end() && type_seen && delta_type_seen && text_seen;
}

FinishReason finish_of(std::string_view reason) {
  if (reason == "end_turn" || reason == "stop_sequence") return FinishReason::kStop;
  if (reason == "max_tokens") return FinishReason::kLength;
  if (reason == "tool_use") return FinishReason::kToolCalls;
  if (reason == "refusal") return FinishReason::kRefusal;
  if (reason == "model_context_window_exceeded") return FinishReason::kContextWindow;
  return FinishReason::kUnknown;
}

}  // namespace

bool AnthropicDecoder::decode_fast(std::string_view data, DeltaSink& sink) {
  std::string_view inside;
  bool escaped = false;
  if (!skim_text_delta(data, inside, escaped)) return false;
  text_delta_raw(inside, escaped, sink);
  return true;
}

void AnthropicDecoder::decode(std::string_view name, std::string_view data, DeltaSink& sink) {
  if (use_fast_path_ && name != "error" && decode_fast(data, sink)) return;
  json event;
  bool marked = false;
  if (!parse_upstream_json(data, event, marked)) {
    if (name == "error") return fail(fault_from_body(0, data));
    return fail_protocol("sent something that cannot be read.", "a stream event that is no JSON: " + std::string(data.substr(0, kErrorDetailBytesMax)));
  }
  const auto type = string_in(event, "type");
  if (name == "error" || type == "error" || (type.empty() && member(event, "error"))) {
    return fail(fault_from_json(0, event));
  }
  take_event(type.empty() ? name : type, event, marked, sink);
}

void AnthropicDecoder::take_event(std::string_view type, const json& event, bool marked, DeltaSink& sink) {
  if (type == "content_block_delta") {
    take_delta(event, marked, sink);
  } else if (type == "content_block_start") {
    if (const json* block = member(event, "content_block")) {
      take_block(*block, integer_in(event, "index").value_or(-1), marked, sink);
    }
  } else if (type == "message_start") {
    const json* message = member(event, "message");
    if (!message) return;
    outcome_.model = string_in(*message, "model").substr(0, 256);
    if (const json* usage = member(*message, "usage")) take_usage(*usage);
  } else if (type == "message_delta") {
    if (const json* usage = member(event, "usage")) take_usage(*usage);
    if (const json* delta = member(event, "delta")) take_stop(*delta, marked, sink);
  } else if (type == "message_stop") {
    finished_ = true;
  }
}

void AnthropicDecoder::take_block(const json& block, long long index, bool marked, DeltaSink& sink) {
  const auto type = string_in(block, "type");
  if (type == "text") {
    text_delta(string_in(block, "text"), marked, sink);
  } else if (type == "thinking") {
    reasoning_delta(string_in(block, "thinking"), marked, sink);
  } else if (type == "tool_use") {
    ToolCall* call = new_tool_call(string_in(block, "id"), string_in(block, "name"));
    if (!call) return;
    const json* input = member(block, "input");
    const bool given = input && input->is_object() && !input->empty();
    call->arguments = "{}";
    if (given) {
      call->arguments.clear();
      add_arguments(*call, input->dump(-1, ' ', false, json::error_handler_t::replace));
    }
    open_calls_.push_back({index, tool_calls_.size() - 1, given});
  }
}

void AnthropicDecoder::take_delta(const json& event, bool marked, DeltaSink& sink) {
  const json* delta = member(event, "delta");
  if (!delta) return;
  const auto type = string_in(*delta, "type");
  if (type == "text_delta") return text_delta(string_in(*delta, "text"), marked, sink);
  if (type == "thinking_delta") return reasoning_delta(string_in(*delta, "thinking"), marked, sink);
  if (type != "input_json_delta") return;
  const long long index = integer_in(event, "index").value_or(-1);
  for (const OpenCall& open : open_calls_) {
    if (open.index != index || open.input_given) continue;
    ToolCall& call = tool_calls_[open.position];
    const auto part = string_in(*delta, "partial_json");
    if (part.empty()) return;
    if (call.arguments == "{}") call.arguments.clear();
    return add_arguments(call, part);
  }
}

void AnthropicDecoder::take_stop(const json& delta, bool marked, DeltaSink& sink) {
  const auto reason = string_in(delta, "stop_reason");
  if (reason.empty()) return;
  finish_seen_ = true;
  outcome_.finish = finish_of(reason);
  // A refusal before any output: the explanation is all that the person gets to see.
  const json* details = member(delta, "stop_details");
  if (outcome_.finish == FinishReason::kRefusal && details && !delivered()) {
    text_delta(string_in(*details, "explanation"), marked, sink);
  }
}

// Cumulative: each field that is present replaces the older figure.
void AnthropicDecoder::take_usage(const json& usage) {
  Usage& u = outcome_.usage;
  if (const auto n = integer_in(usage, "input_tokens")) uncached_ = *n;
  if (const auto n = integer_in(usage, "cache_creation_input_tokens")) cache_write_ = u.cache_write_tokens = *n;
  if (const auto n = integer_in(usage, "cache_read_input_tokens")) cache_read_ = u.cached_input_tokens = *n;
  if (const auto n = integer_in(usage, "output_tokens")) u.output_tokens = *n;
  if (const json* out = member(usage, "output_tokens_details")) {
    if (const auto n = integer_in(*out, "thinking_tokens")) u.reasoning_tokens = *n;
  }
  if (uncached_ < 0) return;
  u.input_tokens = uncached_ + std::max<int64_t>(cache_write_, 0) + std::max<int64_t>(cache_read_, 0);
}

void AnthropicDecoder::decode_whole(const json& body, bool marked, DeltaSink& sink) {
  const json* content = member(body, "content");
  if (!content || !content->is_array() || member(body, "error")) return fail(fault_from_json(0, body));
  outcome_.model = string_in(body, "model").substr(0, 256);
  long long index = 0;
  for (const json& block : *content) take_block(block, index++, marked, sink);
  if (const json* usage = member(body, "usage")) take_usage(*usage);
  take_stop(body, marked, sink);
  finished_ = true;
}

}  // namespace whinchat::provider
