// How the server did over time: what api/metrics counts, cut into intervals. Every ten seconds a fiber takes the difference to
// the counts before; requests themselves cost nothing more. Bounded: ten-second intervals for an hour, five-minute ones for a
// week, none for times in which nothing happened. Minutes (of the last hour) and five minutes are kept in the database, so
// that a restart does not empty it. Neither names of people nor their words nor addresses are in it. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/database.h"

namespace whinchat::api {

// What is the case at a moment; over a time: the highest of it.
struct Gauges {
  int64_t streams = 0;   // answers that are read as they come
  int64_t turns = 0;     // answers being written
  int64_t windows = 0;   // windows and devices that wait for news
  int64_t sessions = 0;  // sessions and API tokens used in the last limits::kActiveFor
  int64_t users = 0;     // whose these are
};

// What happened within a time. Also the shape in which it is added up and stored.
struct MetricsInterval {
  MetricsTotals counts;
  Gauges gauges;

  void add(const MetricsInterval& other);
  bool quiet() const;  // nobody asked for anything
  bool empty() const;  // quiet, and nobody was there
};

// The text for the database and back; what is damaged or unknown in it counts as nothing.
std::string encode(const MetricsInterval& interval);
MetricsInterval decode_metrics(std::string_view text);

enum class MetricsRange { kHour, kDay, kWeek };
std::optional<MetricsRange> metrics_range(std::string_view word);  // "hour", "day", "week"
std::string_view wire_name(MetricsRange range);

struct MetricsView {
  MetricsRange range = MetricsRange::kHour;
  int64_t step_s = 60;
  int64_t from_s = 0;                     // epoch; where the first interval begins
  std::vector<MetricsInterval> intervals; // step after step; the last one is not over
  MetricsInterval total;
};

class MetricsHistory {
 public:
  // gauges: asked with every sample, on the fiber that runs run(); it may wait.
  MetricsHistory(const Metrics& metrics, store::Database& database, const WallClock& clock, Log& log, std::function<Gauges()> gauges);

  void load();    // what the database keeps; waits. Before run()
  void run();     // the body of a fiber; ends when that is cancelled
  void sample();  // what happened since the last one; waits
  void save();    // writes what is new, and drops what is old; waits

  MetricsView view(MetricsRange range) const;
  MetricsInterval last_minute() const;  // and the gauges of now
  Gauges gauges() const;                // of the last sample

 private:
  using Intervals = std::map<int64_t, MetricsInterval>;  // by their begin, epoch seconds

  MetricsInterval since_sample(const MetricsTotals& totals) const;
  bool due() const;
  void keep(int64_t now_s, const MetricsInterval& interval);
  int64_t now_s() const { return clock_.now().epoch_ms / 1000; }

  const Metrics& metrics_;
  store::Database& database_;
  const WallClock& clock_;
  Log& log_;
  const std::function<Gauges()> ask_gauges_;
  mutable std::mutex mutex_;
  int64_t saved_s_ = 0;          // under mutex_, as all of these: what began later is not in the database
  bool worth_saving_ = false;
  Intervals fine_;
  Intervals coarse_;
  MetricsTotals last_;
  Gauges gauges_;
};

}  // namespace whinchat::api
