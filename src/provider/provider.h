// What a chat needs from a language model's provider, free of any provider's wire format.
//
// A Provider turns a ChatRequest into deltas. stream() runs on the calling fiber, waits there, and returns when the
// answer is complete, failed or cancelled. Providers hold no per-request state and may be used from any loop at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace whinchat::provider {

enum class Role { kSystem, kUser, kAssistant };

// A picture or document beside a message's text.
struct Media {
  std::string id;          // of whoever gave it
  std::string name;
  std::string media_type;  // "image/png", "application/pdf"
  std::shared_ptr<const std::string> base64 = {};  // with padding
  bool is_image() const { return media_type.starts_with("image/"); }
};
inline constexpr size_t kMediaTokens = 1'600;  // of one, where usage has to be estimated

struct ChatMessage {
  Role role = Role::kUser;
  std::string content;             // valid UTF-8
  std::vector<Media> media = {};   // of the user's; content may then be empty
};

struct ChatRequest {
  std::string model;                      // empty: the provider's default
  std::string system;                     // empty: none
  std::vector<ChatMessage> messages;      // user and assistant only; the last one is the user's
  std::optional<int> max_tokens;          // applied where the model allows it
  std::optional<double> temperature;      // applied where the model allows it
  std::string effort;                     // "low", "high", ...; applied where the model takes it; empty: its default
  std::string prefix;                     // how the answer begins: the model is to go on from its end; empty: a new answer
};

// Tokens, as the provider counts them. -1: not told.
struct Usage {
  int64_t input_tokens = -1;              // the whole prompt, cached part included
  int64_t cached_input_tokens = -1;
  int64_t cache_write_tokens = -1;
  int64_t output_tokens = -1;             // visible and reasoning together
  int64_t reasoning_tokens = -1;
  bool estimated = false;                 // counted by us, because the stream was cut before the provider told
};

enum class FinishReason { kStop, kLength, kToolCalls, kContentFilter, kRefusal, kContextWindow, kUnknown };
std::string_view wire_name(FinishReason reason);  // "stop", "length", "tool_calls", "content_filter", "refusal", ...

// Receives the answer piece by piece. Every piece is valid UTF-8 and whole code points.
class DeltaSink {
 public:
  virtual ~DeltaSink() = default;
  // False: nobody wants the rest; the provider stops and closes its connection.
  virtual bool on_text(std::string_view text) = 0;
  virtual bool on_reasoning(std::string_view text) = 0;
};

struct ChatOutcome {
  FinishReason finish = FinishReason::kUnknown;
  Usage usage;
  std::string model;                      // as the provider names it
  std::string upstream_request_id;        // for the log
  std::optional<Error> error;             // set: failed; text delivered so far stays valid
};

struct ModelInfo {
  std::string id;
  std::string name;                       // "GPT-6.1 Terra"; the id when nobody knows better
  bool available = true;
  int64_t context_tokens = -1;
  int64_t output_tokens_max = -1;
  double input_price = -1;                // USD per million tokens; -1 unknown
  double output_price = -1;
  double cached_input_price = -1;
  std::optional<bool> sees_images;        // nothing: nobody knows
  std::string shutdown_date;              // "YYYY-MM-DD" or empty
};

// A recording that is to be written down.
struct Speech {
  std::string bytes;
  std::string language;   // "de"; empty: whatever it is
};
struct Transcription {
  std::string text;       // trimmed; empty: nothing was understood
  Usage usage;
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual bool is_language_model() const { return true; }  // false: prepared text, which cannot name or sum up anything
  virtual std::string_view id() const = 0;            // "openai", "claude", "ollama", "demo": the guide's names
  virtual std::string_view name() const = 0;          // for people: "OpenAI"
  virtual std::string default_model() const = 0;
  // Set: stream() would refuse at once, because the provider failed too often just now. For who can still choose a status.
  virtual std::optional<Error> refusal() const { return std::nullopt; }
  virtual bool takes_pdf() const { return false; }    // as Media
  virtual std::string transcription_model() const { return {}; }  // empty: it writes down no speech
  // On a fiber; one try. Errors: kUnsupportedMedia, and those of a provider.
  virtual Result<Transcription> transcribe(const Speech&) { return Error{ErrorCode::kProviderUnavailable, std::string(name()) + " writes down no speech.", ""}; }
  virtual ChatOutcome stream(const ChatRequest& request, DeltaSink& sink) = 0;
  // Asks the provider for its list. On a fiber. The registry caches and merges it with the own table.
  virtual Result<std::vector<ModelInfo>> list_models() = 0;
};

}  // namespace whinchat::provider
