// GET /api/admin/metrics: how the server does and did, at once or as server-sent events.
#include <array>
#include <cmath>
#include <vector>

#include "api/error_response.h"
#include "api/json_write.h"
#include "api/metrics_history.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "http/sse.h"
#include "io/fiber.h"

namespace whinchat::api {

namespace {

void add(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
  out += value;
}

void add(std::string& out, std::string_view name, uint64_t value) { add(out, name, std::to_string(value)); }

void add_text(std::string& out, std::string_view name, std::string_view text) {
  std::string value;
  append_json_string(value, text);
  add(out, name, value);
}

// Milliseconds, to a tenth; null: nothing was measured.
std::string time_of(const Histogram::Counts& counts, double share) {
  const auto seconds = quantile(counts, share);
  if (!seconds) return "null";
  const auto tenths = static_cast<uint64_t>(std::llround(*seconds * 10'000));
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

constexpr std::array<std::string_view, 16> kNumbers{
    "requests", "failed", "limited", "response_p50_ms", "response_p95_ms", "first_token_p50_ms", "first_token_p95_ms", "answers",
    "errors", "input_tokens", "output_tokens", "streams", "turns", "windows", "sessions", "users"};

// In the order of kNumbers, as JSON.
std::array<std::string, kNumbers.size()> numbers_of(const MetricsInterval& interval) {
  const MetricsTotals& counts = interval.counts;
  ModelCounts all;
  for (const auto& [name, model] : counts.models) {
    all.answers += model.answers;
    all.input_tokens += model.input_tokens;
    all.output_tokens += model.output_tokens;
  }
  uint64_t errors = 0;
  for (const auto& [code, count] : counts.errors) errors += count;
  const auto text = [](auto number) { return std::to_string(number); };
  const Gauges& gauges = interval.gauges;
  return {text(counts.requests), text(counts.failed), text(counts.limited), time_of(counts.responses, 0.5), time_of(counts.responses, 0.95),
          time_of(counts.first_tokens, 0.5), time_of(counts.first_tokens, 0.95), text(all.answers), text(errors), text(all.input_tokens),
          text(all.output_tokens), text(gauges.streams), text(gauges.turns), text(gauges.windows), text(gauges.sessions), text(gauges.users)};
}

void add_numbers(std::string& out, std::string_view name, const MetricsInterval& interval) {
  add(out, name, "{");
  const auto numbers = numbers_of(interval);
  for (size_t i = 0; i < kNumbers.size(); ++i) add(out, kNumbers[i], numbers[i]);
  out += '}';
}

// A list for each number, a value for each step: a fifth of what an object for each step takes.
void add_points(std::string& out, const MetricsView& view, size_t first) {
  add(out, "points", "{");
  add_text(out, "from", rfc3339((view.from_s + static_cast<int64_t>(first) * view.step_s) * 1000));
  std::vector<std::array<std::string, kNumbers.size()>> steps;
  steps.reserve(view.intervals.size() - first);
  for (size_t i = first; i < view.intervals.size(); ++i) steps.push_back(numbers_of(view.intervals[i]));
  for (size_t n = 0; n < kNumbers.size(); ++n) {
    add(out, kNumbers[n], "[");
    for (const auto& step : steps) {
      out += step[n];
      out += &step == &steps.back() ? ']' : ',';
    }
  }
  out += '}';
}

void add_names(std::string& out, const MetricsInterval& total) {
  add(out, "models", "[");
  for (const auto& [name, model] : total.counts.models) {
    out += out.back() == '[' ? "{" : ",{";
    add_text(out, "provider", name.first);
    add_text(out, "model", name.second);
    add(out, "answers", model.answers);
    add(out, "input_tokens", model.input_tokens);
    add(out, "output_tokens", model.output_tokens);
    out += '}';
  }
  out += ']';
  add(out, "errors", "[");
  for (const auto& [code, count] : total.counts.errors) {
    out += out.back() == '[' ? "{" : ",{";
    add_text(out, "code", code);
    add(out, "count", count);
    out += '}';
  }
  out += ']';
}

// news: the two steps that may have changed since the last look, not all of them.
std::string metrics_json(Context& context, MetricsRange range, bool news) {
  const MetricsView view = context.history->view(range);
  MetricsInterval now = context.history->last_minute();
  now.gauges = context.history->gauges();
  now.gauges.streams = context.metrics.streams_open();
  now.gauges.windows = static_cast<int64_t>(context.changes.size());
  std::string out = "{";
  add_text(out, "range", wire_name(range));
  add(out, "step_s", static_cast<uint64_t>(view.step_s));
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - context.started);
  add(out, "uptime_s", static_cast<uint64_t>(uptime.count()));
  add_numbers(out, "now", now);
  add_numbers(out, "total", view.total);
  add_points(out, view, news ? view.intervals.size() - 2 : 0);
  add_names(out, view.total);
  return out + "}";
}

// Until the reader leaves, the session ends or the server does.
void stream_metrics(Context& context, MetricsRange range, http::BodyWriter& writer) {
  for (bool news = false;; news = true) {
    if (!writer.write("event: metrics\ndata: " + metrics_json(context, range, news) + "\n\n")) return;
    const io::TimePoint next = io::Clock::now() + limits::kMetricsEvery;
    while (io::Clock::now() < next) {
      if (io::this_fiber::sleep_for(limits::kMetricsLook) == io::Wake::kCancelled || !context.ready.load()) return;
    }
  }
}

}  // namespace

http::Response handle_admin_metrics(Context& context, const Call& call) {
  auto word = query_text(call.request, "range");
  if (!word.ok()) return error_response(word.error());
  const auto range = metrics_range(word->value_or("hour"));
  if (!range) return error_response(400, ErrorCode::kInvalidRequest, "range must be hour, day or week.");
  if (!wants_events(call.request)) return json_response(metrics_json(context, *range, false) + "\n");
  auto ticket = context.streams.enter("metrics of " + call.who.user_id, limits::kMetricsReaders);
  if (!ticket.ok()) return error_response(ticket.error());
  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.stream = [&context, range = *range, ticket = std::make_shared<quota::StreamGate::Ticket>(std::move(ticket).value())](http::BodyWriter& writer) {
    stream_metrics(context, range, writer);
  };
  return response;
}

}  // namespace whinchat::api
