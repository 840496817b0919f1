// Any bytes as a provider's reply, in each dialect: no crash, only whole UTF-8 to the reader, and the same answer whether it
// comes in one piece or in many, through the sliced fast path or the whole parse.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "provider/anthropic_decoder.h"
#include "provider/openai_chat_decoder.h"
#include "provider/openai_responses_decoder.h"
#include "provider/reply_reader.h"
#include "provider/transcription.h"

using namespace whinchat;
using namespace whinchat::provider;

namespace {

class Sink : public DeltaSink {
 public:
  bool on_text(std::string_view text) override { return take(text, text_); }
  bool on_reasoning(std::string_view text) override { return take(text, reasoning_); }
  std::string text_, reasoning_;

 private:
  static bool take(std::string_view text, std::string& all) {
    if (text.empty() || !is_valid_utf8(text)) std::abort();
    all += text;
    return true;
  }
};

std::unique_ptr<ReplyDecoder> make(int dialect, bool fast) {
  if (dialect == 0) return std::make_unique<OpenAiChatDecoder>("Testai", fast);
  if (dialect == 1) return std::make_unique<OpenAiResponsesDecoder>("Testai", fast);
  return std::make_unique<AnthropicDecoder>("Testai", fast);
}

std::string answer_of(int kind, bool fast, const http::Headers& headers, int status, std::string_view bytes, size_t piece) {
  const auto decoder = make(kind % 3, fast);
  if (kind & 0x20) decoder->split_thinking();
  Sink sink;
  ReplyReader reader(*decoder, sink, "Testai");
  reader.on_head(status, headers);
  while (!bytes.empty()) {
    const std::string part(bytes.substr(0, piece));  // of its own: a view kept too long is seen by the sanitizer
    bytes.remove_prefix(part.size());
    if (!reader.on_body(part)) break;
  }
  reader.on_end();
  const ChatOutcome& o = decoder->outcome();
  std::string out = sink.text_ + "\1" + sink.reasoning_ + "\1" + std::string(wire_name(o.finish)) + "\1" + std::to_string(o.usage.input_tokens) +
                    "\1" + std::to_string(o.usage.output_tokens) + "\1" + std::to_string(o.usage.cached_input_tokens) + "\1" +
                    std::to_string(o.usage.cache_write_tokens) + "\1" + std::to_string(o.usage.reasoning_tokens);
  if (o.error) out += "\1" + std::string(wire_name(o.error->code));
  for (const ToolCall& call : decoder->tool_calls()) out += "\1" + call.id + "\1" + call.name + "\1" + call.arguments;
  if (o.error && o.error->detail.size() > kErrorDetailBytesMax) std::abort();
  if (status >= 400) {
    const Error error = fault_error(fault_from_body(status, reader.error_body()), "Testai");
    if (error.message.empty() || error.detail.size() > kErrorDetailBytesMax) std::abort();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const int kind = data[0];
  const int status = data[0] % 16 == 15 ? 400 : 200;
  const http::Headers headers = {{"Content-Type", data[0] & 0x40 ? "application/json" : "text/event-stream"}};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = answer_of(kind, false, headers, status, bytes, bytes.size() + 1);
  if (answer_of(kind, true, headers, status, bytes, bytes.size() + 1) != whole) std::abort();
  if (answer_of(kind, true, headers, status, bytes, data[1] % 17 + 1u) != whole) std::abort();
  const auto said = decode_transcription(bytes, "Testai");
  if (said.ok() ? !is_valid_utf8(said->text) : said.error().message.empty()) std::abort();
  if (speech_kind(bytes) && bytes.size() < 3) std::abort();
  return 0;
}
