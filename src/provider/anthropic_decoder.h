// Answers of the Anthropic Messages API, also from servers that imitate it.
// Source: Anthropic API reference "Streaming Messages" (versions 2023-06-01 and 2026-10-21). Blocks are keyed by index,
// because real servers open the next block before they close the last; unknown events, deltas and blocks are skipped.
#pragma once

#include "provider/reply_decoder.h"

namespace whinchat::provider {

class AnthropicDecoder : public ReplyDecoder {
 public:
  explicit AnthropicDecoder(std::string_view provider_name, bool use_fast_path = true)
      : ReplyDecoder(provider_name), use_fast_path_(use_fast_path) {}

 protected:
  void decode(std::string_view name, std::string_view data, DeltaSink& sink) override;
  void decode_whole(const nlohmann::json& body, bool marked, DeltaSink& sink) override;
  void on_done_marker() override { finished_ = false; }  // not part of this dialect

 private:
  bool decode_fast(std::string_view data, DeltaSink& sink);
  void take_event(std::string_view type, const nlohmann::json& event, bool marked, DeltaSink& sink);
  void take_block(const nlohmann::json& block, long long index, bool marked, DeltaSink& sink);
  void take_delta(const nlohmann::json& event, bool marked, DeltaSink& sink);
  void take_stop(const nlohmann::json& delta, bool marked, DeltaSink& sink);
  void take_usage(const nlohmann::json& usage);

  struct OpenCall {
    long long index;
    size_t position;
    bool input_given;  // the start of the block held the whole input
  };
  bool use_fast_path_;
  std::vector<OpenCall> open_calls_;
  // As told so far; the wire counts the cached parts apart, we count the whole prompt.
  int64_t uncached_ = -1;
  int64_t cache_write_ = -1;
  int64_t cache_read_ = -1;
};

}  // namespace whinchat::provider
