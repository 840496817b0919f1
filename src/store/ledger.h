// Plans, what was used of them, and what is set aside for calls that run.
//
// A call reserves before it and settles after it, each in a write job; jobs run one after the other, so any number of calls
// at once get exactly what is left. Days and months are UTC's. What is used counts for the day it was reserved on: a clock
// that is set gives the quota of the days it shows, once each, and those days have used theirs when they really come.
// Functions of a job (see database.h). Money: micro-USD.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/user.h"
#include "store/connection.h"

namespace whinchat::store {

// --- plans ---
Result<std::vector<Plan>> list_plans(Connection& connection);
Result<std::optional<Plan>> find_plan(Connection& connection, const std::string& id);
Result<std::optional<Plan>> plan_of_user(Connection& connection, const std::string& user_id);
Result<void> put_plan(Connection& connection, const Plan& plan, int64_t now_ms);  // is_default is left as it is
// Errors: kNotFound; kConflict while users or invites have it, and for the default one.
Result<void> delete_plan(Connection& connection, const std::string& id);

bool has_limits(const Plan& plan);

// --- quotas ---
enum class Quota : uint8_t { kMessagesDay, kTokensDay, kTokensMonth, kCostMonth };
inline constexpr size_t kQuotas = 4;
std::string_view wire_name(Quota quota);  // "messages_day", "tokens_day", "tokens_month", "cost_month_micros"

struct QuotaState {
  std::optional<int64_t> limit;  // none: unlimited
  int64_t used = 0;              // reservations included
  int64_t reset_ms = 0;          // when it begins anew
};
using QuotaStates = std::array<QuotaState, kQuotas>;  // by Quota
Result<QuotaStates> quota_states(Connection& connection, const std::string& user_id, int64_t now_ms);

struct Amount {
  int64_t messages = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t cost_micros = 0;
  int64_t unpriced = 0;  // of the messages: what they cost nobody knows; not in cost_micros
};

// One call of a model, at most `amount` of it.
struct Reservation {
  std::string id;        // the turn's, or one made for the call
  std::string user_id;
  std::string provider;
  std::string model;
  Amount amount;         // messages: always counted as 1
};

// Error kQuotaExceeded with detail = the quota's wire name and retry_after_s: one of the quotas has nothing left, or less
// than this. A user without limits reserves nothing.
Result<void> reserve(Connection& connection, const Reservation& reservation, int64_t now_ms);

// The reservation goes, what was really used counts. For calls without a reservation as well.
Result<void> settle(Connection& connection, const Reservation& used, int64_t now_ms);

// At the start: calls that a crash cut and that are no turn. What went to the provider counts, the answer does not.
Result<int64_t> settle_left_over(Connection& connection, int64_t now_ms);

// --- usage ---
struct UsageRow {
  std::string day;        // "2026-11-25"
  std::string user_id;    // of usage_of_all alone
  std::string user_name;
  std::string provider;
  std::string model;
  Amount amount;
};
// Newest day first; days: how many, today included.
Result<std::vector<UsageRow>> usage_of_user(Connection& connection, const std::string& user_id, int days, int64_t now_ms);
Result<std::vector<UsageRow>> usage_of_all(Connection& connection, int days, int64_t now_ms);
Result<Amount> usage_of_user_month(Connection& connection, const std::string& user_id, int64_t now_ms);

}  // namespace whinchat::store
