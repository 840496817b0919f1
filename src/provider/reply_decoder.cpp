#include "provider/reply_decoder.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "provider/json_read.h"

namespace whinchat::provider {

bool ReplyDecoder::on_event(std::string_view name, std::string_view data, DeltaSink& sink) {
  if (finished_ || stopped_ || outcome_.error) return false;
  if (data.empty() || data.front() != '{') {
    data = trim(data);
    if (data.empty()) return true;
    if (data == "[DONE]") {
      finished_ = true;
      on_done_marker();
      return !finished_;
    }
  }
  decode(name, data, sink);
  return !(finished_ || stopped_ || outcome_.error);
}

void ReplyDecoder::on_whole(std::string_view text, DeltaSink& sink) {
  if (finished_ || stopped_ || outcome_.error) return;
  nlohmann::json body;
  bool marked = false;
  if (!parse_upstream_json(text, body, marked)) {
    return fail_protocol("sent an answer that cannot be read.", "a body that is no JSON: " + std::string(text.substr(0, kErrorDetailBytesMax)));
  }
  decode_whole(body, marked, sink);
}

void ReplyDecoder::on_end(DeltaSink& sink) {
  if (!stopped_) {
    give_reasoning(reasoning_.finish(), sink);
    give_text(text_.finish(), sink);
    if (splits_thinking_) {
      const auto last = thinking_.finish();
      give_reasoning(last.reasoning, sink);
      emit_text(last.text, sink);
    }
  }
  if (outcome_.finish == FinishReason::kUnknown && complete() && !outcome_.error) {
    outcome_.finish = tool_calls_.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
  }
  if (refused_ && outcome_.finish == FinishReason::kStop) outcome_.finish = FinishReason::kRefusal;
  if (complete() || stopped_ || outcome_.error) return;
  fail(Error{ErrorCode::kProviderTruncated,
             delivered_ ? "The answer from " + provider_name_ + " was cut off before its end."
                        : provider_name_ + " closed the connection without an answer.",
             "the stream ended without its end marker"});
}

bool ReplyDecoder::room_for(std::string_view text) {
  if (text.empty() || stopped_) return false;
  if (text_bytes_ + text.size() > kAnswerBytesMax) {
    fail_protocol("sent an answer that is too large.", "text over 8 MiB");
    return false;
  }
  delivered_ = true;
  text_bytes_ += text.size();
  return true;
}

void ReplyDecoder::give_text(std::string_view text, DeltaSink& sink) {
  if (!splits_thinking_ || thinking_.passes() || text.empty()) return emit_text(text, sink);
  const auto pieces = thinking_.feed(text);
  give_reasoning(pieces.reasoning, sink);
  emit_text(pieces.text, sink);
}

void ReplyDecoder::emit_text(std::string_view text, DeltaSink& sink) {
  if (!room_for(text)) return;
  if (!sink.on_text(text)) stopped_ = true;
}

void ReplyDecoder::give_reasoning(std::string_view text, DeltaSink& sink) {
  if (!room_for(text)) return;
  if (!sink.on_reasoning(text)) stopped_ = true;
}

void ReplyDecoder::fail(Error error) {
  if (!outcome_.error) outcome_.error = std::move(error);
}

void ReplyDecoder::fail_protocol(std::string_view sentence, std::string_view detail) {
  fail(Error{ErrorCode::kProviderProtocol, provider_name_ + " " + std::string(sentence), redact_for_log(detail, "")});
}

ToolCall* ReplyDecoder::new_tool_call(std::string_view id, std::string_view name) {
  if (tool_calls_.size() >= kToolCallsMax) return nullptr;
  ToolCall call{std::string(id), std::string(name), {}};
  if (call.id.empty()) {
    // Nine letters and digits: the only form that every compatible server takes back.
    const std::string number = std::to_string(tool_calls_.size() + 1);
    call.id = "call" + std::string(5 - number.size(), '0') + number;
  }
  tool_calls_.push_back(std::move(call));
  return &tool_calls_.back();
}

void ReplyDecoder::add_arguments(ToolCall& call, std::string_view text) {
  argument_bytes_ += text.size();
  if (argument_bytes_ > kToolArgumentBytesMax) {
    return fail_protocol("sent an answer that is too large.", "tool arguments over 1 MiB");
  }
  call.arguments.append(text);
}

}  // namespace whinchat::provider
