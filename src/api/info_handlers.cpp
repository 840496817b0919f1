// The routes that tell how things stand: health, readiness, models, limits, metrics.
#include <nlohmann/json.hpp>

#include "api/error_response.h"
#include "api/json_write.h"
#include "api/routes.h"
#include "api/usage_json.h"
#include "store/ledger.h"

namespace whinchat::api {

namespace {

using nlohmann::ordered_json;

ordered_json model_json(const provider::ModelInfo& model, bool provider_available) {
  ordered_json out{{"id", model.id}, {"name", model.name}, {"available", provider_available && model.available}};
  if (model.context_tokens > 0) out["context_tokens"] = model.context_tokens;
  if (model.output_tokens_max > 0) out["output_tokens_max"] = model.output_tokens_max;
  if (model.input_price >= 0 && model.output_price >= 0) {
    out["price"] = {{"input", model.input_price}, {"output", model.output_price}, {"unit", "USD per million tokens"}};
    if (model.cached_input_price >= 0) out["price"]["cached_input"] = model.cached_input_price;
  }
  if (model.sees_images) out["images"] = *model.sees_images;
  if (!model.shutdown_date.empty()) out["shutdown_date"] = model.shutdown_date;
  return out;
}

// {"per_minute": f(window), ...} in the order of the limiter's windows.
template <class F>
ordered_json by_window(const quota::LimitStatus& status, F value) {
  static constexpr const char* kNames[] = {"per_minute", "per_hour", "per_day"};
  ordered_json out = ordered_json::object();
  for (size_t i = 0; i < status.window_count; ++i) out[kNames[i]] = value(status.windows[i]);
  return out;
}

// What the caller's plan has left, when the caller has one.
std::optional<Error> add_quotas(Context& context, const std::string& user_id, ordered_json& out) {
  if (user_id.empty()) return std::nullopt;
  (void)context.usage.flush();  // else the figures are a moment old
  std::optional<Plan> plan;
  auto quotas = context.database.read([&](store::Connection& connection) -> Result<store::QuotaStates> {
    auto found = store::plan_of_user(connection, user_id);
    if (!found.ok()) return std::move(found).error();
    plan = std::move(found).value();
    return store::quota_states(connection, user_id, context.clock.now().epoch_ms);
  });
  if (!quotas.ok()) return quotas.error();
  if (!plan) return std::nullopt;
  out["plan"] = {{"id", plan->id}, {"name", plan->name}};
  out["quota"] = quotas_json(*quotas);
  return std::nullopt;
}

std::string dump(const ordered_json& json) { return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n"; }

}  // namespace

http::Response handle_health(Context& context, const Call&) {
  std::string out = "{\"status\":\"healthy\",\"version\":";
  append_json_string(out, context.settings.version);
  out += ",\"services\":{\"openai\":";
  const auto configured = [&](std::string_view id) { return context.providers.find(id) ? "true" : "false"; };
  out += std::string(configured("openai")) + ",\"claude\":" + configured("claude");
  for (const auto& entry : context.providers.snapshot()->providers) {
    if (entry.id == "openai" || entry.id == "claude") continue;
    out += ',';
    append_json_string(out, entry.id);
    out += entry.available ? ":true" : ":false";
  }
  return json_response(out + "}}\n");
}

http::Response handle_ready(Context& context, const Call&) {
  if (context.ready.load(std::memory_order_relaxed)) return json_response("{\"status\":\"ready\"}\n");
  return json_response("{\"status\":\"draining\"}\n", 503);
}

http::Response handle_models(Context& context, const Call&) {
  const auto snapshot = context.providers.snapshot();
  ordered_json out{{"openai", ordered_json::array()}, {"claude", ordered_json::array()}};
  ordered_json providers = ordered_json::array();
  for (const auto& entry : snapshot->providers) {
    ordered_json& list = out[entry.id] = ordered_json::array();
    for (const auto& model : entry.models) list.push_back(model_json(model, entry.available));
    ordered_json about{{"id", entry.id}, {"name", entry.name}, {"available", entry.available}};
    if (!entry.reason.empty()) about["reason"] = entry.reason;
    providers.push_back(std::move(about));
  }
  if (const auto usual = context.providers.find("")) {
    out["default"] = {{"provider", std::string(usual->id())}, {"model", usual->default_model()}};
  }
  out["about"] = {{"providers", std::move(providers)}, {"prices_as_of", provider::model_table_date()},
                  {"instructions", !context.settings.prompt.system_prompt_locked}};
  if (const auto writer = context.providers.transcriber()) {
    out["about"]["transcription"] = {{"provider", std::string(writer->name())}, {"bytes_max", limits::kSpeechBytes}};
  }
  return json_response(dump(out));
}

http::Response handle_rate_limit(Context& context, const Call& call) {
  const http::Request& request = call.request;
  const quota::LimitStatus status = context.limiter.peek(limit_key(request, call.who), context.clock.now());
  ordered_json out;
  out["limits"] = {{"per_minute", context.settings.limit_per_minute},
                   {"per_hour", context.settings.limit_per_hour},
                   {"per_day", context.settings.limit_per_day}};
  out["enabled"] = context.limiter.enabled();
  out["remaining"] = by_window(status, [](const quota::WindowStatus& window) { return window.remaining; });
  out["reset"] = by_window(status, [](const quota::WindowStatus& window) { return window.reset_epoch_s; });
  if (auto error = add_quotas(context, call.who.user_id, out)) return error_response(*error);
  return json_response(dump(out));
}

http::Response handle_metrics(Context& context, const Call&) {
  const double uptime_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - context.started).count();
  http::Response response;
  response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  response.body = context.metrics.print(context.server_stats(), context.upstream.stats(), uptime_s);
  return response;
}

}  // namespace whinchat::api
