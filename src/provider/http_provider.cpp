#include "provider/http_provider.h"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "provider/anthropic_decoder.h"
#include "provider/model_list.h"
#include "provider/openai_chat_decoder.h"
#include "provider/openai_responses_decoder.h"
#include "provider/retry.h"
#include "provider/transcription.h"

namespace whinchat::provider {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kStreamBytesMax = 256u << 20;  // a long answer is 100,000 events of 300 bytes; the text has its own limit
constexpr size_t kRequestIdBytesMax = 128;
constexpr int kListPagesMax = 5;
constexpr std::string_view kTranscriptionModel = "gpt-transcribe";  // OpenAI's, as long as their list was not read
constexpr size_t kBytesPerToken = 4;            // the usual rule of thumb for estimates

http::ClientTimeouts stream_timeouts(const Endpoint& endpoint) {
  const bool local = endpoint.local;
  http::ClientTimeouts t;
  t.connect = local ? seconds(5) : seconds(10);
  // A local server with one slot sends nothing while it is busy with another answer, or loads the model first.
  t.head = local ? seconds(600) : seconds(120);
  t.idle = local ? seconds(600) : seconds(120);
  t.total = local ? seconds(7200) : seconds(1800);
  if (endpoint.connect_max.count() > 0) t.connect = endpoint.connect_max;
  if (endpoint.head_max.count() > 0) t.head = endpoint.head_max;
  if (endpoint.idle_max.count() > 0) t.idle = endpoint.idle_max;
  return t;
}

double random_in_thread() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

std::unique_ptr<ReplyDecoder> make_decoder(const Endpoint& endpoint) {
  switch (endpoint.wire) {
    case Wire::kOpenAiResponses: return std::make_unique<OpenAiResponsesDecoder>(endpoint.name);
    case Wire::kAnthropic: return std::make_unique<AnthropicDecoder>(endpoint.name);
    case Wire::kOpenAiChat: break;
  }
  auto decoder = std::make_unique<OpenAiChatDecoder>(endpoint.name);
  if (!endpoint.vendors_own) decoder->split_thinking();
  return decoder;
}

std::string request_id_of(const http::Headers& headers) {
  for (const char* name : {"x-request-id", "request-id", "x-generation-id"}) {
    const auto value = http::find_header(headers, name);
    if (!value.empty()) return escape_for_log(value, kRequestIdBytesMax);
  }
  return {};
}

}  // namespace

// One request and what came of it.
struct HttpProvider::Attempt {
  Attempt(const Endpoint& endpoint, DeltaSink& sink) : decoder(make_decoder(endpoint)), reader(*decoder, sink, endpoint.name) {}

  std::unique_ptr<ReplyDecoder> decoder;
  ReplyReader reader;
  std::optional<Error> connection;  // the client's error
  std::optional<Error> failure;     // why there is no answer, when nothing of one came
};

HttpProvider::HttpProvider(Endpoint endpoint, HttpProviderParts parts) : endpoint_(std::move(endpoint)), parts_(std::move(parts)), breaker_(endpoint_.failures_max) {
  if (!parts_.sleep) parts_.sleep = sleep_on_fiber;
  if (!parts_.random) parts_.random = random_in_thread;
}

std::string HttpProvider::default_model() const {
  if (!endpoint_.default_model.empty()) return endpoint_.default_model;
  const std::lock_guard lock(mutex_);
  return listed_default_;
}

void HttpProvider::set_listed_default(std::string model) {
  const std::lock_guard lock(mutex_);
  listed_default_ = std::move(model);
}

void HttpProvider::set_listed_transcriber(std::string model) {
  const std::lock_guard lock(mutex_);
  listed_transcriber_ = std::move(model);
}

std::string HttpProvider::transcription_model() const {
  if (endpoint_.speech_url.empty()) return {};
  const std::lock_guard lock(mutex_);
  if (!listed_transcriber_.empty()) return listed_transcriber_;
  return endpoint_.vendors_own ? std::string(kTranscriptionModel) : std::string();
}

Result<Transcription> HttpProvider::transcribe(const Speech& speech) {
  const std::string model = transcription_model();
  const auto kind = speech_kind(speech.bytes);
  if (model.empty()) return Provider::transcribe(speech);
  if (!kind) return Error{ErrorCode::kUnsupportedMedia, "This is no recording that is taken.", ""};
  if (auto refused = refusal()) return *refused;
  const std::string boundary = "whinchat-" + random_hex(16);
  http::ClientRequest request = make_request("POST", endpoint_.speech_url);
  http::set_header(request.headers, "Content-Type", "multipart/form-data; boundary=" + boundary);
  http::set_header(request.headers, "Accept", "application/json");
  request.body = encode_transcription(speech, *kind, model, boundary);
  request.timeouts = stream_timeouts(endpoint_);
  const auto reply = parts_.client.fetch(std::move(request));
  if (!reply) return connection_error(reply.error());
  if (reply->status != 200) {
    Error error = fault_error(fault_from_body(reply->status, reply->body), endpoint_.name);
    error.detail = redact_for_log(error.detail, endpoint_.api_key.reveal());
    return error;
  }
  return decode_transcription(reply->body, endpoint_.name);
}

Result<std::string> HttpProvider::encode(const ChatRequest& request, const Repairs& repairs) const {
  switch (endpoint_.wire) {
    case Wire::kOpenAiResponses: return encode_openai_responses(request, endpoint_.traits, repairs);
    case Wire::kAnthropic: return encode_anthropic(request, endpoint_.traits, repairs);
    case Wire::kOpenAiChat: break;
  }
  return encode_openai_chat(request, endpoint_.traits, repairs);
}

http::ClientRequest HttpProvider::make_request(std::string method, const std::string& url) const {
  http::ClientRequest request;
  request.method = std::move(method);
  request.url = url;
  request.headers = endpoint_.headers;
  return request;
}

void HttpProvider::send(std::string body, http::KeptConnections kept, Attempt& attempt) {
  http::ClientRequest request = make_request("POST", endpoint_.chat_url);
  http::set_header(request.headers, "Content-Type", "application/json");
  http::set_header(request.headers, "Accept", "text/event-stream, application/json");
  request.body = std::move(body);
  request.timeouts = stream_timeouts(endpoint_);
  request.body_bytes_max = kStreamBytesMax;
  request.kept = kept;
  ReplyReader& reader = attempt.reader;
  const auto sent = parts_.client.send(
      std::move(request), [&](const http::ClientHead& head) { return reader.on_head(head.status, head.headers); },
      [&](std::string_view bytes) { return reader.on_body(bytes); });
  if (!sent) attempt.connection = sent.error();
  if (reader.is_success()) reader.on_end();
}

Error HttpProvider::connection_error(const Error& error) const {
  Error out = error;
  switch (error.code) {
    case ErrorCode::kCancelled: out.message = "The answer was stopped."; break;
    case ErrorCode::kTimeout: out.message = endpoint_.name + " did not answer in time. Please try again."; break;
    case ErrorCode::kProviderTruncated: out.message = endpoint_.name + " closed the connection without an answer."; break;
    case ErrorCode::kProviderProtocol: out.message = endpoint_.name + " sent something that is not an answer. Please check the base URL."; break;
    case ErrorCode::kProviderUnavailable:
      out.message = endpoint_.name + (endpoint_.local ? " cannot be reached. Is it running?" : " cannot be reached. Please check the network and the configured base URL.");
      break;
    default: out.message = endpoint_.name + " could not be asked."; break;
  }
  return out;
}

std::optional<milliseconds> HttpProvider::judge(Attempt& attempt, int retries, Repairs& repairs, bool& mended) {
  const ReplyReader& reader = attempt.reader;
  mended = false;
  const bool cancelled = attempt.connection && attempt.connection->code == ErrorCode::kCancelled;
  if (reader.status() == 0 || (cancelled && !reader.is_success())) {
    const Error none{ErrorCode::kProviderTruncated, "", "no reply", {}};
    attempt.failure = connection_error(attempt.connection.value_or(none));
    // A kept connection that had ended unseen: once more at once, but it is one of the tries.
    const bool stale = std::exchange(attempt.failure->retry_after_s, std::nullopt) == 0;
    const ErrorCode code = attempt.failure->code;
    if (code != ErrorCode::kProviderUnavailable && code != ErrorCode::kProviderTruncated) return std::nullopt;
    const auto decision = decide_retry_of_connection(retries, parts_.random());
    return decision.retry ? std::optional(stale ? milliseconds(0) : decision.wait) : std::nullopt;
  }
  if (reader.is_success()) {
    // Closed before the first byte of the answer: nothing was shown yet. Anything later is final.
    if (!attempt.connection || attempt.connection->code != ErrorCode::kProviderTruncated || reader.body_begun()) return std::nullopt;
    const auto decision = decide_retry_of_connection(retries, parts_.random());
    return decision.retry ? std::optional(decision.wait) : std::nullopt;
  }
  const UpstreamFault fault = fault_from_body(reader.status(), reader.error_body());
  const RetryHeaders headers = read_retry_headers(reader.headers(), parts_.clock.now().epoch_ms / 1000);
  std::optional<int> after_s;
  if (headers.wait) after_s = static_cast<int>((headers.wait->count() + 999) / 1000);
  attempt.failure = fault_error(fault, endpoint_.name, after_s);
  if (repair_request(fault, repairs)) {
    mended = true;
    return milliseconds(0);
  }
  const auto decision = decide_retry(retries, fault, headers, endpoint_.local, parts_.random());
  return decision.retry ? std::optional(decision.wait) : std::nullopt;
}

std::optional<Error> HttpProvider::refuse_early(const ChatRequest& request) const {
  if (request.model.empty()) {
    return Error{ErrorCode::kProviderModelNotFound, endpoint_.name + " offers no model at the moment.", "no default model and no list", {}};
  }
  if (!endpoint_.vendors_own) return std::nullopt;
  const ModelRow* row = find_model(endpoint_.traits.vendor, request.model);
  if (!row || !is_retired(*row, rfc3339(parts_.clock.now().epoch_ms).substr(0, 10))) return std::nullopt;
  return Error{ErrorCode::kProviderModelNotFound,
               endpoint_.name + " has shut down " + std::string(row->name) + ". Please use " + std::string(row->replacement) + " instead.",
               "retired on " + std::string(row->shutdown_date), {}};
}

void HttpProvider::close_outcome(ChatOutcome& outcome, const Attempt& attempt, size_t prompt_bytes) const {
  const ReplyDecoder& decoder = *attempt.decoder;
  outcome.upstream_request_id = request_id_of(attempt.reader.headers());
  if (attempt.failure) outcome.error = *attempt.failure;
  if (decoder.stopped()) {
    outcome.error = Error{ErrorCode::kCancelled, "The answer was stopped.", "", {}};
  } else if (attempt.connection && !attempt.failure && !decoder.complete() &&
             outcome.error && outcome.error->code == ErrorCode::kProviderTruncated) {
    // The decoder only saw the end; the client knows why.
    outcome.error->detail = attempt.connection->detail;
    if (attempt.connection->code == ErrorCode::kCancelled) outcome.error = connection_error(*attempt.connection);
    if (attempt.connection->code == ErrorCode::kTimeout) {
      outcome.error->code = ErrorCode::kTimeout;
      outcome.error->message = endpoint_.name + " stopped answering. What had come is kept.";
    }
  }
  if (outcome.error) outcome.error->detail = redact_for_log(outcome.error->detail, endpoint_.api_key.reveal());
  if (!outcome.error || decoder.complete() || !decoder.delivered()) return;
  Usage& usage = outcome.usage;
  usage.estimated = true;
  if (usage.input_tokens < 0) usage.input_tokens = static_cast<int64_t>(prompt_bytes / kBytesPerToken);
  usage.output_tokens = std::max(usage.output_tokens, static_cast<int64_t>((decoder.text_bytes() + kBytesPerToken - 1) / kBytesPerToken));
}

std::optional<Error> HttpProvider::refusal() const {
  const int wait_s = breaker_.wait_s(parts_.clock.now());
  if (wait_s == 0) return std::nullopt;
  return Error{ErrorCode::kProviderUnavailable, endpoint_.name + " has failed several times in a row and gets a pause. Please try again in a moment.",
               "circuit breaker", wait_s};
}

// What counts against a provider is that it could not be reached, broke off before its answer, or said that it is broken.
void HttpProvider::note_health(const Attempt& attempt, const ChatOutcome& outcome) {
  const ReplyReader& reader = attempt.reader;
  const bool cancelled = attempt.connection && attempt.connection->code == ErrorCode::kCancelled;
  const bool broken = reader.status() == 0 || (reader.is_success() && !reader.body_begun());
  if (cancelled && broken) return;  // nothing was learnt
  // A local server answers 500 to what it will never be able to do (an image to a text model).
  const bool says_broken = reader.status() > 500 || (reader.status() == 500 && !endpoint_.local);
  if (!outcome.error || !(broken || says_broken)) return breaker_.succeeded();
  if (breaker_.failed(parts_.clock.now())) note("too many failures in a row: the provider is not asked for a while", *outcome.error);
}

ChatOutcome HttpProvider::stream(const ChatRequest& request, DeltaSink& sink) {
  if (!request.model.empty()) return stream_named(request, sink);
  ChatRequest named = request;
  named.model = default_model();
  return stream_named(named, sink);
}

ChatOutcome HttpProvider::stream_named(const ChatRequest& request, DeltaSink& sink) {
  ChatOutcome outcome;
  outcome.model = request.model;
  outcome.error = refuse_early(request);
  if (!outcome.error) outcome.error = refusal();
  if (outcome.error) return outcome;
  Repairs repairs;
  auto kept = http::KeptConnections::kReportStale;
  for (int retries = 0;;) {
    auto body = encode(request, repairs);
    if (!body) {
      outcome.error = body.error();
      return outcome;
    }
    Attempt attempt(endpoint_, sink);
    const size_t prompt_bytes = body->size() - media_bytes(request) + media_count(request) * kMediaTokens * kBytesPerToken;
    send(std::move(*body), kept, attempt);
    if (attempt.connection) kept = http::KeptConnections::kAvoid;
    bool mended = false;
    const auto pause = judge(attempt, retries, repairs, mended);
    outcome = attempt.decoder->take_outcome();
    if (outcome.model.empty()) outcome.model = request.model;
    close_outcome(outcome, attempt, prompt_bytes);
    if (!pause) {
      note_health(attempt, outcome);
      return outcome;
    }
    note(mended ? "request mended" : "request repeated", *outcome.error);
    if (!mended) ++retries;
    if (pause->count() == 0 || wait(*pause)) continue;
    outcome.error = Error{ErrorCode::kCancelled, "The answer was stopped.", "cancelled between two tries", {}};
    return outcome;
  }
}

bool HttpProvider::wait(milliseconds time) const { return parts_.sleep(time); }

void HttpProvider::note(std::string_view what, const Error& error) const {
  if (!parts_.log) return;
  parts_.log->warning("provider", what, {{"provider", endpoint_.id}, {"code", wire_name(error.code)}, {"detail", error.detail}});
}

Result<std::vector<ModelInfo>> HttpProvider::list_models() {
  auto models = list_from(endpoint_.list_url);
  if (models) breaker_.succeeded();
  if (models || endpoint_.other_list_url.empty()) return models;
  return list_from(endpoint_.other_list_url);
}

Result<std::vector<ModelInfo>> HttpProvider::list_from(const std::string& url) {
  std::vector<ModelInfo> models;
  std::string page_url = url;
  for (int pages = 0; pages < kListPagesMax; ++pages) {
    http::ClientRequest request = make_request("GET", page_url);
    http::set_header(request.headers, "Accept", "application/json");
    request.timeouts.head = request.timeouts.idle = seconds(20);
    request.timeouts.total = seconds(30);
    const auto reply = parts_.client.fetch(request);
    if (!reply) return connection_error(reply.error());
    if (reply->status != 200) return fault_error(fault_from_body(reply->status, reply->body), endpoint_.name);
    auto page = parse_model_list(reply->body, endpoint_.name);
    if (!page) return std::move(page).error();
    for (ModelInfo& model : page->models) models.push_back(std::move(model));
    const bool plain = page->last_id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos;
    if (!page->has_more || page->last_id.empty() || !plain || models.size() >= kModelsMax) break;
    page_url = url + (url.find('?') == std::string::npos ? "?" : "&") + "after_id=" + page->last_id;
  }
  return models;
}

}  // namespace whinchat::provider
