// One answer of a model, from a request to its end: the engine behind the stateless chat routes, and later behind turns
// that outlive their request. Runs on the calling fiber.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "provider/provider.h"

namespace whinchat::chat {

// What a client asked, checked and typed.
struct ChatInput {
  std::string message;
  std::vector<provider::ChatMessage> history;  // kSystem items allowed anywhere
  std::string provider;                        // empty: the default
  std::string model;                           // empty: the provider's default
  std::optional<int> max_tokens;
  std::optional<double> temperature;
};

// What the server adds on its own.
struct PromptRules {
  std::string system_prompt = "You are a helpful AI assistant.";  // the guide's
  bool system_prompt_locked = false;  // a client's system messages are refused
  std::optional<int> max_tokens;      // MAX_TOKENS of the settings, when set
  std::optional<double> temperature;  // TEMPERATURE of the settings, when set
};

// Pure. A system message in the history replaces the default one. Errors: kForbidden-like kInvalidRequest when locked.
Result<provider::ChatRequest> build_request(const ChatInput& input, const PromptRules& rules);

// Counts what passes through, so that a cut answer still has an estimated usage.
struct TurnResult {
  provider::ChatOutcome outcome;
  double first_delta_ms = -1;   // from the call to the first piece; -1: none came
  double duration_ms = 0;
  size_t text_bytes = 0;
};

TurnResult run_turn(provider::Provider& provider, const provider::ChatRequest& request, provider::DeltaSink& sink);

// About four characters a token: what is noted when a provider never told (stopped, cut). Marked as estimated.
int64_t estimate_tokens(size_t bytes);

}  // namespace whinchat::chat
