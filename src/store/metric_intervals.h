// The table metric_interval: how the server did, one row for each interval in which something happened. What is in a row is
// the affair of api/metrics_history.h. Called within jobs of Database.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/connection.h"

namespace whinchat::store {

struct MetricRow {
  int64_t span_s = 0;   // how long the interval is
  int64_t begin_s = 0;  // epoch
  std::string data;
};

Result<void> put_metrics(Connection& c, const MetricRow& row);  // replaces the one of that time
Result<std::vector<MetricRow>> list_metrics(Connection& c, int64_t span_s, int64_t since_s);  // oldest first; bounded
Result<void> drop_metrics(Connection& c, int64_t span_s, int64_t before_s);

struct Activity {
  int64_t sessions = 0;  // sessions and API tokens
  int64_t users = 0;     // whose these are
};
Result<Activity> activity_since(Connection& c, int64_t since_ms);

}  // namespace whinchat::store
