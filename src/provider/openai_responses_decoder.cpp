#include "provider/openai_responses_decoder.h"

#include <nlohmann/json.hpp>

#include "provider/json_read.h"
#include "provider/json_skim.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

constexpr std::string_view kTextDelta = "response.output_text.delta";

// {"type":"response.output_text.delta","delta":"...", scalars, "logprobs":[]}
bool skim_text_delta(std::string_view data, std::string_view& inside, bool& escaped) {
  JsonSkim skim(data);
  if (!skim.begin_object()) return false;
  std::string_view key;
  bool type_seen = false;
  bool delta_seen = false;
  while (skim.next_member(key)) {
    if (key == "type") {
      std::string_view type;
      bool type_escaped = false;
      if (type_seen || !skim.string(type, type_escaped) || type != kTextDelta) return false;
      type_seen = true;
    } else if (key == "delta") {
      if (delta_seen || !skim.string(inside, escaped)) return false;
      delta_seen = true;
    } else if (key == "logprobs") {
      if (!skim.begin_array() || skim.next_element() || skim.failed()) return false;
    } else if (!skim.skip_scalar()) {
      return false;
    }
  }
  return skim.end() && type_seen && delta_seen;
}

}  // namespace

bool OpenAiResponsesDecoder::decode_fast(std::string_view data, DeltaSink& sink) {
  std::string_view inside;
  bool escaped = false;
  if (!skim_text_delta(data, inside, escaped)) return false;
  text_seen_ = true;
  text_delta_raw(inside, escaped, sink);
  return true;
}

void OpenAiResponsesDecoder::decode(std::string_view name, std::string_view data, DeltaSink& sink) {
  if (use_fast_path_ && name != "error" && decode_fast(data, sink)) return;
  json event;
  bool marked = false;
  if (!parse_upstream_json(data, event, marked)) {
    if (name == "error") return fail(fault_from_body(0, data));
    return fail_protocol("sent something that cannot be read.", "a stream event that is no JSON: " + std::string(data.substr(0, kErrorDetailBytesMax)));
  }
  const auto type = string_in(event, "type");
  if (name == "error" || type == "error" || (type.empty() && member(event, "error"))) {
    UpstreamFault fault = fault_from_json(0, event);
    if (fault.type == "error") fault.type.clear();
    return fail(fault);
  }
  take_event(type, event, marked, sink);
}

void OpenAiResponsesDecoder::take_event(std::string_view type, const json& event, bool marked, DeltaSink& sink) {
  const auto delta = string_in(event, "delta");
  if (type == kTextDelta) {
    text_seen_ = true;
    text_delta(delta, marked, sink);
  } else if (type == "response.refusal.delta") {
    text_seen_ = true;
    refused_ = true;
    text_delta(delta, marked, sink);
  } else if (type == "response.reasoning_summary_text.delta" || type == "response.reasoning_text.delta") {
    reasoning_delta(delta, marked, sink);
  } else if (type == "response.reasoning_summary_part.added") {
    if (integer_in(event, "summary_index").value_or(0) > 0) give_reasoning("\n\n", sink);
  } else if (type == "response.output_item.added") {
    take_item(event);
  } else if (type == "response.function_call_arguments.delta" || type == "response.custom_tool_call_input.delta") {
    take_call_delta(event);
  } else if (type == "response.function_call_arguments.done") {
    take_call_done(event);
  } else if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
    if (const json* response = member(event, "response")) take_terminal(type, *response, marked, sink);
    else finished_ = true;
  } else if (type == "response.created") {
    if (const json* response = member(event, "response")) outcome_.model = string_in(*response, "model").substr(0, 256);
  }
}

void OpenAiResponsesDecoder::take_item(const json& event) {
  const json* item = member(event, "item");
  if (!item) return;
  const auto type = string_in(*item, "type");
  if (type != "function_call" && type != "custom_tool_call") return;
  if (!new_tool_call(string_in(*item, "call_id"), string_in(*item, "name"))) return;
  open_calls_.push_back({integer_in(event, "output_index").value_or(-1), tool_calls_.size() - 1});
  ToolCall& call = tool_calls_.back();
  add_arguments(call, string_in(*item, "arguments"));
}

ToolCall* OpenAiResponsesDecoder::call_of(const json& event) {
  const long long index = integer_in(event, "output_index").value_or(-1);
  for (const OpenCall& open : open_calls_) {
    if (open.output_index == index) return &tool_calls_[open.position];
  }
  return nullptr;
}

void OpenAiResponsesDecoder::take_call_delta(const json& event) {
  if (ToolCall* call = call_of(event)) add_arguments(*call, string_in(event, "delta"));
}

void OpenAiResponsesDecoder::take_call_done(const json& event) {
  ToolCall* call = call_of(event);
  const auto arguments = string_in(event, "arguments");
  if (!call || arguments.empty() || call->arguments == arguments) return;
  call->arguments.clear();  // the closing event has the last word
  add_arguments(*call, arguments);
}

void OpenAiResponsesDecoder::take_terminal(std::string_view type, const json& response, bool marked, DeltaSink& sink) {
  terminal_seen_ = true;
  finished_ = true;
  if (const auto model = string_in(response, "model"); !model.empty()) outcome_.model = model.substr(0, 256);
  if (const json* usage = member(response, "usage")) take_usage(*usage);
  const json* output = member(response, "output");
  if (!text_seen_ && output) take_output(*output, marked, sink);
  if (type == "response.failed" || string_in(response, "status") == "failed") {
    const json* error = member(response, "error");
    return fail(fault_from_json(0, error ? json{{"error", *error}} : json::object()));
  }
  if (type != "response.incomplete" && string_in(response, "status") != "incomplete") {
    outcome_.finish = tool_calls_.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
    return;
  }
  const json* details = member(response, "incomplete_details");
  const auto reason = details ? string_in(*details, "reason") : std::string_view();
  if (reason == "max_output_tokens") outcome_.finish = FinishReason::kLength;
  else if (reason == "content_filter") outcome_.finish = refused_ ? FinishReason::kRefusal : FinishReason::kContentFilter;
  else outcome_.finish = FinishReason::kUnknown;
}

// The finished items, for servers that send them only at the end and for answers that are no stream.
void OpenAiResponsesDecoder::take_output(const json& output, bool marked, DeltaSink& sink) {
  if (!output.is_array()) return;
  for (const json& item : output) {
    const auto type = string_in(item, "type");
    if (type == "function_call" && open_calls_.empty()) {
      if (ToolCall* call = new_tool_call(string_in(item, "call_id"), string_in(item, "name"))) {
        add_arguments(*call, string_in(item, "arguments"));
      }
    }
    if (const json* summary = member(item, "summary"); summary && summary->is_array() && !delivered()) {
      for (const json& part : *summary) reasoning_delta(string_in(part, "text"), marked, sink);
    }
    const json* content = type == "message" ? member(item, "content") : nullptr;
    if (!content || !content->is_array()) continue;
    for (const json& part : *content) {
      if (string_in(part, "type") == "refusal") refused_ = true;
      text_delta(string_in(part, "text"), marked, sink);
      text_delta(string_in(part, "refusal"), marked, sink);
    }
  }
}

void OpenAiResponsesDecoder::take_usage(const json& usage) {
  Usage& u = outcome_.usage;
  if (const auto n = integer_in(usage, "input_tokens")) u.input_tokens = *n;
  if (const auto n = integer_in(usage, "output_tokens")) u.output_tokens = *n;
  if (const json* in = member(usage, "input_tokens_details")) {
    if (const auto n = integer_in(*in, "cached_tokens")) u.cached_input_tokens = *n;
    if (const auto n = integer_in(*in, "cache_write_tokens")) u.cache_write_tokens = *n;
  }
  if (const json* out = member(usage, "output_tokens_details")) {
    if (const auto n = integer_in(*out, "reasoning_tokens")) u.reasoning_tokens = *n;
  }
}

void OpenAiResponsesDecoder::decode_whole(const json& body, bool marked, DeltaSink& sink) {
  if (!member(body, "output") && !member(body, "status")) return fail(fault_from_json(0, body));
  take_terminal(string_in(body, "status") == "failed" ? "response.failed" : "response.completed", body, marked, sink);
}

void OpenAiResponsesDecoder::on_done_marker() {
  // Not part of this dialect. Alone it does not make an answer complete.
  if (!terminal_seen_) finished_ = false;
}

}  // namespace whinchat::provider
