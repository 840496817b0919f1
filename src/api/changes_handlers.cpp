// GET /api/changes: what other devices and running answers have changed, by long poll or as server-sent events.
#include "api/conversation_codec.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/sse.h"
#include "io/fiber.h"
#include "store/changes.h"

namespace whinchat::api {

namespace {

using http::Response;
using store::Changes;

Result<Changes> changes_since(Context& context, const std::string& user_id, int64_t since) {
  return context.database.read([&](store::Connection& c) { return store::changes_since(c, user_id, since); });
}

// Where to begin: ?since=, what a reconnecting EventSource sends, or nothing: from now on.
Result<std::optional<int64_t>> since_of(const http::Request& request) {
  if (const auto last = parse_integer(request.header("Last-Event-ID")); last && *last >= 0) return std::optional<int64_t>(*last);
  return query_integer(request, "since", 0, INT64_MAX);
}

void append_event(std::string& out, const Changes& changes) {
  out += "event: changes\nid: " + std::to_string(changes.revision) + "\ndata: " + changes_json(changes) + "\n";
}

// Until the reader leaves, the session ends (the fiber is cancelled) or the server does (the hub is closed).
void stream_changes(Context& context, const std::string& user_id, Changes changes, store::ChangeHub::Listener& listener, http::BodyWriter& writer) {
  writer.set_heartbeat(limits::kChangesPing, http::kSsePing);
  bool send = true;  // the first event says where the reader stands
  for (;;) {
    if (send) {
      std::string event;
      append_event(event, changes);
      if (!writer.write(event)) return;
    }
    if (listener.wait(io::kNoDeadline) != io::Wake::kReady || listener.closed()) return;
    auto next = changes_since(context, user_id, changes.revision);
    if (!next.ok()) return;  // the reader comes back
    send = next->revision != changes.revision || next->reset;
    changes = std::move(next).value();
  }
}

Response answer_with_events(Context& context, const Call& call, std::optional<int64_t> since, std::unique_ptr<store::ChangeHub::Listener> listener) {
  // Listening began before this look, so that nothing falls between the two.
  auto changes = since ? changes_since(context, call.who.user_id, *since)
                       : context.database.read([&](store::Connection& c) -> Result<Changes> {
                           auto revision = store::revision_of(c, call.who.user_id);
                           if (!revision.ok()) return std::move(revision).error();
                           return Changes{*revision, false, {}};
                         });
  if (!changes.ok()) return error_response(changes.error());
  Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.stream = [&context, user_id = call.who.user_id, changes = std::move(changes).value(),
                     listener = std::shared_ptr<store::ChangeHub::Listener>(std::move(listener))](http::BodyWriter& writer) {
    stream_changes(context, user_id, changes, *listener, writer);
  };
  return response;
}

}  // namespace

Response handle_changes(Context& context, const Call& call) {
  auto since = since_of(call.request);
  if (!since.ok()) return error_response(since.error());
  auto wait_s = query_integer(call.request, "wait", 0, limits::kChangesWaitMax.count());
  if (!wait_s.ok()) return error_response(wait_s.error());
  const bool events = wants_events(call.request);
  if (!events && !*since) return error_response(400, ErrorCode::kInvalidRequest, "\"since\" is missing: the revision that you know.");
  auto listener = context.changes.listen(call.who.user_id);
  if (!listener.ok()) return error_response(listener.error());
  if (events) return answer_with_events(context, call, *since, std::move(listener).value());
  const io::TimePoint until = io::Clock::now() + std::chrono::seconds(wait_s->value_or(0));
  for (;;) {
    auto changes = changes_since(context, call.who.user_id, **since);
    if (!changes.ok()) return error_response(changes.error());
    const bool news = changes->reset || changes->revision != **since;
    if (news || io::Clock::now() >= until || (*listener)->closed()) return json_response(changes_json(*changes));
    if ((*listener)->wait(until) == io::Wake::kCancelled) return error_response(503, ErrorCode::kCancelled, "The wait was cut short.");
  }
}

}  // namespace whinchat::api
