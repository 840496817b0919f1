#include "api/metrics.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace whinchat;
using namespace whinchat::api;

namespace {

// Reads the text as Prometheus does: name with labels -> value; every family declared once, before its samples.
std::map<std::string, double> read(const std::string& text) {
  std::map<std::string, double> samples;
  std::set<std::string> declared;
  std::istringstream in(text);
  REQUIRE(text.ends_with('\n'));
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) continue;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name, type;
      words >> name >> type;
      CHECK(declared.insert(name).second);
      CHECK((type == "counter" || type == "gauge" || type == "histogram"));
      continue;
    }
    const size_t space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    std::string family = line.substr(0, std::min(line.find('{'), space));
    for (const char* end : {"_bucket", "_sum", "_count"}) {
      if (!declared.count(family) && family.ends_with(end)) family.resize(family.size() - std::string(end).size());
    }
    CHECK(declared.count(family) == 1);
    CHECK(samples.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
  }
  return samples;
}

std::map<std::string, double> read(const Metrics& metrics) { return read(metrics.print({}, {}, 0)); }

}  // namespace

TEST_CASE("a histogram's buckets grow, end with the count, and each value lies in the right one") {
  Metrics metrics;
  for (double seconds : {0.0005, 0.001, 0.0011, 0.3, 60.0, 61.0, 1000.0}) metrics.first_token(seconds);
  const auto samples = read(metrics);
  const auto bucket = [&](const std::string& bound) { return samples.at("whinchat_first_token_seconds_bucket{le=\"" + bound + "\"}"); };
  CHECK(bucket("0.001") == 2);  // a bound belongs to its bucket
  CHECK(bucket("0.0025") == 3);
  CHECK(bucket("0.25") == 3);
  CHECK(bucket("0.5") == 4);
  CHECK(bucket("60") == 5);
  CHECK(bucket("+Inf") == 7);
  CHECK(samples.at("whinchat_first_token_seconds_count") == 7);
  CHECK(samples.at("whinchat_first_token_seconds_sum") == doctest::Approx(1121.3026).epsilon(1e-9));
  double before = 0;
  for (double bound : Histogram::kBounds) {
    std::ostringstream text;
    text << bound;
    CHECK(bucket(text.str()) >= before);
    before = bucket(text.str());
  }
}

TEST_CASE("large counts keep their last digit") {
  http::ServerStats server;
  server.refused_connections = 123'456'789;
  const auto samples = read(Metrics().print(server, {.open = 2, .idle = 1, .opened_total = 10'000'001, .reused_total = 3}, 1'234'567.5));
  CHECK(samples.at("whinchat_connections_refused_total") == 123'456'789);
  CHECK(samples.at("whinchat_upstream_connections_opened_total") == 10'000'001);
  CHECK(samples.at("whinchat_uptime_seconds") == 1'234'567.5);
}

TEST_CASE("tokens are counted by provider, model and direction; what was not told is not counted") {
  Metrics metrics;
  provider::Usage usage;
  usage.input_tokens = 10;
  usage.output_tokens = 3;
  metrics.turn_done("openai", "m", usage);
  metrics.turn_done("openai", "m", usage);
  metrics.turn_done("openai", "n", {});
  const auto samples = read(metrics);
  CHECK(samples.at(R"(whinchat_turns_total{provider="openai",model="m"})") == 2);
  CHECK(samples.at(R"(whinchat_tokens_total{provider="openai",model="m",direction="input"})") == 20);
  CHECK(samples.at(R"(whinchat_tokens_total{provider="openai",model="m",direction="output"})") == 6);
  CHECK(samples.at(R"(whinchat_turns_total{provider="openai",model="n"})") == 1);
  CHECK(samples.count(R"(whinchat_tokens_total{provider="openai",model="n",direction="input"})") == 0);
}

TEST_CASE("label values cannot break out of their quotes or their line") {
  Metrics metrics;
  metrics.error("a\"b\\c\nd");
  const std::string text = metrics.print({}, {}, 0);
  CHECK(text.find("whinchat_errors_total{code=\"a\\\"b\\\\c\\nd\"} 1\n") != std::string::npos);
  read(text);
}

TEST_CASE("names from outside make a bounded number of series, and none is lost from the sum") {
  Metrics metrics;
  for (int i = 0; i < 5'000; ++i) metrics.turn_done("local", "model-" + std::to_string(i), {});
  double sum = 0;
  size_t series = 0;
  for (const auto& [name, value] : read(metrics)) {
    if (!name.starts_with("whinchat_turns_total")) continue;
    ++series;
    sum += value;
  }
  CHECK(series <= 201);
  CHECK(sum == 5'000);
}

TEST_CASE("streams, limit hits and errors are seen at once") {
  Metrics metrics;
  const Metrics::OpenStream open(metrics);
  { const Metrics::OpenStream over(metrics); }
  metrics.limit_hit();
  metrics.error("timeout");
  const auto samples = read(metrics);
  CHECK(samples.at("whinchat_streams_open") == 1);
  CHECK(samples.at("whinchat_rate_limit_hits_total") == 1);
  CHECK(samples.at("whinchat_errors_total{code=\"timeout\"}") == 1);
}

TEST_CASE("counts from many threads add up") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) metrics.request_done("/api/chat", 200, 0.002);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto samples = read(metrics);
  CHECK(samples.at(R"(whinchat_http_requests_total{route="/api/chat",status="200"})") == 8'000);
  CHECK(samples.at("whinchat_http_request_seconds_count") == 8'000);
  CHECK(samples.at("whinchat_http_request_seconds_sum") == doctest::Approx(16));
}
