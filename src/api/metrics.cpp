#include "api/metrics.h"

#include "base/text.h"

namespace whinchat::api {

namespace {

constexpr size_t kSeriesMax = 200;  // per family: model names come from outside

// Label values: backslash, quote and line feed are escaped.
std::string label(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out + "\"";
}

void print_help(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " + std::string(type) + "\n";
}

void print_value(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
  print_help(out, name, type, help);
  out += std::string(name) + " " + shortest_number(value) + "\n";
}

void print_families(std::string& out, std::string_view family, std::string_view help, const std::map<std::string, uint64_t, std::less<>>& series) {
  if (series.empty()) return;
  print_help(out, family, "counter", help);
  for (const auto& [labels, value] : series) out += std::string(family) + "{" + labels + "} " + std::to_string(value) + "\n";
}

// The count of that name, or of "other" when there are too many names.
template <class Map, class Key>
auto& place(Map& map, const Key& key, const Key& other) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map[map.size() < kSeriesMax ? key : other];
}

}  // namespace

void Histogram::observe(double seconds) {
  size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(static_cast<uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

void Histogram::print(std::string& out, std::string_view name, std::string_view help) const {
  print_help(out, name, "histogram", help);
  uint64_t total = 0;
  for (size_t i = 0; i <= kBounds.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    const std::string bound = i < kBounds.size() ? shortest_number(kBounds[i]) : "+Inf";
    out += std::string(name) + "_bucket{le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  out += std::string(name) + "_sum " + shortest_number(static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6) + "\n";
  out += std::string(name) + "_count " + std::to_string(total) + "\n";
}

Histogram::Counts Histogram::counts() const {
  Counts out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint32_t>(buckets_[i].load(std::memory_order_relaxed));
  return out;
}

std::optional<double> quantile(const Histogram::Counts& counts, double share) {
  uint64_t total = 0;
  for (const uint32_t count : counts) total += count;
  if (total == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    const double count = counts[i];
    const double low = i == 0 ? 0 : Histogram::kBounds[i - 1];
    if (count > 0 && below + count >= wanted) return low + (Histogram::kBounds[i] - low) * (wanted - below) / count;
    below += count;
  }
  return Histogram::kBounds.back();
}

void Metrics::request_done(std::string_view route, int status, double seconds, bool waits) {
  requests_.observe(seconds);
  if (!waits) responses_.observe(seconds);
  if (status >= 500) failed_.fetch_add(1, std::memory_order_relaxed);
  if (status == 429) limited_.fetch_add(1, std::memory_order_relaxed);
  const std::string labels = label("route", route) + "," + label("status", std::to_string(status));
  std::lock_guard lock(mutex_);
  ++place(by_route_, labels, label("route", "other"));
}

void Metrics::turn_done(std::string_view provider, std::string_view model, const provider::Usage& usage) {
  std::lock_guard lock(mutex_);
  ModelCounts& counts = place(models_, ModelName(provider, model), ModelName("", "other"));
  ++counts.answers;
  if (usage.input_tokens > 0) counts.input_tokens += static_cast<uint64_t>(usage.input_tokens);
  if (usage.output_tokens > 0) counts.output_tokens += static_cast<uint64_t>(usage.output_tokens);
}

void Metrics::error(std::string_view code) {
  std::lock_guard lock(mutex_);
  ++place(errors_, std::string(code), std::string("other"));
}

MetricsTotals Metrics::totals() const {
  MetricsTotals out;
  out.responses = responses_.counts();
  out.first_tokens = first_token_.counts();
  for (const uint32_t count : requests_.counts()) out.requests += count;
  out.failed = failed_.load(std::memory_order_relaxed);
  out.limited = limited_.load(std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  out.models = models_;
  out.errors = errors_;
  return out;
}

// Under mutex_.
void Metrics::print_models(std::string& out) const {
  std::map<std::string, uint64_t, std::less<>> answers, tokens;
  for (const auto& [name, counts] : models_) {
    const std::string who = label("provider", name.first) + "," + label("model", name.second);
    answers[who] = counts.answers;
    if (counts.input_tokens > 0) tokens[who + "," + label("direction", "input")] = counts.input_tokens;
    if (counts.output_tokens > 0) tokens[who + "," + label("direction", "output")] = counts.output_tokens;
  }
  print_families(out, "whinchat_tokens_total", "Tokens, by provider, model and direction, as the providers count them.", tokens);
  print_families(out, "whinchat_turns_total", "Answers of models, by provider and model.", answers);
}

std::string Metrics::print(const http::ServerStats& server, const http::Client::Stats& upstream, double uptime_s) const {
  std::string out;
  requests_.print(out, "whinchat_http_request_seconds", "Time from a request's head to the last byte of its answer.");
  responses_.print(out, "whinchat_api_response_seconds", "The same of API calls that wait neither for a model nor for news.");
  first_token_.print(out, "whinchat_first_token_seconds", "Time from asking a provider to the first piece of its answer.");
  {
    std::lock_guard lock(mutex_);
    print_families(out, "whinchat_http_requests_total", "Requests answered, by route and status.", by_route_);
    print_models(out);
    std::map<std::string, uint64_t, std::less<>> errors;
    for (const auto& [code, count] : errors_) errors[label("code", code)] = count;
    print_families(out, "whinchat_errors_total", "Errors, by stable code.", errors);
  }
  print_value(out, "whinchat_rate_limit_hits_total", "counter", "Requests refused by the rate limiter.", static_cast<double>(limit_hits_.load()));
  print_value(out, "whinchat_streams_open", "gauge", "Streamed answers under way.", static_cast<double>(streams_open_.load()));
  print_value(out, "whinchat_connections_open", "gauge", "Client connections.", static_cast<double>(server.connections));
  print_value(out, "whinchat_connections_refused_total", "counter", "Connections over a cap.", static_cast<double>(server.refused_connections));
  print_value(out, "whinchat_requests_running", "gauge", "Requests being answered.", static_cast<double>(server.requests));
  print_value(out, "whinchat_upstream_connections_open", "gauge", "Connections to providers, idle ones included.", static_cast<double>(upstream.open));
  print_value(out, "whinchat_upstream_connections_idle", "gauge", "Connections to providers kept for the next request.", static_cast<double>(upstream.idle));
  print_value(out, "whinchat_upstream_connections_opened_total", "counter", "Connections made to providers.", static_cast<double>(upstream.opened_total));
  print_value(out, "whinchat_upstream_connections_reused_total", "counter", "Requests that found a kept connection.", static_cast<double>(upstream.reused_total));
  print_value(out, "whinchat_uptime_seconds", "gauge", "Since the start.", uptime_s);
  return out;
}

}  // namespace whinchat::api
