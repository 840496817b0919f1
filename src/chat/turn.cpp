#include "chat/turn.h"

#include <chrono>

namespace whinchat::chat {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

class CountingSink final : public provider::DeltaSink {
 public:
  CountingSink(provider::DeltaSink& next, TurnResult& result, Clock::time_point start)
      : next_(next), result_(result), start_(start) {}
  bool on_text(std::string_view text) override {
    note(text);
    return next_.on_text(text);
  }
  bool on_reasoning(std::string_view text) override {
    note(text);
    return next_.on_reasoning(text);
  }

 private:
  void note(std::string_view text) {
    if (result_.first_delta_ms < 0) result_.first_delta_ms = ms_since(start_);
    result_.text_bytes += text.size();
  }
  provider::DeltaSink& next_;
  TurnResult& result_;
  const Clock::time_point start_;
};

size_t prompt_bytes(const provider::ChatRequest& request) {
  size_t bytes = request.system.size();
  for (const auto& message : request.messages) bytes += message.content.size() + message.media.size() * provider::kMediaTokens * 4;
  return bytes;
}

}  // namespace

int64_t estimate_tokens(size_t bytes) { return static_cast<int64_t>((bytes + 3) / 4); }

Result<provider::ChatRequest> build_request(const ChatInput& input, const PromptRules& rules) {
  provider::ChatRequest request;
  request.model = input.model;
  request.max_tokens = input.max_tokens ? input.max_tokens : rules.max_tokens;
  request.temperature = input.temperature ? input.temperature : rules.temperature;
  bool own_system = false;
  for (const auto& item : input.history) {
    if (item.role != provider::Role::kSystem) {
      request.messages.push_back(item);
      continue;
    }
    if (rules.system_prompt_locked) {
      return Error{ErrorCode::kInvalidRequest, "The system prompt is set by this server and cannot be changed.", ""};
    }
    if (own_system) request.system += "\n\n";
    request.system += item.content;
    own_system = true;
  }
  if (!own_system) request.system = rules.system_prompt;
  request.messages.push_back({provider::Role::kUser, input.message});
  return request;
}

TurnResult run_turn(provider::Provider& provider, const provider::ChatRequest& request, provider::DeltaSink& sink) {
  TurnResult result;
  const auto start = Clock::now();
  CountingSink counting(sink, result, start);
  result.outcome = provider.stream(request, counting);
  result.duration_ms = ms_since(start);
  provider::Usage& usage = result.outcome.usage;
  if (usage.output_tokens < 0 && result.text_bytes > 0) {
    usage.output_tokens = estimate_tokens(result.text_bytes);
    if (usage.input_tokens < 0) usage.input_tokens = estimate_tokens(prompt_bytes(request));
    usage.estimated = true;
  }
  if (result.outcome.model.empty()) result.outcome.model = request.model;
  return result;
}

}  // namespace whinchat::chat
