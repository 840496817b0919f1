// A provider behind HTTP: one class for all wire dialects. What differs is data (Endpoint), an encoder and a decoder.
//
// stream() retries before the first byte of an answer only, mends a request once for each field the server refuses, and
// turns whatever happens into one ChatOutcome. It waits on the calling fiber; several may use one object at once.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/client.h"
#include "provider/circuit_breaker.h"
#include "provider/encode.h"
#include "provider/provider.h"
#include "provider/reply_reader.h"

namespace whinchat::provider {

enum class Wire : uint8_t { kOpenAiChat, kOpenAiResponses, kAnthropic };

struct Endpoint {
  std::string id;             // "openai"
  std::string name;           // "OpenAI"
  std::string default_model;  // may be empty: the first of the list, once there is one
  Wire wire = Wire::kOpenAiChat;
  ServerTraits traits;
  std::string chat_url;
  std::string list_url;
  std::string speech_url;      // empty: none
  std::string other_list_url;  // asked when list_url gives no list; may be empty
  http::Headers headers;       // with the key
  Secret api_key;              // only to blot it out of log lines
  bool local = false;          // on this machine or network: slow to begin, nothing to pay
  std::chrono::seconds connect_max{0};  // 0: the usual time, see stream_timeouts()
  std::chrono::seconds head_max{0};
  std::chrono::seconds idle_max{0};
  size_t failures_max = limits::kProviderFailures;  // see circuit_breaker.h
  bool vendors_own = false;    // the vendor's own address: the table knows what is shut down there
};

// What providers need from the process. The references must outlive them.
struct HttpProviderParts {
  http::Client& client;
  const WallClock& clock;
  Log* log = nullptr;                                       // may be null
  std::function<bool(std::chrono::milliseconds)> sleep;     // false: cancelled. Empty: the calling fiber sleeps
  std::function<double()> random;                           // [0, 1). Empty: a generator per thread
};

class HttpProvider : public Provider {
 public:
  HttpProvider(Endpoint endpoint, HttpProviderParts parts);

  std::string_view id() const override { return endpoint_.id; }
  std::string_view name() const override { return endpoint_.name; }
  std::string default_model() const override;
  std::optional<Error> refusal() const override;
  // Documents: what the vendors' own interfaces take; compatible servers know the part for pictures only.
  bool takes_pdf() const override { return endpoint_.wire != Wire::kOpenAiChat || (endpoint_.vendors_own && endpoint_.traits.vendor == Vendor::kOpenAi); }
  ChatOutcome stream(const ChatRequest& request, DeltaSink& sink) override;
  Result<std::vector<ModelInfo>> list_models() override;
  std::string transcription_model() const override;
  Result<Transcription> transcribe(const Speech& speech) override;

  const Endpoint& endpoint() const { return endpoint_; }
  // For endpoints without a default: the first model of their list. Any thread.
  void set_listed_default(std::string model);
  // The one of their list that writes down speech, if any. Any thread.
  void set_listed_transcriber(std::string model);

 private:
  struct Attempt;
  ChatOutcome stream_named(const ChatRequest& request, DeltaSink& sink);
  Result<std::string> encode(const ChatRequest& request, const Repairs& repairs) const;
  void send(std::string body, http::KeptConnections kept, Attempt& attempt);
  // The wait before another try; nothing: this attempt is the last.
  std::optional<std::chrono::milliseconds> judge(Attempt& attempt, int retries, Repairs& repairs, bool& mended);
  Error connection_error(const Error& error) const;
  std::optional<Error> refuse_early(const ChatRequest& request) const;
  void note_health(const Attempt& attempt, const ChatOutcome& outcome);
  void close_outcome(ChatOutcome& outcome, const Attempt& attempt, size_t prompt_bytes) const;
  http::ClientRequest make_request(std::string method, const std::string& url) const;
  Result<std::vector<ModelInfo>> list_from(const std::string& url);
  bool wait(std::chrono::milliseconds time) const;
  void note(std::string_view what, const Error& error) const;

  Endpoint endpoint_;
  HttpProviderParts parts_;
  CircuitBreaker breaker_;
  mutable std::mutex mutex_;
  std::string listed_default_;      // protected by mutex_
  std::string listed_transcriber_;  // protected by mutex_
};

// Sleeps on the calling fiber; false: cancelled.
bool sleep_on_fiber(std::chrono::milliseconds time);

}  // namespace whinchat::provider
