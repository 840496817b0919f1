// Counters and histograms, and their text for Prometheus. Thread-safe; a count is one relaxed atomic add, a labelled one a
// short lock. Source: Prometheus text exposition format 0.0.4.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "http/client.h"
#include "http/server.h"
#include "provider/provider.h"

namespace whinchat::api {

// Seconds, in the usual steps for web latencies and model answers.
class Histogram {
 public:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
  void observe(double seconds);
  void print(std::string& out, std::string_view name, std::string_view help) const;

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<uint64_t> sum_us_{0};
};

class Metrics {
 public:
  void request_done(std::string_view route, int status, double seconds);
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

 private:
  void count(std::string_view family, const std::string& labels, uint64_t by = 1);

  Histogram requests_;
  Histogram first_token_;
  std::atomic<uint64_t> limit_hits_{0};
  std::atomic<int64_t> streams_open_{0};
  mutable std::mutex mutex_;
  // "family{labels}" in families; bounded: when kSeriesMax exist, new ones are counted as "other". Under mutex_.
  std::map<std::string, std::map<std::string, uint64_t>, std::less<>> series_;
};

}  // namespace whinchat::api
