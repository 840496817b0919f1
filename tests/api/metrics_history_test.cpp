#include "api/metrics_history.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "server_parts.h"
#include "store/metric_intervals.h"

using namespace whinchat;
using namespace whinchat::api;

namespace {

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;

provider::Usage used(int64_t input, int64_t output) {
  provider::Usage usage;
  usage.input_tokens = input;
  usage.output_tokens = output;
  return usage;
}

// Real counts and a real database; the clock stands at the beginning of an hour.
struct Server {
  Server() { clock.jump_epoch_ms(-(clock.now().epoch_ms % (60 * kMinute))); }

  MetricsHistory make() {
    return {metrics, *database, clock, database.log(), [this] { return gauges; }};
  }

  // As the fiber of the history does, with the time between two samples.
  void pass(MetricsHistory& history, int64_t ms) {
    for (int64_t left = ms; left > 0; left -= 10 * kSecond) {
      clock.advance_ms(10 * kSecond);
      history.sample();
    }
  }

  int64_t rows() {
    return database->read([](store::Connection& c) {
      return store::one<int64_t>(c, "SELECT count(*) FROM metric_interval", [](const store::Row& row) { return row.integer(0); });
    }).value().value_or(-1);
  }

  ManualClock clock;
  store::TestDatabase database;
  Metrics metrics;
  Gauges gauges;
};

size_t told(const MetricsView& view) {
  size_t count = 0;
  for (const MetricsInterval& interval : view.intervals) count += interval.counts.requests > 0;
  return count;
}

}  // namespace

TEST_CASE("a quantile lies in its bucket, spread evenly, and nothing measured is nothing") {
  Histogram::Counts counts{};
  CHECK_FALSE(quantile(counts, 0.5));
  counts[5] = 100;  // 0.015 to 0.025 s
  CHECK(*quantile(counts, 0.5) == doctest::Approx(0.020));
  CHECK(*quantile(counts, 0.95) == doctest::Approx(0.0245));
  counts[15] = 100;  // 0.75 to 1 s
  CHECK(*quantile(counts, 0.25) == doctest::Approx(0.020));
  CHECK(*quantile(counts, 0.5) == doctest::Approx(0.025));
  CHECK(*quantile(counts, 0.75) == doctest::Approx(0.875));
  counts = {};
  counts.back() = 3;
  CHECK(*quantile(counts, 0.5) == Histogram::kBounds.back());
}

TEST_CASE("what is counted between two samples is in the interval of its time, once") {
  Server server;
  MetricsHistory history = server.make();
  history.load();
  server.metrics.request_done("/api/models", 200, 0.02, false);
  server.metrics.request_done("/api/chat", 502, 3);
  server.metrics.request_done("/api/chat", 429, 0.001);
  server.metrics.first_token(0.4);
  server.metrics.turn_done("openai", "m", used(10, 5));
  server.metrics.error("timeout");
  server.metrics.error("cancelled");
  CHECK(history.view(MetricsRange::kHour).total.counts.requests == 3);  // before any sample
  server.gauges = {2, 1, 4, 3, 2};
  server.pass(history, 3 * kMinute);
  server.metrics.request_done("/api/models", 200, 0.02, false);
  server.gauges.sessions = 1;
  for (int i = 0; i < 3; ++i) history.view(MetricsRange::kHour);  // looking changes nothing
  server.pass(history, kMinute);

  const MetricsView hour = history.view(MetricsRange::kHour);
  REQUIRE(hour.intervals.size() == 60);
  CHECK(hour.step_s == 60);
  CHECK(hour.from_s % 60 == 0);
  CHECK(told(hour) == 2);
  const MetricsInterval& first = hour.intervals[55];  // the one in progress is the last: four minutes are over
  CHECK(first.counts.requests == 3);
  CHECK(first.counts.failed == 1);
  CHECK(first.counts.limited == 1);
  CHECK(first.counts.models.at({"openai", "m"}).input_tokens == 10);
  CHECK(first.counts.errors.size() == 1);  // who leaves is no error
  CHECK(first.counts.errors.at("timeout") == 1);
  CHECK(*quantile(first.counts.responses, 0.5) == doctest::Approx(0.020));
  CHECK(*quantile(first.counts.first_tokens, 0.5) == doctest::Approx(0.425));
  CHECK(first.gauges.windows == 4);
  CHECK(hour.intervals[58].counts.requests == 1);
  CHECK(hour.total.counts.requests == 4);
  CHECK(hour.total.gauges.sessions == 3);
  for (const MetricsRange range : {MetricsRange::kDay, MetricsRange::kWeek}) {
    const MetricsView view = history.view(range);
    CHECK(view.intervals.size() == (range == MetricsRange::kDay ? 96 : 168));
    CHECK(view.total.counts.requests == 4);
    CHECK(view.total.counts.models.at({"openai", "m"}).output_tokens == 5);
  }
}

TEST_CASE("the last minute is the last minute") {
  Server server;
  MetricsHistory history = server.make();
  server.metrics.request_done("/api/models", 200, 0.02, false);
  server.pass(history, 50 * kSecond);
  CHECK(history.last_minute().counts.requests == 1);
  server.pass(history, 20 * kSecond);
  CHECK(history.last_minute().counts.requests == 0);
  server.metrics.request_done("/api/models", 200, 0.02, false);
  CHECK(history.last_minute().counts.requests == 1);  // not sampled yet
}

TEST_CASE("an interval that is written down is read as it was, and damage counts as nothing") {
  MetricsInterval interval;
  interval.counts.requests = 7;
  interval.counts.failed = 2;
  interval.counts.limited = 1;
  interval.counts.responses[3] = 4;
  interval.counts.responses.back() = 1;
  interval.counts.first_tokens[0] = 9;
  interval.counts.models[{"openai", "a \"quoted\" name \xf0\x9f\x90\xa6"}] = {1, 2, 3};
  interval.counts.errors["timeout"] = 5;
  interval.gauges = {1, 2, 3, 4, 5};
  const MetricsInterval back = decode_metrics(encode(interval));
  CHECK(encode(back) == encode(interval));
  CHECK(back.counts.responses == interval.counts.responses);
  CHECK(back.counts.models.size() == 1);
  CHECK(back.gauges.users == 5);
  for (const char* damaged : {"", "{", "[]", "null", R"({"requests":"x","responses":3,"models":[1,[2]],"errors":[]})", R"({"requests":-1,"responses":[[1]],"models":[["a","b",1,2,-3]],"errors":{"a":-1}})"}) {
    CAPTURE(damaged);
    CHECK(decode_metrics(damaged).quiet());
  }
}

TEST_CASE("a restart keeps the hour, the day and the week; minutes before and after it are added up") {
  Server server;
  {
    MetricsHistory history = server.make();
    history.load();
    server.metrics.request_done("/api/models", 200, 0.02, false);
    server.pass(history, kMinute);
    history.save();
    server.metrics.request_done("/api/models", 200, 0.02, false);
    server.pass(history, 20 * kSecond);
    history.sample();
    history.save();
  }
  server.database.reopen();
  Metrics anew;
  MetricsHistory history(anew, *server.database, server.clock, server.database.log(), [] { return Gauges{}; });
  history.load();
  CHECK(history.view(MetricsRange::kHour).total.counts.requests == 2);
  CHECK(told(history.view(MetricsRange::kHour)) == 2);
  anew.request_done("/api/models", 200, 0.02, false);
  server.pass(history, 10 * kSecond);
  history.save();
  for (const MetricsRange range : {MetricsRange::kHour, MetricsRange::kDay, MetricsRange::kWeek}) CHECK(history.view(range).total.counts.requests == 3);
  MetricsHistory third(anew, *server.database, server.clock, server.database.log(), [] { return Gauges{}; });
  third.load();
  for (const MetricsRange range : {MetricsRange::kHour, MetricsRange::kDay}) CHECK(third.view(range).total.counts.requests >= 3);
}

TEST_CASE("old intervals go, here and in the database; a server that nobody asks writes nothing") {
  Server server;
  MetricsHistory history = server.make();
  history.load();
  server.pass(history, 10 * kMinute);
  history.save();
  CHECK(server.rows() == 0);
  for (int hour = 0; hour < 3; ++hour) {
    for (int i = 0; i < 6; ++i) {
      server.metrics.request_done("/api/models", 200, 0.02, false);
      server.pass(history, 10 * kMinute);
      history.save();
    }
  }
  CHECK(history.view(MetricsRange::kHour).total.counts.requests <= 6);
  CHECK(history.view(MetricsRange::kDay).total.counts.requests == 18);
  CHECK(server.rows() <= 18 + 7);  // by five minutes all, by the minute those of an hour
  server.clock.advance_ms(8 * 24 * 60 * kMinute);
  server.metrics.request_done("/api/models", 200, 0.02, false);
  server.pass(history, 10 * kSecond);
  history.save();
  CHECK(history.view(MetricsRange::kWeek).total.counts.requests == 1);
  CHECK(server.rows() == 2);
}

TEST_CASE("a minute in which something happened is stored with its end, by the fiber") {
  Server server;
  MetricsHistory history = server.make();
  history.load();
  server.metrics.request_done("/api/models", 200, 0.02, false);
  server.clock.advance_ms(9'990);  // the fiber waits for the next full ten seconds of this clock, which jumps then
  io::LoopGroup loops(1);
  io::FiberRef fiber = io::spawn(loops.at(0), [&] { history.run(); });
  server.clock.advance_ms(kMinute);
  for (int i = 0; i < 500 && server.rows() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(server.rows() == 2);
  fiber.cancel();
}

TEST_CASE("the administrator's metrics: numbers of the range, and refusals of what is none") {
  ServerParts parts({.mode = auth::AuthMode::kAccounts});
  const http::Headers admin = parts.browser_of(parts.add_user("boss", UserRole::kAdmin));
  parts.metrics.request_done("/api/models", 200, 0.02, false);
  parts.metrics.turn_done("openai", "gpt", used(10, 5));
  parts.metrics.error("timeout");
  for (const char* range : {"hour", "day", "week"}) {
    http::Request request = request_for("GET", "/api/admin/metrics", admin);
    request.query = "range=" + std::string(range);
    const auto response = parts.answer_on_fiber(request);
    REQUIRE(response.status == 200);
    const auto json = json_of(response);
    CHECK(json["range"] == range);
    CHECK(json["total"]["requests"] == 1);
    CHECK(json["total"]["response_p50_ms"] == 20.0);
    CHECK(json["total"]["first_token_p95_ms"].is_null());
    CHECK(json["points"]["answers"].back() == 1);
    CHECK(json["points"]["response_p50_ms"].back() == 20.0);
    CHECK(json["points"]["response_p50_ms"].front().is_null());
    CHECK(json["points"]["users"].size() == (range == std::string("hour") ? 60 : range == std::string("day") ? 96 : 168));
    CHECK(json["models"][0]["model"] == "gpt");
    CHECK(json["errors"][0] == nlohmann::json{{"code", "timeout"}, {"count", 1}});
    CHECK(json["now"]["output_tokens"] == 5);
  }
  for (const char* query : {"range=", "range=year", "range=hour%00"}) {
    http::Request request = request_for("GET", "/api/admin/metrics", admin);
    request.query = query;
    CHECK(parts.answer_on_fiber(request).status == 400);
  }
}

TEST_CASE("the live form sends all and then news, and ends with the server") {
  ServerParts parts;
  http::Request request = request_for("GET", "/api/admin/metrics", {{"Accept", "text/event-stream"}});
  request.query = "range=week";
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    parts.context.ready.store(false);
  });
  const auto response = parts.answer_on_fiber(request);  // returns, although nobody left
  end.join();
  REQUIRE(response.body.starts_with("event: metrics\ndata: {"));
  CHECK(response.body.ends_with("}\n\n"));
  const std::string data = response.body.substr(21, response.body.find('\n', 21) - 21);
  CHECK(nlohmann::json::parse(data)["points"]["requests"].size() == 168);
}
