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

std::string_view help_of(std::string_view family) {
  if (family == "whinchat_http_requests_total") return "Requests answered, by route and status.";
  if (family == "whinchat_tokens_total") return "Tokens, by provider, model and direction, as the providers count them.";
  if (family == "whinchat_turns_total") return "Answers of models, by provider and model.";
  return "Errors, by stable code.";
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

void Metrics::count(std::string_view family, const std::string& labels, uint64_t by) {
  std::lock_guard lock(mutex_);
  auto& series = series_[std::string(family)];
  const auto place = series.find(labels);
  if (place != series.end()) place->second += by;
  else series[series.size() < kSeriesMax ? labels : "model=\"other\""] += by;
}

void Metrics::request_done(std::string_view route, int status, double seconds) {
  requests_.observe(seconds);
  count("whinchat_http_requests_total", label("route", route) + "," + label("status", std::to_string(status)));
}

void Metrics::turn_done(std::string_view provider, std::string_view model, const provider::Usage& usage) {
  const std::string who = label("provider", provider) + "," + label("model", model);
  count("whinchat_turns_total", who);
  if (usage.input_tokens > 0) count("whinchat_tokens_total", who + "," + label("direction", "input"), static_cast<uint64_t>(usage.input_tokens));
  if (usage.output_tokens > 0) count("whinchat_tokens_total", who + "," + label("direction", "output"), static_cast<uint64_t>(usage.output_tokens));
}

void Metrics::error(std::string_view code) { count("whinchat_errors_total", label("code", code)); }

std::string Metrics::print(const http::ServerStats& server, const http::Client::Stats& upstream, double uptime_s) const {
  std::string out;
  requests_.print(out, "whinchat_http_request_seconds", "Time from a request's head to the last byte of its answer.");
  first_token_.print(out, "whinchat_first_token_seconds", "Time from asking a provider to the first piece of its answer.");
  {
    std::lock_guard lock(mutex_);
    for (const auto& [family, series] : series_) {
      print_help(out, family, "counter", help_of(family));
      for (const auto& [labels, value] : series) out += family + "{" + labels + "} " + std::to_string(value) + "\n";
    }
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
