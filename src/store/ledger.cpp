#include "store/ledger.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "base/limits.h"

namespace whinchat::store {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, kQuotas> kNames = {"messages_day", "tokens_day", "tokens_month", "cost_month_micros"};

std::string day_of(int64_t epoch_ms) { return rfc3339(epoch_ms).substr(0, 10); }
std::string month_begin(int64_t epoch_ms) { return rfc3339(epoch_ms).substr(0, 8) + "01"; }
std::string day_before(int64_t now_ms, int days) { return day_of(now_ms - int64_t{days} * 86'400'000); }

int64_t next_day_ms(int64_t now_ms) {
  const auto day = floor<days>(sys_time<milliseconds>(milliseconds(now_ms))) + days(1);
  return duration_cast<milliseconds>(day.time_since_epoch()).count();
}

int64_t next_month_ms(int64_t now_ms) {
  const year_month_day today{floor<days>(sys_time<milliseconds>(milliseconds(now_ms)))};
  const sys_days begin{(today.year() / today.month() + months(1)) / day(1)};
  return duration_cast<milliseconds>(begin.time_since_epoch()).count();
}

Plan plan_from(const Row& row) {
  Plan plan;
  plan.id = row.text(0);
  plan.name = row.text(1);
  plan.messages_day = row.integer_or_null(2);
  plan.tokens_day = row.integer_or_null(3);
  plan.tokens_month = row.integer_or_null(4);
  plan.cost_month_micros = row.integer_or_null(5);
  plan.is_default = row.flag(6);
  return plan;
}

Amount amount_from(const Row& row, int first) {
  return {row.integer(first), row.integer(first + 1), row.integer(first + 2), row.integer(first + 3), row.integer(first + 4)};
}

// Used and reserved on the days from `from` to `to`, both included.
Result<Amount> spent(Connection& connection, const std::string& user_id, const std::string& from, const std::string& to) {
  auto used = one<Amount>(
      connection,
      "SELECT coalesce(sum(messages), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cost_micros), 0), coalesce(sum(unpriced), 0)"
      " FROM (SELECT messages, input_tokens, output_tokens, cost_micros, unpriced FROM usage WHERE user_id = ?1 AND day BETWEEN ?2 AND ?3"
      " UNION ALL SELECT 1, input_tokens, output_tokens, cost_micros, 0 FROM reservation WHERE user_id = ?1 AND day BETWEEN ?2 AND ?3)",
      [](const Row& row) { return amount_from(row, 0); }, user_id, from, to);
  if (!used) return std::move(used).error();
  return used->value_or(Amount{});
}

Error exceeded(Quota quota, int64_t reset_ms, int64_t now_ms) {
  static constexpr const char* kWords[] = {"You have used today's messages of your plan.", "You have used today's tokens of your plan.",
                                           "You have used this month's tokens of your plan.", "You have used this month's budget of your plan."};
  const int64_t wait_s = std::max<int64_t>((reset_ms - now_ms + 999) / 1000, 1);
  return {ErrorCode::kQuotaExceeded, kWords[static_cast<size_t>(quota)], std::string(wire_name(quota)), static_cast<int>(wait_s)};
}

Result<void> add_usage(Connection& connection, const Reservation& used, const std::string& day) {
  const Amount& amount = used.amount;
  return run(connection,
             "INSERT INTO usage (user_id, day, provider, model, messages, input_tokens, output_tokens, cost_micros, unpriced)"
             " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM user WHERE id = ?1)"
             " ON CONFLICT (user_id, day, provider, model) DO UPDATE SET messages = messages + excluded.messages,"
             " input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,"
             " cost_micros = cost_micros + excluded.cost_micros, unpriced = unpriced + excluded.unpriced",
             used.user_id, day, used.provider, used.model, amount.messages, amount.input_tokens, amount.output_tokens, amount.cost_micros, amount.unpriced);
}

}  // namespace

bool has_limits(const Plan& plan) { return plan.messages_day || plan.tokens_day || plan.tokens_month || plan.cost_month_micros; }

std::string_view wire_name(Quota quota) { return kNames[static_cast<size_t>(quota)]; }

#define WHINCHAT_PLAN_COLUMNS "plan.id, plan.name, messages_day, tokens_day, tokens_month, cost_month_micros, is_default"

Result<std::vector<Plan>> list_plans(Connection& connection) {
  return all<Plan>(connection, "SELECT " WHINCHAT_PLAN_COLUMNS " FROM plan ORDER BY is_default DESC, name, id LIMIT ?1", plan_from, limits::kPlans);
}

Result<std::optional<Plan>> find_plan(Connection& connection, const std::string& id) {
  return one<Plan>(connection, "SELECT " WHINCHAT_PLAN_COLUMNS " FROM plan WHERE id = ?1", plan_from, id);
}

Result<std::optional<Plan>> plan_of_user(Connection& connection, const std::string& user_id) {
  return one<Plan>(connection, "SELECT " WHINCHAT_PLAN_COLUMNS " FROM user JOIN plan ON plan.id = user.plan_id WHERE user.id = ?1", plan_from, user_id);
}

Result<void> put_plan(Connection& connection, const Plan& plan, int64_t now_ms) {
  connection.note_plan_change();
  auto updated = run(connection,
                     "UPDATE plan SET name = ?2, messages_day = ?3, tokens_day = ?4, tokens_month = ?5, cost_month_micros = ?6, updated_ms = ?7 WHERE id = ?1",
                     plan.id, plan.name, plan.messages_day, plan.tokens_day, plan.tokens_month, plan.cost_month_micros, now_ms);
  if (!updated || connection.changes() > 0) return updated;
  auto count = one<int64_t>(connection, "SELECT count(*) FROM plan", [](const Row& row) { return row.integer(0); });
  if (!count) return std::move(count).error();
  if (count->value_or(0) >= limits::kPlans) return Error{ErrorCode::kConflict, "There are too many plans already.", ""};
  return run(connection,
             "INSERT INTO plan (id, name, messages_day, tokens_day, tokens_month, cost_month_micros, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             plan.id, plan.name, plan.messages_day, plan.tokens_day, plan.tokens_month, plan.cost_month_micros, now_ms);
}

Result<void> delete_plan(Connection& connection, const std::string& id) {
  auto plan = find_plan(connection, id);
  if (!plan) return std::move(plan).error();
  if (!*plan) return Error{ErrorCode::kNotFound, "There is no such plan.", ""};
  if ((*plan)->is_default) return Error{ErrorCode::kConflict, "New users get this plan: it cannot be deleted.", ""};
  auto used = one<int>(
      connection, "SELECT 1 WHERE EXISTS (SELECT 1 FROM user WHERE plan_id = ?1) OR EXISTS (SELECT 1 FROM invite WHERE plan_id = ?1 AND used_ms IS NULL)",
      [](const Row&) { return 1; }, id);
  if (!used) return std::move(used).error();
  if (*used) return Error{ErrorCode::kConflict, "Users or open invitations have this plan.", ""};
  if (auto forgotten = run(connection, "DELETE FROM invite WHERE plan_id = ?1", id); !forgotten) return forgotten;
  return run(connection, "DELETE FROM plan WHERE id = ?1", id);
}

Result<QuotaStates> quota_states(Connection& connection, const std::string& user_id, int64_t now_ms) {
  auto plan = plan_of_user(connection, user_id);
  if (!plan) return std::move(plan).error();
  const std::string today = day_of(now_ms);
  auto of_day = spent(connection, user_id, today, today);
  if (!of_day) return std::move(of_day).error();
  auto of_month = spent(connection, user_id, month_begin(now_ms), day_of(next_month_ms(now_ms) - 1));
  if (!of_month) return std::move(of_month).error();
  const Plan limits = plan->value_or(Plan{});
  return QuotaStates{QuotaState{limits.messages_day, of_day->messages, next_day_ms(now_ms)},
                     QuotaState{limits.tokens_day, of_day->input_tokens + of_day->output_tokens, next_day_ms(now_ms)},
                     QuotaState{limits.tokens_month, of_month->input_tokens + of_month->output_tokens, next_month_ms(now_ms)},
                     QuotaState{limits.cost_month_micros, of_month->cost_micros, next_month_ms(now_ms)}};
}

Result<void> reserve(Connection& connection, const Reservation& wanted, int64_t now_ms) {
  auto plan = plan_of_user(connection, wanted.user_id);
  if (!plan) return std::move(plan).error();
  if (!*plan) return Error{ErrorCode::kNotFound, "There is no such user.", ""};
  if (!has_limits(**plan)) return {};
  auto states = quota_states(connection, wanted.user_id, now_ms);
  if (!states) return std::move(states).error();
  const int64_t tokens = wanted.amount.input_tokens + wanted.amount.output_tokens;
  const std::array<int64_t, kQuotas> asked = {1, tokens, tokens, wanted.amount.cost_micros};
  for (size_t i = 0; i < kQuotas; ++i) {
    const QuotaState& state = (*states)[i];
    if (state.limit && state.used + asked[i] > *state.limit) return exceeded(static_cast<Quota>(i), state.reset_ms, now_ms);
  }
  return run(connection,
             "INSERT INTO reservation (id, user_id, day, provider, model, input_tokens, output_tokens, cost_micros)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
             wanted.id, wanted.user_id, day_of(now_ms), wanted.provider, wanted.model, wanted.amount.input_tokens, wanted.amount.output_tokens,
             wanted.amount.cost_micros);
}

Result<void> settle(Connection& connection, const Reservation& used, int64_t now_ms) {
  auto day = one<std::string>(
      connection, "DELETE FROM reservation WHERE id = ?1 RETURNING day", [](const Row& row) { return row.text(0); }, used.id);
  if (!day) return std::move(day).error();
  return add_usage(connection, used, day->value_or(day_of(now_ms)));
}

Result<int64_t> settle_left_over(Connection& connection, int64_t now_ms) {
  auto open = all<Reservation>(
      connection, "SELECT id, user_id, provider, model, input_tokens FROM reservation WHERE id NOT IN (SELECT id FROM turn WHERE state = 'running')",
      [](const Row& row) { return Reservation{row.text(0), row.text(1), row.text(2), row.text(3), {1, row.integer(4), 0, 0, 1}}; });
  if (!open) return std::move(open).error();
  for (const Reservation& cut : *open) {
    if (auto settled = settle(connection, cut, now_ms); !settled) return std::move(settled).error();
  }
  return static_cast<int64_t>(open->size());
}

Result<std::vector<UsageRow>> usage_of_user(Connection& connection, const std::string& user_id, int days, int64_t now_ms) {
  return all<UsageRow>(
      connection,
      "SELECT day, provider, model, messages, input_tokens, output_tokens, cost_micros, unpriced FROM usage WHERE user_id = ?1 AND day >= ?2"
      " ORDER BY day DESC, provider, model LIMIT ?3",
      [](const Row& row) { return UsageRow{row.text(0), "", "", row.text(1), row.text(2), amount_from(row, 3)}; }, user_id, day_before(now_ms, days - 1),
      limits::kUsageRows);
}

Result<std::vector<UsageRow>> usage_of_all(Connection& connection, int days, int64_t now_ms) {
  return all<UsageRow>(
      connection,
      "SELECT day, user_id, user.name, provider, model, messages, input_tokens, output_tokens, cost_micros, unpriced FROM usage JOIN user ON user.id = usage.user_id"
      " WHERE day >= ?1 ORDER BY day DESC, user.name, provider, model LIMIT ?2",
      [](const Row& row) { return UsageRow{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), amount_from(row, 5)}; },
      day_before(now_ms, days - 1), limits::kUsageRows);
}

Result<Amount> usage_of_user_month(Connection& connection, const std::string& user_id, int64_t now_ms) {
  return spent(connection, user_id, month_begin(now_ms), day_of(next_month_ms(now_ms) - 1));
}

}  // namespace whinchat::store
