// The plain events of a Chat Completions stream, sliced out of the wire's text without a document: text, reason, counts.
// They are nearly all there are; everything else is for OpenAiChatDecoder's parser, and both agree (tests/fuzz/decoders).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace whinchat::provider {

// A string as it stands on the wire, between its quotes.
struct Slice {
  std::string_view inside;
  bool escaped = false;  // holds backslashes
  bool seen = false;
};

struct SkimmedChunk {
  // Token counts under the names that they have on the wire.
  struct Counts {
    std::optional<int64_t> prompt, completion, cached, cache_hit, cached_plain, cache_write, reasoning;
    bool seen = false, prompt_details_seen = false, completion_details_seen = false;
  };
  Slice content;
  Slice finish;  // never escaped
  Slice model;   // never escaped
  Counts counts;
};

// data: one event, valid UTF-8; the slices point into it. False: not such an event, and `out` means nothing.
bool skim_openai_chat(std::string_view data, SkimmedChunk& out);

}  // namespace whinchat::provider
