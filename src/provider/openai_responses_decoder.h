// Answers of OpenAI's Responses API: named events, dispatched by the "type" inside the data.
// Source: OpenAI API reference "Responses, streaming events" (2026-11). Unknown types are skipped.
#pragma once

#include "provider/reply_decoder.h"

namespace whinchat::provider {

class OpenAiResponsesDecoder : public ReplyDecoder {
 public:
  explicit OpenAiResponsesDecoder(std::string_view provider_name, bool use_fast_path = true)
      : ReplyDecoder(provider_name), use_fast_path_(use_fast_path) {}

 protected:
  void decode(std::string_view name, std::string_view data, DeltaSink& sink) override;
  void decode_whole(const nlohmann::json& body, bool marked, DeltaSink& sink) override;
  void on_done_marker() override;

 private:
  bool decode_fast(std::string_view data, DeltaSink& sink);
  void take_event(std::string_view type, const nlohmann::json& event, bool marked, DeltaSink& sink);
  void take_item(const nlohmann::json& event);
  void take_call_delta(const nlohmann::json& event);
  void take_call_done(const nlohmann::json& event);
  void take_terminal(std::string_view type, const nlohmann::json& response, bool marked, DeltaSink& sink);
  void take_output(const nlohmann::json& output, bool marked, DeltaSink& sink);
  void take_usage(const nlohmann::json& usage);
  ToolCall* call_of(const nlohmann::json& event);

  struct OpenCall {
    long long output_index;
    size_t position;
  };
  bool use_fast_path_;
  bool terminal_seen_ = false;
  bool text_seen_ = false;
  std::vector<OpenCall> open_calls_;
};

}  // namespace whinchat::provider
