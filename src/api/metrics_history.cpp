#include "api/metrics_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/limits.h"
#include "io/fiber.h"
#include "store/metric_intervals.h"

namespace whinchat::api {

namespace {

using nlohmann::json;

constexpr int64_t kFineS = 10;
constexpr int64_t kMinuteS = 60;
constexpr int64_t kCoarseS = 300;
constexpr int64_t kHourS = 3600;
constexpr int64_t kWeekS = 7 * 24 * kHourS;

int64_t begin_of(int64_t at_s, int64_t step_s) { return at_s - at_s % step_s; }

void add(Histogram::Counts& to, const Histogram::Counts& more) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += more[i];
}

Histogram::Counts difference(const Histogram::Counts& now, const Histogram::Counts& before) {
  Histogram::Counts out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = now[i] - before[i];
  return out;
}

Gauges highest(const Gauges& a, const Gauges& b) {
  return {std::max(a.streams, b.streams), std::max(a.turns, b.turns), std::max(a.windows, b.windows), std::max(a.sessions, b.sessions), std::max(a.users, b.users)};
}

uint64_t number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// Buckets by their upper bound in ms, so that other bounds can read them: [[25, 3], [0, 1]]; 0: beyond all.
json histogram_json(const Histogram::Counts& counts) {
  json out = json::array();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out.push_back({i < Histogram::kBounds.size() ? Histogram::kBounds[i] * 1000 : 0.0, counts[i]});
  }
  return out;
}

Histogram::Counts histogram_from(const json& object, const char* name) {
  Histogram::Counts out{};
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return out;
  for (const json& pair : *found) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number_unsigned()) continue;
    const double bound = pair[0].get<double>() / 1000 - 1e-9;
    const auto place = std::lower_bound(Histogram::kBounds.begin(), Histogram::kBounds.end(), bound);
    out[bound <= 0 ? Histogram::kBounds.size() : static_cast<size_t>(place - Histogram::kBounds.begin())] += pair[1].get<uint32_t>();
  }
  return out;
}

struct Steps {
  int64_t length_s;
  int64_t step_s;
};
constexpr Steps steps_of(MetricsRange range) {
  return range == MetricsRange::kHour ? Steps{kHourS, kMinuteS} : range == MetricsRange::kDay ? Steps{24 * kHourS, 900} : Steps{kWeekS, kHourS};
}

}  // namespace

std::optional<MetricsRange> metrics_range(std::string_view word) {
  for (const MetricsRange range : {MetricsRange::kHour, MetricsRange::kDay, MetricsRange::kWeek}) {
    if (word == wire_name(range)) return range;
  }
  return std::nullopt;
}

std::string_view wire_name(MetricsRange range) { return range == MetricsRange::kHour ? "hour" : range == MetricsRange::kDay ? "day" : "week"; }

void MetricsInterval::add(const MetricsInterval& other) {
  api::add(counts.responses, other.counts.responses);
  api::add(counts.first_tokens, other.counts.first_tokens);
  counts.requests += other.counts.requests;
  counts.failed += other.counts.failed;
  counts.limited += other.counts.limited;
  for (const auto& [name, more] : other.counts.models) {
    ModelCounts& model = counts.models[name];
    model.answers += more.answers;
    model.input_tokens += more.input_tokens;
    model.output_tokens += more.output_tokens;
  }
  for (const auto& [code, count] : other.counts.errors) counts.errors[code] += count;
  gauges = highest(gauges, other.gauges);
}

bool MetricsInterval::quiet() const { return counts.requests == 0 && counts.models.empty() && counts.errors.empty(); }
bool MetricsInterval::empty() const {
  return quiet() && gauges.streams == 0 && gauges.turns == 0 && gauges.windows == 0 && gauges.sessions == 0;
}

std::string encode(const MetricsInterval& interval) {
  const MetricsTotals& counts = interval.counts;
  json out{{"requests", counts.requests}};
  const std::pair<const char*, uint64_t> numbers[] = {
      {"failed", counts.failed}, {"limited", counts.limited}, {"streams", interval.gauges.streams}, {"turns", interval.gauges.turns},
      {"windows", interval.gauges.windows}, {"sessions", interval.gauges.sessions}, {"users", interval.gauges.users}};
  for (const auto& [name, value] : numbers) {
    if (value > 0) out[name] = value;
  }
  if (json buckets = histogram_json(counts.responses); !buckets.empty()) out["responses"] = std::move(buckets);
  if (json buckets = histogram_json(counts.first_tokens); !buckets.empty()) out["first_tokens"] = std::move(buckets);
  for (const auto& [name, model] : counts.models) {
    out["models"].push_back({name.first, name.second, model.answers, model.input_tokens, model.output_tokens});
  }
  for (const auto& [code, count] : counts.errors) out["errors"][code] = count;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

MetricsInterval decode_metrics(std::string_view text) {
  MetricsInterval out;
  const auto parsed = parse_json(text);
  if (!parsed.ok() || !parsed->is_object()) return out;
  const json& object = *parsed;
  out.counts.requests = number(object, "requests");
  out.counts.failed = number(object, "failed");
  out.counts.limited = number(object, "limited");
  const auto gauge = [&](const char* name) { return static_cast<int64_t>(number(object, name)); };
  out.gauges = {gauge("streams"), gauge("turns"), gauge("windows"), gauge("sessions"), gauge("users")};
  out.counts.responses = histogram_from(object, "responses");
  out.counts.first_tokens = histogram_from(object, "first_tokens");
  for (const json& row : object.value("models", json::array())) {
    if (!row.is_array() || row.size() != 5 || !row[0].is_string() || !row[1].is_string()) continue;
    if (!std::all_of(row.begin() + 2, row.end(), [](const json& value) { return value.is_number_unsigned(); })) continue;
    out.counts.models[{row[0], row[1]}] = {row[2], row[3], row[4]};
  }
  const auto errors = object.find("errors");
  if (errors != object.end() && errors->is_object()) {
    for (const auto& [code, count] : errors->items()) {
      if (count.is_number_unsigned()) out.counts.errors[code] = count;
    }
  }
  return out;
}

MetricsHistory::MetricsHistory(const Metrics& metrics, store::Database& database, const WallClock& clock, Log& log, std::function<Gauges()> gauges)
    : metrics_(metrics), database_(database), clock_(clock), log_(log), ask_gauges_(std::move(gauges)) {}

void MetricsHistory::load() {
  const int64_t now = now_s();
  // By the writer, which is there already: a reader is opened when somebody asks for something.
  auto rows = database_.write([&](store::Connection& connection) -> Result<std::vector<store::MetricRow>> {
    auto minutes = store::list_metrics(connection, kMinuteS, now - kHourS);
    if (!minutes.ok()) return minutes;
    auto all = store::list_metrics(connection, kCoarseS, now - kWeekS);
    if (all.ok()) all->insert(all->end(), std::make_move_iterator(minutes->begin()), std::make_move_iterator(minutes->end()));
    return all;
  });
  if (!rows.ok()) return log_.warning("metrics", "The history of the metrics could not be read; it begins anew", {{"detail", rows.error().detail}});
  std::lock_guard lock(mutex_);
  saved_s_ = begin_of(now, kMinuteS);
  for (const store::MetricRow& row : *rows) {
    if (row.begin_s <= now) (row.span_s == kCoarseS ? coarse_ : fine_)[row.begin_s] = decode_metrics(row.data);
  }
}

void MetricsHistory::run() {
  for (;;) {
    const int64_t now_ms = clock_.now().epoch_ms;
    const auto pause = std::chrono::milliseconds(kFineS * 1000 - now_ms % (kFineS * 1000));
    if (io::this_fiber::sleep_for(pause) == io::Wake::kCancelled) return;
    sample();
    if (due()) save();
  }
}

// With the end of a minute in which somebody asked for something, else with the end of five.
bool MetricsHistory::due() const {
  const int64_t now = now_s();
  std::lock_guard lock(mutex_);
  return begin_of(now, kMinuteS) != saved_s_ && (worth_saving_ || now % kCoarseS < kMinuteS);
}

// Under mutex_.
MetricsInterval MetricsHistory::since_sample(const MetricsTotals& totals) const {
  MetricsInterval out;
  MetricsTotals& counts = out.counts;
  counts.responses = difference(totals.responses, last_.responses);
  counts.first_tokens = difference(totals.first_tokens, last_.first_tokens);
  counts.requests = totals.requests - last_.requests;
  counts.failed = totals.failed - last_.failed;
  counts.limited = totals.limited - last_.limited;
  for (const auto& [name, now] : totals.models) {
    const auto found = last_.models.find(name);
    const ModelCounts before = found == last_.models.end() ? ModelCounts{} : found->second;
    if (now.answers == before.answers) continue;
    counts.models[name] = {now.answers - before.answers, now.input_tokens - before.input_tokens, now.output_tokens - before.output_tokens};
  }
  for (const auto& [code, now] : totals.errors) {
    const auto found = last_.errors.find(code);
    const uint64_t before = found == last_.errors.end() ? 0 : found->second;
    if (now != before && code != wire_name(ErrorCode::kCancelled)) counts.errors[code] = now - before;  // who leaves is no error
  }
  out.gauges = gauges_;
  return out;
}

void MetricsHistory::sample() {
  // A server that nobody uses is not asked who is there.
  const bool quiet = [this] {
    std::lock_guard lock(mutex_);
    return since_sample(metrics_.totals()).empty();
  }();
  const Gauges gauges = quiet ? Gauges{} : ask_gauges_();
  std::lock_guard lock(mutex_);
  MetricsTotals totals = metrics_.totals();  // under the lock: counts taken before another sample would be less than its
  gauges_ = gauges;
  const MetricsInterval interval = since_sample(totals);
  last_ = std::move(totals);
  // What is counted when an interval ends happened before.
  if (!interval.empty()) keep(now_s() - 1, interval);
  worth_saving_ = worth_saving_ || !interval.quiet();
}

// Under mutex_.
void MetricsHistory::keep(int64_t now_s, const MetricsInterval& interval) {
  fine_[begin_of(now_s, kFineS)].add(interval);
  coarse_[begin_of(now_s, kCoarseS)].add(interval);
  fine_.erase(fine_.begin(), fine_.lower_bound(now_s - kHourS - kMinuteS));
  coarse_.erase(coarse_.begin(), coarse_.lower_bound(now_s - kWeekS - kCoarseS));
}

void MetricsHistory::save() {
  const int64_t now = now_s();
  std::vector<store::MetricRow> rows;
  int64_t before = 0;
  {
    std::lock_guard lock(mutex_);
    Intervals minutes;
    for (auto at = fine_.lower_bound(saved_s_); at != fine_.end(); ++at) minutes[begin_of(at->first, kMinuteS)].add(at->second);
    for (const auto& [begin, interval] : minutes) rows.push_back({kMinuteS, begin, encode(interval)});
    for (auto at = coarse_.lower_bound(begin_of(saved_s_, kCoarseS)); at != coarse_.end(); ++at) rows.push_back({kCoarseS, at->first, encode(at->second)});
    before = saved_s_;
    saved_s_ = begin_of(now, kMinuteS);
    worth_saving_ = false;
  }
  if (rows.empty()) return;
  auto saved = database_.write([&](store::Connection& connection) -> Result<void> {
    for (const store::MetricRow& row : rows) {
      if (auto put = store::put_metrics(connection, row); !put) return put;
    }
    if (auto dropped = store::drop_metrics(connection, kMinuteS, now - kHourS - kMinuteS); !dropped) return dropped;
    return store::drop_metrics(connection, kCoarseS, now - kWeekS - kCoarseS);
  });
  if (saved) return;
  {
    std::lock_guard lock(mutex_);
    saved_s_ = std::min(saved_s_, before);  // once more with the next minute
  }
  log_.warning("metrics", "The history of the metrics could not be stored; it is tried again", {{"detail", saved.error().detail}});
}

MetricsView MetricsHistory::view(MetricsRange range) const {
  const Steps steps = steps_of(range);
  MetricsView out{range, steps.step_s, begin_of(now_s(), steps.step_s) + steps.step_s - steps.length_s, {}, {}};
  out.intervals.resize(static_cast<size_t>(steps.length_s / steps.step_s));
  std::lock_guard lock(mutex_);
  const Intervals& kept = range == MetricsRange::kHour ? fine_ : coarse_;
  for (auto at = kept.lower_bound(out.from_s); at != kept.end(); ++at) {
    const size_t index = static_cast<size_t>((at->first - out.from_s) / steps.step_s);
    if (index < out.intervals.size()) out.intervals[index].add(at->second);
  }
  out.intervals.back().add(since_sample(metrics_.totals()));
  for (const MetricsInterval& interval : out.intervals) out.total.add(interval);
  return out;
}

MetricsInterval MetricsHistory::last_minute() const {
  std::lock_guard lock(mutex_);
  MetricsInterval out = since_sample(metrics_.totals());
  for (auto at = fine_.lower_bound(now_s() - kMinuteS); at != fine_.end(); ++at) out.add(at->second);
  return out;
}

Gauges MetricsHistory::gauges() const {
  std::lock_guard lock(mutex_);
  return gauges_;
}

}  // namespace whinchat::api
