// Counters and histograms, and their text for Prometheus. Thread-safe; a count is one relaxed atomic add, a labelled one a
// short lock. Source: Prometheus text exposition format 0.0.4.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/client.h"
#include "http/server.h"
#include "provider/provider.h"

namespace whinchat::api {

// Seconds, in steps that suit web latencies and model answers: each at most twice the one before, but at the ends.
class Histogram {
 public:
  static constexpr std::array<double, 24> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25,
                                                     0.35,  0.5,    0.75,  1,    1.5,   2.5,   3.5,   5,    7.5,   10,  20,   60};
  using Counts = std::array<uint32_t, kBounds.size() + 1>;  // by bucket; the last one holds what took longer than all bounds
  void observe(double seconds);
  void print(std::string& out, std::string_view name, std::string_view help) const;
  Counts counts() const;

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<uint64_t> sum_us_{0};
};

// Below which time (seconds) that share of the values lies, 0 < share < 1, as if each bucket's values were spread evenly.
// Nothing: there are no values. Beyond the last bound: that bound.
std::optional<double> quantile(const Histogram::Counts& counts, double share);

struct ModelCounts {
  uint64_t answers = 0;
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
};
using ModelName = std::pair<std::string, std::string>;  // provider, model

// What was counted since the start. Differences of two of them say what happened in between (metrics_history.h).
struct MetricsTotals {
  Histogram::Counts responses{};  // answers to API calls that wait neither for a model nor for news
  Histogram::Counts first_tokens{};
  uint64_t requests = 0;          // all of them, files as well
  uint64_t failed = 0;            // with a status of 500 and more
  uint64_t limited = 0;           // with 429
  std::map<ModelName, ModelCounts> models;
  std::map<std::string, uint64_t, std::less<>> errors;  // by stable code
};

class Metrics {
 public:
  // waits: for a model or for news, so that its time says nothing about the server.
  void request_done(std::string_view route, int status, double seconds, bool waits = true);
  void first_token(double seconds) { first_token_.observe(seconds); }
  void turn_done(std::string_view provider, std::string_view model, const provider::Usage& usage);
  void error(std::string_view code);
  void limit_hit() { limit_hits_.fetch_add(1, std::memory_order_relaxed); }
  // Counts one streamed answer for as long as it lives, however the answer ends.
  class OpenStream {
   public:
    explicit OpenStream(Metrics& metrics) : metrics_(metrics) { metrics_.streams_open_.fetch_add(1, std::memory_order_relaxed); }
    ~OpenStream() { metrics_.streams_open_.fetch_sub(1, std::memory_order_relaxed); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

   private:
    Metrics& metrics_;
  };

  std::string print(const http::ServerStats& server, const http::Client::Stats& upstream, double uptime_s) const;
  MetricsTotals totals() const;
  int64_t streams_open() const { return streams_open_.load(std::memory_order_relaxed); }

 private:
  void print_models(std::string& out) const;

  Histogram requests_;
  Histogram responses_;
  Histogram first_token_;
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> limited_{0};
  std::atomic<uint64_t> limit_hits_{0};
  std::atomic<int64_t> streams_open_{0};
  mutable std::mutex mutex_;
  // Under mutex_, and bounded: when kSeriesMax exist, new names are counted as "other".
  std::map<std::string, uint64_t, std::less<>> by_route_;  // labels of route and status
  std::map<ModelName, ModelCounts> models_;
  std::map<std::string, uint64_t, std::less<>> errors_;
};

}  // namespace whinchat::api
