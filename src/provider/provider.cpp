#include "provider/provider.h"

namespace whinchat::provider {

std::string_view wire_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop: return "stop";
    case FinishReason::kLength: return "length";
    case FinishReason::kToolCalls: return "tool_calls";
    case FinishReason::kContentFilter: return "content_filter";
    case FinishReason::kRefusal: return "refusal";
    case FinishReason::kContextWindow: return "context_window";
    case FinishReason::kUnknown: return "unknown";
  }
  return "unknown";
}

}  // namespace whinchat::provider
