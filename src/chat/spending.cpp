#include "chat/spending.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/limits.h"
#include "chat/prompt.h"
#include "provider/cost.h"

namespace whinchat::chat {

namespace {

// Calls of users without limits need no transaction before them.
Result<bool> has_limits(store::Database& database, const std::string& user_id) {
  auto plan = database.read([&](store::Connection& connection) { return store::plan_of_user(connection, user_id); });
  if (!plan.ok()) return std::move(plan).error();
  return *plan && ((*plan)->messages_day || (*plan)->tokens_day || (*plan)->tokens_month || (*plan)->cost_month_micros);
}

}  // namespace

Result<Spending> Spending::begin(store::Database& database, const WallClock& clock, Log& log, const std::string& user_id, const provider::Provider& provider,
                                 const provider::ChatRequest& request, const provider::ModelInfo& about) {
  Spending spending(database, clock, log);
  if (user_id.empty()) {
    spending.database_ = nullptr;
    return spending;
  }
  const int64_t now_ms = clock.now().epoch_ms;
  provider::Usage most;
  most.input_tokens = prompt_tokens(request.system);
  for (const provider::ChatMessage& message : request.messages) most.input_tokens += prompt_tokens(message.content);
  most.output_tokens = request.max_tokens.value_or(limits::kAnswerTokensReserved);
  spending.about_ = about;
  store::Reservation& reservation = spending.reservation_;
  reservation = {make_id(now_ms), user_id, std::string(provider.id()), request.model,
                 {1, most.input_tokens, most.output_tokens, provider::cost_micros(about, most).value_or(0)}};
  auto limited = has_limits(database, user_id);
  if (limited.ok() && *limited) {
    auto reserved = database.write([&](store::Connection& connection) { return store::reserve(connection, reservation, now_ms); });
    if (!reserved) limited = std::move(reserved).error();
  }
  if (!limited.ok()) {
    spending.database_ = nullptr;
    return std::move(limited).error();
  }
  most.output_tokens = 0;
  reservation.amount = {1, most.input_tokens, 0, provider::cost_micros(about, most).value_or(0)};  // until used() knows better
  return spending;
}

Spending::Spending(Spending&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), clock_(other.clock_), log_(other.log_), about_(std::move(other.about_)),
      reservation_(std::move(other.reservation_)) {}

void Spending::settle(const TurnResult& result) {
  const provider::Usage& usage = result.outcome.usage;
  const bool failed = result.outcome.error && result.outcome.error->code != ErrorCode::kCancelled;
  if (failed && result.text_bytes == 0 && usage.output_tokens <= 0) {
    reservation_.amount = {};  // a provider that failed costs nothing
  } else if (usage.output_tokens >= 0 || usage.input_tokens >= 0) {
    reservation_.amount = {1, std::max<int64_t>(usage.input_tokens, 0), std::max<int64_t>(usage.output_tokens, 0), provider::cost_micros(about_, usage).value_or(0)};
  }
  store_it();
}

Spending::~Spending() { store_it(); }

void Spending::store_it() {
  store::Database* database = std::exchange(database_, nullptr);
  if (!database) return;
  const int64_t now_ms = clock_.now().epoch_ms;
  const auto settled = database->write([&](store::Connection& connection) { return store::settle(connection, reservation_, now_ms); });
  if (!settled) log_.warning("chat", "The usage of a call could not be stored", {{"code", wire_name(settled.error().code)}, {"detail", settled.error().detail}});
}

}  // namespace whinchat::chat
