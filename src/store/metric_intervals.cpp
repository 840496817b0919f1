#include "store/metric_intervals.h"

#include "base/limits.h"

namespace whinchat::store {

Result<void> put_metrics(Connection& c, const MetricRow& row) {
  return run(c, "INSERT INTO metric_interval (span_s, begin_s, data) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET data = excluded.data", row.span_s, row.begin_s,
             row.data);
}

Result<std::vector<MetricRow>> list_metrics(Connection& c, int64_t span_s, int64_t since_s) {
  return all<MetricRow>(
      c, "SELECT span_s, begin_s, data FROM metric_interval WHERE span_s = ?1 AND begin_s >= ?2 ORDER BY begin_s LIMIT ?3",
      [](const Row& row) { return MetricRow{row.integer(0), row.integer(1), row.text(2)}; }, span_s, since_s, limits::kMetricRows);
}

Result<void> drop_metrics(Connection& c, int64_t span_s, int64_t before_s) {
  return run(c, "DELETE FROM metric_interval WHERE span_s = ?1 AND begin_s < ?2", span_s, before_s);
}

Result<Activity> activity_since(Connection& c, int64_t since_ms) {
  auto found = one<Activity>(
      c,
      "SELECT count(*), count(DISTINCT user_id) FROM (SELECT user_id FROM session WHERE last_seen_ms >= ?1"
      " UNION ALL SELECT user_id FROM api_token WHERE last_used_ms >= ?1)",
      [](const Row& row) { return Activity{row.integer(0), row.integer(1)}; }, since_ms);
  if (!found.ok()) return std::move(found).error();
  return found->value_or(Activity{});
}

}  // namespace whinchat::store
