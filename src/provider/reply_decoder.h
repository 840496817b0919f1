// One provider's answer, from stream events to deltas. A decoder is made for one reply and knows no network: it is fed
// events in order and gives text to the sink. One subclass per wire dialect. It lives on one fiber.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "provider/provider.h"
#include "provider/text_joiner.h"
#include "provider/think_splitter.h"
#include "provider/upstream_error.h"

namespace whinchat::provider {

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text as the model wrote it: may be invalid
};

inline constexpr size_t kToolCallsMax = 128;             // more than any model makes in one answer
inline constexpr size_t kToolArgumentBytesMax = 1 << 20; // over all calls of an answer

inline constexpr size_t kAnswerBytesMax = 8u << 20;      // text and reasoning; ten times the longest answer of any model

class ReplyDecoder {
 public:
  explicit ReplyDecoder(std::string_view provider_name) : provider_name_(provider_name) {}
  virtual ~ReplyDecoder() = default;

  // Thoughts at the beginning of the text become reasoning (think_splitter.h). Before the first event.
  void split_thinking() { splits_thinking_ = true; }

  // One event of the stream. False: nothing more is wanted (complete, failed, or the sink said so).
  bool on_event(std::string_view name, std::string_view data, DeltaSink& sink);
  // A whole answer or error as one JSON text, sent instead of a stream.
  void on_whole(std::string_view text, DeltaSink& sink);
  // The input is over. Unless the answer is complete, outcome().error becomes kProviderTruncated.
  void on_end(DeltaSink& sink);

  // What came is not this protocol at all. `sentence` follows the provider's name; detail is redacted here.
  void fail_protocol(std::string_view sentence, std::string_view detail);

  const ChatOutcome& outcome() const { return outcome_; }
  ChatOutcome take_outcome() { return std::move(outcome_); }
  const std::vector<ToolCall>& tool_calls() const { return tool_calls_; }
  bool complete() const { return finished_ || finish_seen_; }  // nothing of the text can be missing
  bool finished() const { return finished_; }                  // the protocol's own end was seen
  bool stopped() const { return stopped_; }                    // by the sink
  bool delivered() const { return delivered_; }                // the sink got something
  size_t text_bytes() const { return text_bytes_; }            // text and reasoning, for estimates

 protected:
  // The event's data is neither empty nor "[DONE]". Sets finished_ at the protocol's end.
  virtual void decode(std::string_view name, std::string_view data, DeltaSink& sink) = 0;
  virtual void decode_whole(const nlohmann::json& body, bool marked, DeltaSink& sink) = 0;
  virtual void on_done_marker() {}  // "[DONE]"

  void give_text(std::string_view text, DeltaSink& sink);       // valid UTF-8
  void give_reasoning(std::string_view text, DeltaSink& sink);
  void text_delta(std::string_view parsed, bool marked, DeltaSink& sink) { give_text(text_.add_parsed(parsed, marked), sink); }
  void reasoning_delta(std::string_view parsed, bool marked, DeltaSink& sink) {
    thinking_.pass();  // this server tells thoughts and text apart itself
    give_reasoning(reasoning_.add_parsed(parsed, marked), sink);
  }
  // For the fast path: the inside of a JSON string.
  void text_delta_raw(std::string_view inside, bool escaped, DeltaSink& sink) { give_text(text_.add_raw(inside, escaped), sink); }
  void fail(Error error);
  void fail(const UpstreamFault& fault) { fail(fault_error(fault, provider_name_)); }
  // Null when there is no room for another.
  ToolCall* new_tool_call(std::string_view id, std::string_view name);
  void add_arguments(ToolCall& call, std::string_view text);

  std::string provider_name_;
  ChatOutcome outcome_;
  std::vector<ToolCall> tool_calls_;
  bool finished_ = false;
  bool finish_seen_ = false;   // a finish reason came, the protocol's end has not
  bool refused_ = false;

 private:
  bool room_for(std::string_view text);
  void emit_text(std::string_view text, DeltaSink& sink);

  bool splits_thinking_ = false;
  ThinkSplitter thinking_;
  TextJoiner text_;
  TextJoiner reasoning_;
  size_t argument_bytes_ = 0;
  size_t text_bytes_ = 0;
  bool stopped_ = false;
  bool delivered_ = false;
};

}  // namespace whinchat::provider
