// Any bytes as the body of a chat request: refused with a reason, or within every bound; and what came in goes out again
// as one event with the same text.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/chat_codec.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace whinchat;
  const auto input = api::parse_chat_input({reinterpret_cast<const char*>(data), size});
  if (!input.ok()) {
    require(input.error().code == ErrorCode::kInvalidRequest && !input.error().message.empty());
    return 0;
  }
  require(!input->message.empty() && count_code_points(input->message) <= limits::kMessageCodePoints && is_valid_utf8(input->message));
  require(input->history.size() <= limits::kHistoryItems);
  for (const auto& item : input->history) {
    require(is_valid_utf8(item.content) && count_code_points(item.content) <= limits::kHistoryItemCodePoints);
  }
  require(input->model.find("..") == std::string::npos && input->model.size() <= 200 && input->provider.size() <= 64);
  require(!input->max_tokens || (*input->max_tokens >= 1 && *input->max_tokens <= limits::kOutputTokensMax));
  require(!input->temperature || (*input->temperature >= 0 && *input->temperature <= 2));

  std::string event;
  api::append_chunk_event(event, "chunk", input->message, input->model);
  require(event.starts_with("data: ") && event.find('\n') == event.size() - 2);
  const auto read = nlohmann::json::parse(event.substr(6), nullptr, false);
  require(!read.is_discarded() && read["content"] == input->message && read["model"] == input->model);
  return 0;
}
