// From a ChatRequest to the JSON that a provider takes, one function per wire dialect. Pure.
// Sources: API references of OpenAI (Chat Completions, Responses) and Anthropic (Messages), 2026-11; what each model
// accepts is in model_table.h, what each server accepts in ServerTraits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "provider/model_table.h"
#include "provider/provider.h"
#include "provider/upstream_error.h"

namespace whinchat::provider {

enum class CapField : uint8_t { kMaxTokens, kMaxCompletionTokens };

// A server's habits, where they change what we write.
struct ServerTraits {
  Vendor vendor = Vendor::kOther;
  CapField cap_field = CapField::kMaxTokens;
  bool developer_role = false;    // instead of "system" for models that reason
  bool obfuscation_off = false;   // knows stream_options.include_obfuscation
  bool unknown_models_reason = false;  // what the table does not know is a newer model of the vendor's own
};

// What was taken out or changed after the server called it wrong. Each at most once per answer.
struct Repairs {
  bool no_stream_options = false;
  bool other_cap_field = false;
  bool no_cap = false;
  bool no_sampling = false;
  bool no_effort = false;
  bool no_thinking = false;  // also: no reasoning summary
};

// Looks at a 400 or 422 for a field that we can do without. True: repairs changed, send again.
bool repair_request(const UpstreamFault& fault, Repairs& repairs);

// Thinking counts against the cap: a smaller one gives empty answers from models that reason.
inline constexpr int kReasoningCapMin = 16'384;
inline constexpr int kAnthropicCapDefault = 32'000;

// The history as every server takes it: system texts gathered, blank messages left out, neighbours of one role joined,
// the first and the last message the user's. Error kInvalidRequest when nothing from the user remains at the end.
struct History {
  std::string system;
  std::vector<ChatMessage> turns;
};
Result<History> normalise_history(const ChatRequest& request);

// Bytes of pictures and documents as they stand in the encoded request: no measure of its tokens.
size_t media_bytes(const ChatRequest& request);
size_t media_count(const ChatRequest& request);

// request.model must be set. Every Media has its base64 (others are left out). Errors: those of normalise_history().
Result<std::string> encode_openai_chat(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs);
Result<std::string> encode_openai_responses(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs);
Result<std::string> encode_anthropic(const ChatRequest& request, const ServerTraits& server, const Repairs& repairs);

}  // namespace whinchat::provider
