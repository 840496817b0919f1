// What was used, what is left, and the plans that say how much there is.
#include <map>
#include <nlohmann/json.hpp>

#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "api/usage_json.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "store/accounts_audit.h"
#include "store/ledger.h"

namespace whinchat::api {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kDaysUsual = 30;

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

http::Response json_answer(const ordered_json& value, int status = 200) {
  return json_response(value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n", status);
}

ordered_json amount_json(const store::Amount& amount) {
  return {{"messages", amount.messages}, {"input_tokens", amount.input_tokens}, {"output_tokens", amount.output_tokens}, {"cost_micros", amount.cost_micros}, {"unpriced", amount.unpriced}};
}

void add(store::Amount& to, const store::Amount& amount) {
  to.messages += amount.messages;
  to.input_tokens += amount.input_tokens;
  to.output_tokens += amount.output_tokens;
  to.cost_micros += amount.cost_micros;
  to.unpriced += amount.unpriced;
}

Result<int> days_of(const http::Request& request) {
  auto days = query_integer(request, "days", 1, limits::kUsageDays);
  if (!days.ok()) return std::move(days).error();
  return static_cast<int>(days->value_or(kDaysUsual));
}

// Plan ids stand in addresses and in the settings of users.
bool is_plan_id(std::string_view id) {
  if (id.empty() || id.size() > 32) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

Result<std::optional<int64_t>> limit_field(const json& body, const char* name) {
  const auto place = body.find(name);
  if (place == body.end() || place->is_null()) return std::optional<int64_t>();
  if (!place->is_number_integer() || *place < 0 || *place > limits::kQuotaMax) return bad(std::string(name) + " must be null (no limit) or a whole number from 0 on.");
  return std::optional<int64_t>(place->get<int64_t>());
}

Result<Plan> parse_plan(std::string_view id, std::string_view text) {
  if (!is_plan_id(id)) return bad("A plan's id is at most 32 of a-z, 0-9, - and _.");
  auto body = parse_json(text);
  if (!body.ok()) return std::move(body).error();
  if (!body->is_object()) return bad("The request must be a JSON object.");
  Plan plan;
  plan.id = id;
  const auto name = body->find("name");
  if (name == body->end() || !name->is_string()) return bad("name must be text.");
  plan.name = trim(name->get_ref<const std::string&>());
  if (plan.name.empty() || count_code_points(plan.name) > 64 || escape_for_log(plan.name, 1024) != plan.name) return bad("name must be a line of 1 to 64 characters.");
  const std::pair<const char*, std::optional<int64_t>*> fields[] = {{"messages_day", &plan.messages_day}, {"tokens_day", &plan.tokens_day},
                                                                    {"tokens_month", &plan.tokens_month}, {"cost_month_micros", &plan.cost_month_micros}};
  for (const auto& [field, target] : fields) {
    auto limit = limit_field(*body, field);
    if (!limit.ok()) return std::move(limit).error();
    *target = *limit;
  }
  return plan;
}

}  // namespace

ordered_json plan_json(const Plan& plan) {
  const auto limit = [](const std::optional<int64_t>& value) { return value ? ordered_json(*value) : ordered_json(nullptr); };
  return {{"id", plan.id},
          {"name", plan.name},
          {"messages_day", limit(plan.messages_day)},
          {"tokens_day", limit(plan.tokens_day)},
          {"tokens_month", limit(plan.tokens_month)},
          {"cost_month_micros", limit(plan.cost_month_micros)},
          {"is_default", plan.is_default}};
}

ordered_json quotas_json(const store::QuotaStates& states) {
  ordered_json out;
  for (size_t i = 0; i < store::kQuotas; ++i) {
    const store::QuotaState& state = states[i];
    ordered_json& quota = out[std::string(store::wire_name(static_cast<store::Quota>(i)))];
    quota["limit"] = state.limit ? ordered_json(*state.limit) : ordered_json(nullptr);
    quota["used"] = state.used;
    quota["remaining"] = state.limit ? ordered_json(std::max<int64_t>(*state.limit - state.used, 0)) : ordered_json(nullptr);
    quota["reset_at"] = rfc3339(state.reset_ms);
  }
  return out;
}

http::Response handle_usage(Context& context, const Call& call) {
  auto days = days_of(call.request);
  if (!days.ok()) return error_response(days.error());
  const int64_t now_ms = context.clock.now().epoch_ms;
  struct Own {
    std::vector<store::UsageRow> rows;
    std::optional<Plan> plan;
    store::QuotaStates quotas{};
  };
  (void)context.usage.flush();  // else the figures are a moment old
  auto own = context.database.read([&](store::Connection& connection) -> Result<Own> {
    auto rows = store::usage_of_user(connection, call.who.user_id, *days, now_ms);
    if (!rows.ok()) return std::move(rows).error();
    auto plan = store::plan_of_user(connection, call.who.user_id);
    if (!plan.ok()) return std::move(plan).error();
    auto quotas = store::quota_states(connection, call.who.user_id, now_ms);
    if (!quotas.ok()) return std::move(quotas).error();
    return Own{std::move(rows).value(), std::move(plan).value(), *quotas};
  });
  if (!own.ok()) return error_response(own.error());
  ordered_json list = ordered_json::array();
  for (const store::UsageRow& row : own->rows) {
    ordered_json entry{{"day", row.day}, {"model", row.model}, {"provider", row.provider}};
    entry.update(amount_json(row.amount));
    list.push_back(std::move(entry));
  }
  ordered_json used;
  for (size_t i = 0; i < store::kQuotas; ++i) used[std::string(store::wire_name(static_cast<store::Quota>(i)))] = own->quotas[i].used;
  return json_answer({{"days", std::move(list)}, {"plan", own->plan ? plan_json(*own->plan) : ordered_json(nullptr)}, {"used", std::move(used)}});
}

http::Response handle_admin_usage(Context& context, const Call& call) {
  auto days = days_of(call.request);
  if (!days.ok()) return error_response(days.error());
  const int64_t now_ms = context.clock.now().epoch_ms;
  (void)context.usage.flush();
  auto rows = context.database.read([&](store::Connection& connection) { return store::usage_of_all(connection, *days, now_ms); });
  if (!rows.ok()) return error_response(rows.error());
  std::map<std::string, store::Amount, std::greater<>> by_day;
  std::map<std::string, std::pair<std::string, store::Amount>> by_user;
  std::map<std::pair<std::string, std::string>, store::Amount> by_model;
  store::Amount total;
  for (const store::UsageRow& row : *rows) {
    add(by_day[row.day], row.amount);
    by_user[row.user_id].first = row.user_name;
    add(by_user[row.user_id].second, row.amount);
    add(by_model[{row.provider, row.model}], row.amount);
    add(total, row.amount);
  }
  const auto entry = [](ordered_json head, const store::Amount& amount) {
    head.update(amount_json(amount));
    return head;
  };
  ordered_json out{{"days", ordered_json::array()}, {"users", ordered_json::array()}, {"models", ordered_json::array()}, {"total", amount_json(total)}};
  for (const auto& [day, amount] : by_day) out["days"].push_back(entry({{"day", day}}, amount));
  for (const auto& [id, user] : by_user) out["users"].push_back(entry({{"id", id}, {"name", user.first}}, user.second));
  for (const auto& [model, amount] : by_model) out["models"].push_back(entry({{"provider", model.first}, {"model", model.second}}, amount));
  out["complete"] = static_cast<int>(rows->size()) < limits::kUsageRows;
  return json_answer(out);
}

http::Response handle_list_plans(Context& context, const Call&) {
  auto plans = context.database.read([](store::Connection& connection) { return store::list_plans(connection); });
  if (!plans.ok()) return error_response(plans.error());
  ordered_json list = ordered_json::array();
  for (const Plan& plan : *plans) list.push_back(plan_json(plan));
  return json_answer({{"plans", std::move(list)}});
}

http::Response handle_put_plan(Context& context, const Call& call) {
  auto plan = parse_plan(call.request.param("id"), call.request.body);
  if (!plan.ok()) return error_response(plan.error());
  const int64_t now_ms = context.clock.now().epoch_ms;
  const std::string ip = auth::kept_ip(call.request.client_ip);
  auto stored = context.database.write([&](store::Connection& connection) -> Result<std::optional<Plan>> {
    if (auto put = store::put_plan(connection, *plan, now_ms); !put) return std::move(put).error();
    if (auto noted = store::append_audit(connection, {0, now_ms, call.who.user_id, "plan set", plan->id, ip, ""}); !noted) return noted.error();
    return store::find_plan(connection, plan->id);
  });
  if (!stored.ok()) return error_response(stored.error());
  return json_answer(plan_json(stored->value_or(*plan)));
}

http::Response handle_delete_plan(Context& context, const Call& call) {
  const std::string id(call.request.param("id"));
  if (!is_plan_id(id)) return error_response(404, ErrorCode::kNotFound, "There is no such plan.");
  auto gone = context.database.write([&](store::Connection& connection) -> Result<void> {
    if (auto deleted = store::delete_plan(connection, id); !deleted.ok()) return deleted.error();
    return store::append_audit(connection, {0, context.clock.now().epoch_ms, call.who.user_id, "plan deleted", id, auth::kept_ip(call.request.client_ip), ""});
  });
  if (!gone.ok()) return error_response(gone.error());
  return no_content();
}

}  // namespace whinchat::api
