// POST /api/chat and POST /api/chat/stream: the guide's stateless routes. The answer ends when its only reader leaves.
#include "api/chat_codec.h"
#include "api/error_response.h"
#include "api/routes.h"
#include "base/limits.h"
#include "chat/spending.h"
#include "http/sse.h"
#include "io/fiber.h"

namespace whinchat::api {

namespace {

using provider::ChatRequest;
using provider::Provider;

struct Prepared {
  std::shared_ptr<Provider> provider;
  ChatRequest request;
  std::optional<chat::Spending> spending = {};
};

Result<std::shared_ptr<Provider>> choose_provider(const Context& context, const std::string& id) {
  if (auto found = context.providers.find(id)) return found;
  if (auto reason = context.providers.why_unavailable(id)) return Error{ErrorCode::kProviderUnavailable, *reason, id};
  return Error{ErrorCode::kInvalidRequest, "The provider is not known here.", id};
}

Result<Prepared> prepare(const Context& context, const http::Request& request) {
  auto input = parse_chat_input(request.body);
  if (!input.ok()) return std::move(input).error();
  auto chosen = choose_provider(context, input->provider);
  if (!chosen.ok()) return std::move(chosen).error();
  if (!context.providers.offers(**chosen, input->model)) {
    return Error{ErrorCode::kInvalidRequest, "The provider does not offer this model.", ""};
  }
  if (auto refusal = (*chosen)->refusal()) return std::move(*refusal);
  auto built = chat::build_request(*input, context.settings.prompt);
  if (!built.ok()) return std::move(built).error();
  if (built->model.empty()) built->model = (*chosen)->default_model();
  return Prepared{std::move(chosen).value(), std::move(built).value()};
}

// Last before the provider is asked: whatever is refused before costs nothing.
std::optional<Error> begin_spending(Context& context, const Call& call, Prepared& prepared) {
  auto begun = chat::Spending::begin(context.usage, context.clock, context.log, call.who.user_id, *prepared.provider, prepared.request,
                                     context.providers.about(*prepared.provider, prepared.request.model));
  if (!begun.ok()) return std::move(begun).error();
  prepared.spending.emplace(std::move(begun).value());
  return std::nullopt;
}

void note_turn(Context& context, const http::Request& request, const Prepared& prepared, const chat::TurnResult& turn, bool stream) {
  const provider::ChatOutcome& outcome = turn.outcome;
  if (turn.first_delta_ms >= 0) context.metrics.first_token(turn.first_delta_ms / 1000);
  context.metrics.turn_done(prepared.provider->id(), prepared.request.model, outcome.usage);
  if (!outcome.error) {
    context.log.info("chat", "Chat successful", {{"provider", prepared.provider->id()}, {"model", outcome.model}, {"stream", stream},
                     {"input_tokens", outcome.usage.input_tokens}, {"output_tokens", outcome.usage.output_tokens},
                     {"first_token_ms", turn.first_delta_ms}, {"duration_ms", turn.duration_ms}, {"finish", provider::wire_name(outcome.finish)},
                     {"request_id", request.request_id}});
    return;
  }
  context.metrics.error(wire_name(outcome.error->code));
  const LogLevel level = outcome.error->code == ErrorCode::kCancelled ? LogLevel::kInfo : LogLevel::kWarning;
  context.log.write(level, "chat", "Chat failed", {{"provider", prepared.provider->id()}, {"model", outcome.model}, {"stream", stream},
                    {"code", wire_name(outcome.error->code)}, {"detail", outcome.error->detail}, {"duration_ms", turn.duration_ms},
                    {"upstream_request_id", outcome.upstream_request_id}, {"request_id", request.request_id}});
}

// Gathers an answer, for those who want it whole.
class WholeAnswer final : public provider::DeltaSink {
 public:
  bool on_text(std::string_view piece) override { return text.append(piece), true; }
  bool on_reasoning(std::string_view piece) override { return reasoning.append(piece), true; }
  std::string text;
  std::string reasoning;
};

// Writes each piece as an event. Nothing of the answer is kept.
class EventSink final : public provider::DeltaSink {
 public:
  EventSink(http::BodyWriter& writer, std::string_view model) : writer_(writer), model_(model) {}
  bool on_text(std::string_view piece) override { return send("chunk", piece); }
  bool on_reasoning(std::string_view piece) override { return send("reasoning", piece); }

 private:
  bool send(std::string_view type, std::string_view piece) {
    event_.clear();
    append_chunk_event(event_, type, piece, model_);
    return writer_.write(event_);
  }
  http::BodyWriter& writer_;
  std::string_view model_;
  std::string event_;
};

// What is to be said to a reader when the turn was cut from our side; empty when there is nobody to say it to.
std::optional<Error> parting_error(const std::optional<Error>& error) {
  if (!error || error->code != ErrorCode::kCancelled) return error;
  if (!io::this_fiber::active()) return std::nullopt;
  const io::CancelReason reason = io::this_fiber::cancel_reason();
  if (reason != io::CancelReason::kDrain && reason != io::CancelReason::kRevoked) return std::nullopt;
  io::this_fiber::clear_cancel();
  if (reason == io::CancelReason::kRevoked) return Error{ErrorCode::kUnauthorized, "Your session has ended. Please sign in again.", "session ended"};
  return Error{ErrorCode::kUnavailable, "The server is shutting down. Please send your message again in a moment.", "drain", 5};
}

// Two functions, so that a stream's stack holds nothing of the other way.
chat::TurnResult send_pieces(const Prepared& prepared, http::BodyWriter& writer) {
  EventSink sink(writer, prepared.request.model);
  return chat::run_turn(*prepared.provider, prepared.request, sink);
}

chat::TurnResult send_at_once(const Prepared& prepared, http::BodyWriter& writer) {
  WholeAnswer whole;
  chat::TurnResult turn = chat::run_turn(*prepared.provider, prepared.request, whole);
  EventSink sink(writer, prepared.request.model);
  if (!whole.reasoning.empty()) sink.on_reasoning(whole.reasoning);
  if (!whole.text.empty()) sink.on_text(whole.text);
  return turn;
}

void stream_answer(Context& context, const http::Request& request, Prepared& prepared, http::BodyWriter& writer) {
  writer.set_heartbeat(limits::kStreamPing, http::kSsePing);
  const Metrics::OpenStream open(context.metrics);
  const chat::TurnResult turn = context.settings.stream_enabled ? send_pieces(prepared, writer) : send_at_once(prepared, writer);
  std::string last;
  if (!turn.outcome.error) append_done_event(last, turn);
  else if (const auto error = parting_error(turn.outcome.error)) append_error_event(last, *error, &turn);
  writer.write(last);
  prepared.spending->settle(turn);
  note_turn(context, request, prepared, turn, true);
}

}  // namespace

http::Response handle_chat(Context& context, const Call& call) {
  const http::Request& request = call.request;
  auto prepared = prepare(context, request);
  if (!prepared.ok()) return error_response(prepared.error());
  if (auto error = begin_spending(context, call, *prepared)) return error_response(*error);
  WholeAnswer whole;
  const chat::TurnResult turn = chat::run_turn(*prepared->provider, prepared->request, whole);
  prepared->spending->settle(turn);
  note_turn(context, request, *prepared, turn, false);
  if (turn.outcome.error) return provider_error_response(parting_error(turn.outcome.error).value_or(*turn.outcome.error));
  return json_response(answer_json(turn, whole.text, whole.reasoning));
}

http::Response handle_chat_stream(Context& context, const Call& call) {
  const http::Request& request = call.request;
  auto prepared = prepare(context, request);
  if (!prepared.ok()) return error_response(prepared.error());
  const bool loopback = [&] { const auto ip = IpAddress::parse(request.client_ip); return ip && ip->is_loopback(); }();
  auto ticket = context.streams.enter(limit_key(request), loopback ? limits::kStreamsPerLoopbackClient : limits::kStreamsPerClient);
  if (!ticket.ok()) return error_response(ticket.error());
  if (auto error = begin_spending(context, call, *prepared)) return error_response(*error);
  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  // The request lives on the exchange's frame until the stream has ended.
  response.stream = [&context, &request, prepared = std::make_shared<Prepared>(std::move(prepared).value()),
                     ticket = std::make_shared<quota::StreamGate::Ticket>(std::move(ticket).value())](http::BodyWriter& writer) {
    stream_answer(context, request, *prepared, writer);
  };
  return response;
}

}  // namespace whinchat::api
