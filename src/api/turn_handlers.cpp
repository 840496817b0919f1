// Turns: beginning one, looking at it, stopping it, following its answer.
#include "api/conversation_codec.h"
#include "api/error_response.h"
#include "api/json_write.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "api/turn_codec.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/sse.h"
#include "io/fiber.h"
#include "io/notify.h"

namespace whinchat::api {

namespace {

using chat::TurnLog;

constexpr std::string_view kRestart = ": restart\n\n";

Error no_turn() { return {ErrorCode::kNotFound, "This turn does not exist.", ""}; }

// The id in the path. What is no id of ours exists nowhere.
Result<std::string> id_of(const Call& call, const Error& otherwise) {
  std::string id(call.request.param("id"));
  if (!is_id(id)) return otherwise;
  return id;
}

// "?from=N" goes before Last-Event-ID, which a browser sends when it connects again by itself. Error: not a position.
Result<size_t> position_of(const http::Request& request) {
  constexpr auto kMost = static_cast<int64_t>(limits::kAnswerBytes) + 1;
  auto from = query_integer(request, "from", 0, kMost);
  if (!from.ok()) return std::move(from).error();
  if (*from) return static_cast<size_t>(**from);
  const std::string_view last = request.header("Last-Event-ID");
  if (last.empty()) return size_t{0};
  const auto position = parse_integer(last);
  if (!position || *position < 0 || *position > kMost) return Error{ErrorCode::kInvalidRequest, "Last-Event-ID must be the id of an event.", ""};
  return static_cast<size_t>(*position);
}

// While a reader follows, the log knows its signal.
class Reading {
 public:
  explicit Reading(std::shared_ptr<TurnLog> log) : log_(std::move(log)), signal_(std::make_shared<io::Notify>()) { log_->attach(signal_); }
  ~Reading() { log_->detach(signal_); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  TurnLog& log() { return *log_; }
  io::Wake wait() { return signal_->wait(io::kNoDeadline); }

 private:
  const std::shared_ptr<TurnLog> log_;
  const TurnLog::ReaderSignal signal_;
};

// Writes what there is from a position on and then what comes, until the answer ends, the reader leaves or the server does.
void follow(Reading& reading, const WallClock& clock, size_t from, http::BodyWriter& writer) {
  std::string events;
  for (;;) {
    const TurnLog::View view = reading.log().view(from);
    events.clear();
    for (const TurnLog::Piece& piece : view.pieces) append_piece_event(events, piece);
    if (!view.more && view.phase == TurnLog::Phase::kEnded) append_end_event(events, *view.turn, view.position, clock.now().epoch_ms);
    if (!view.more && view.phase == TurnLog::Phase::kClosed) events += kRestart;
    if (!events.empty() && !writer.write(events)) return;
    from = view.position;
    if (view.more) {
      if (io::this_fiber::sleep_for({}) == io::Wake::kCancelled) return;  // a long answer lets others have the loop in between
      continue;
    }
    if (view.phase != TurnLog::Phase::kOpen) return;
    if (reading.wait() == io::Wake::kCancelled) {
      if (io::this_fiber::cancel_reason() != io::CancelReason::kDrain) return;
      io::this_fiber::clear_cancel();
      writer.write(kRestart);
      return;
    }
  }
}

http::Response turn_response(const Turn& turn, size_t position, int status) {
  std::string out;
  append_turn(out, turn, position);
  return json_response(out + "\n", status);
}

}  // namespace

http::Response handle_start_turn(Context& context, const Call& call) {
  auto conversation_id = id_of(call, {ErrorCode::kNotFound, "This conversation does not exist.", ""});
  if (!conversation_id.ok()) return error_response(conversation_id.error());
  auto start = parse_start_turn(call.request.body);
  if (!start.ok()) return error_response(start.error());
  start->conversation_id = std::move(conversation_id).value();
  start->user_id = call.who.user_id;
  if (call.who.credential == auth::Credential::kLocal) start->running_max = limits::kTurnsPerLocalUser;
  auto begun = context.turns->begin(*start);
  if (!begun.ok()) {
    if (begun.error().code == ErrorCode::kQuotaExceeded) context.metrics.limit_hit();
    return error_response(begun.error());
  }
  const Turn& turn = begun->turn;
  std::string body = "{\"turn\":";
  append_turn(body, turn, begun->position);
  body += ",\"user_message_id\":";
  if (turn.user_message_id) append_json_string(body, *turn.user_message_id);
  else body += "null";
  body += ",\"message_id\":";
  append_json_string(body, turn.message_id);
  return json_response(body + "}\n", begun->is_new ? 202 : 200);
}

http::Response handle_get_turn(Context& context, const Call& call) {
  auto id = id_of(call, no_turn());
  if (!id.ok()) return error_response(id.error());
  auto found = context.turns->find(call.who.user_id, *id);
  if (!found.ok()) return error_response(found.error());
  return turn_response(found->turn, found->position, 200);
}

http::Response handle_stop_turn(Context& context, const Call& call) {
  auto id = id_of(call, no_turn());
  if (!id.ok()) return error_response(id.error());
  auto stopped = context.turns->stop_turn(call.who.user_id, *id);
  if (!stopped.ok()) return error_response(stopped.error());
  return turn_response(stopped->turn, stopped->position, 202);
}

http::Response handle_turn_events(Context& context, const Call& call) {
  const http::Request& request = call.request;
  auto id = id_of(call, no_turn());
  if (!id.ok()) return error_response(id.error());
  auto from = position_of(request);
  if (!from.ok()) return error_response(from.error());
  auto log = context.turns->log_of(call.who.user_id, *id);
  if (!log.ok()) return error_response(log.error());
  const size_t length = (*log)->position();
  const bool ended = (*log)->phase() == TurnLog::Phase::kEnded;
  if (ended && *from == length + 1) return no_content();
  if (*from > length) return error_response(400, ErrorCode::kInvalidRequest, "The answer is shorter than that.");
  const auto ip = IpAddress::parse(request.client_ip);
  auto ticket = context.streams.enter(limit_key(request), ip && ip->is_loopback() ? limits::kStreamsPerLoopbackClient : limits::kStreamsPerClient);
  if (!ticket.ok()) return error_response(ticket.error());
  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.stream = [&context, from = *from, log = std::move(log).value(),
                     ticket = std::make_shared<quota::StreamGate::Ticket>(std::move(ticket).value())](http::BodyWriter& writer) {
    writer.set_heartbeat(limits::kStreamPing, http::kSsePing);
    const Metrics::OpenStream open(context.metrics);
    Reading reading(log);
    follow(reading, context.clock, from, writer);
  };
  return response;
}

}  // namespace whinchat::api
