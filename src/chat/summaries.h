// Summing up what no longer fits into a prompt. ask_summary() waits on its fiber; the rest is pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/side_call.h"
#include "model/conversation.h"
#include "provider/provider.h"

namespace whinchat::chat {

// The part of the path before `end`, from its last summary on, as text for a model to sum up; long messages are cut evenly so
// that it has at most about tokens_max tokens.
std::string transcript(const std::vector<Message>& path, size_t end, int64_t tokens_max);

struct Summary {
  std::string text;
  SideAnswer call;  // for the usage
};

// context_tokens: of that model; -1: unknown.
Result<Summary> ask_summary(std::shared_ptr<provider::Provider> provider, std::string model, int64_t context_tokens, const std::vector<Message>& path,
                            size_t end);

}  // namespace whinchat::chat
