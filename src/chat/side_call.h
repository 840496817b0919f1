// A small question to a model beside an answer: naming a conversation, summing one up. One try, its own deadline.
// Runs on the calling fiber, which waits; when that is cancelled the call ends.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "provider/provider.h"

namespace whinchat::chat {

struct SideAnswer {
  std::string text;
  provider::Usage usage;  // estimated when the provider never told
  std::string model;
};

// Errors: the provider's; kTimeout when the patience is over; kCancelled.
Result<SideAnswer> ask_aside(std::shared_ptr<provider::Provider> provider, provider::ChatRequest request, size_t answer_bytes_max,
                             std::chrono::milliseconds patience);

}  // namespace whinchat::chat
