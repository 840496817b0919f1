// Answers of the Chat Completions dialect: OpenAI, Azure and everything compatible with them.
// Source: OpenAI API reference "Chat completions, streaming" (2026-11) and the measured habits of ten servers:
// choices may be missing, null or empty; content may be null, a string or an array of parts; usage comes in four places.
#pragma once

#include "provider/reply_decoder.h"

namespace whinchat::provider {

class OpenAiChatDecoder : public ReplyDecoder {
 public:
  // use_fast_path: off only where tests compare both ways.
  explicit OpenAiChatDecoder(std::string_view provider_name, bool use_fast_path = true)
      : ReplyDecoder(provider_name), use_fast_path_(use_fast_path) {}

 protected:
  void decode(std::string_view name, std::string_view data, DeltaSink& sink) override;
  void decode_whole(const nlohmann::json& body, bool marked, DeltaSink& sink) override;

 private:
  bool decode_fast(std::string_view data, DeltaSink& sink);
  void take_chunk(const nlohmann::json& chunk, std::string_view part_key, bool marked, DeltaSink& sink);
  void take_part(const nlohmann::json& part, bool marked, DeltaSink& sink);
  void take_content(const nlohmann::json& content, bool marked, DeltaSink& sink);
  void take_tool_delta(const nlohmann::json& delta);
  void take_finish(std::string_view reason);
  void take_usage(const nlohmann::json& usage);

  struct OpenCall {
    long long index;      // as the server numbers it, -1: it does not
    std::string wire_id;  // as the server names it
    size_t position;      // in tool_calls_
  };
  size_t find_or_open_call(const nlohmann::json& delta);

  bool use_fast_path_;
  std::vector<OpenCall> open_calls_;
};

}  // namespace whinchat::provider
