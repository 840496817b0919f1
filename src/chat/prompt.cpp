#include "chat/prompt.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat::chat {

namespace {

constexpr int64_t kMessageTokens = 8;  // what a message costs beside its text
constexpr std::string_view kSummaryIntro = "Earlier parts of this conversation, summed up:\n";
constexpr std::string_view kLeftOut = "Earlier messages of this conversation were left out, because they no longer fit.";

void append_paragraph(std::string& to, std::string_view text) {
  if (is_blank(text)) return;
  if (!to.empty()) to += "\n\n";
  to.append(text);
}

bool is_system_message(const Message& message) { return message.role == MessageRole::kSystem && message.kind == MessageKind::kMessage; }

// What is said to the model in front of the conversation. System messages on the way replace the default, as on the
// stateless routes, unless the server's own is locked.
std::string system_text(const PromptInput& input, std::optional<size_t> summary) {
  std::string system;
  if (!input.rules.system_prompt_locked) {
    for (const Message& message : input.path) {
      if (is_system_message(message)) append_paragraph(system, message.content);
    }
  }
  if (system.empty()) system = input.rules.system_prompt;
  append_paragraph(system, input.instructions);
  if (summary) append_paragraph(system, std::string(kSummaryIntro) + input.path[*summary].content);
  return system;
}

int64_t message_tokens(const Message& message) {
  if (message.role == MessageRole::kSystem || is_blank(message.content)) return 0;
  return prompt_tokens(message.content) + kMessageTokens;
}

// The first message that is kept when the newest ones may have so many tokens. At least the last one stays.
size_t first_kept(const std::vector<Message>& path, size_t from, int64_t tokens_max) {
  int64_t tokens = 0;
  for (size_t i = path.size(); i > from; --i) {
    tokens += message_tokens(path[i - 1]);
    if (tokens > tokens_max && i < path.size()) return i;
  }
  return from;
}

bool is_question(const Message& message) { return message.role == MessageRole::kUser && !is_blank(message.content); }

// Providers want a question first: an answer without it is of no use anyway.
size_t at_question(const std::vector<Message>& path, size_t begin) {
  while (begin + 1 < path.size() && !is_question(path[begin])) ++begin;
  return begin;
}

}  // namespace

int64_t prompt_tokens(std::string_view text) {
  int64_t ascii = 0;
  int64_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) ++ascii;
    else if (byte >= 0xC0) ++others;
  }
  return (ascii + 3) / 4 + others;
}

std::optional<size_t> last_summary(const std::vector<Message>& path) {
  for (size_t i = path.size(); i > 0; --i) {
    if (path[i - 1].kind == MessageKind::kSummary) return i - 1;
  }
  return std::nullopt;
}

int64_t prompt_budget(const PromptInput& input) {
  const int64_t context = input.context_tokens > 0 ? input.context_tokens : limits::kContextTokensUnknown;
  int64_t answer = input.max_tokens.value_or(input.rules.max_tokens.value_or(limits::kAnswerTokensKept));
  if (input.output_tokens_max > 0) answer = std::min(answer, input.output_tokens_max);
  return context - std::min(answer, context / 2);  // a cap beyond the context must not leave nothing for the question
}

Result<Prompt> build_prompt(const PromptInput& input) {
  const auto summary = last_summary(input.path);
  const size_t from = summary ? *summary + 1 : 0;
  Prompt prompt;
  provider::ChatRequest& request = prompt.request;
  request.model = input.model;
  request.max_tokens = input.max_tokens ? input.max_tokens : input.rules.max_tokens;
  request.temperature = input.temperature ? input.temperature : input.rules.temperature;
  request.prefix = input.prefix;
  request.system = system_text(input, summary);
  const int64_t fixed = prompt_tokens(request.system) + prompt_tokens(input.prefix) + 2 * kMessageTokens;
  const int64_t budget = prompt_budget(input);
  if (input.path.empty()) return Error{ErrorCode::kInvalidRequest, "There is no message to answer.", ""};
  if (fixed + message_tokens(input.path.back()) > budget) {
    return Error{ErrorCode::kContextTooLong, "This message is too long for the model. Please shorten it or choose another model.", "prompt budget"};
  }
  prompt.begin = first_kept(input.path, from, budget - fixed);
  if (prompt.begin > from) {
    prompt.begin = at_question(input.path, prompt.begin);
    prompt.left_out = prompt.begin - from;
    append_paragraph(request.system, kLeftOut);
  }
  prompt.tokens = fixed;
  for (size_t i = prompt.begin; i < input.path.size(); ++i) {
    const Message& message = input.path[i];
    if (message.role == MessageRole::kSystem || is_blank(message.content)) continue;
    prompt.tokens += message_tokens(message);
    request.messages.push_back({message.role == MessageRole::kUser ? provider::Role::kUser : provider::Role::kAssistant, message.content});
  }
  return prompt;
}

size_t summary_end(const PromptInput& input) {
  const auto summary = last_summary(input.path);
  const size_t from = summary ? *summary + 1 : 0;
  const size_t kept = at_question(input.path, first_kept(input.path, from, prompt_budget(input) / 3));
  return kept > from ? kept : 0;
}

}  // namespace whinchat::chat
