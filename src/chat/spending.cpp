#include "chat/spending.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/limits.h"
#include "chat/prompt.h"
#include "provider/cost.h"

namespace whinchat::chat {

namespace {

// Only what is limited needs a transaction before the call, and then an id by which it is settled.
Result<void> reserve(UsageTally& tally, store::Reservation& reservation, int64_t now_ms) {
  auto unlimited = tally.is_unlimited(reservation.user_id);
  if (!unlimited.ok()) return std::move(unlimited).error();
  if (*unlimited) return {};
  if (auto counted = tally.flush(); !counted) return counted;  // of the time before the plan had limits
  reservation.id = make_id(now_ms);
  return tally.database().write([&](store::Connection& connection) { return store::reserve(connection, reservation, now_ms); });
}

store::Amount amount_of(const provider::ModelInfo& about, const provider::Usage& usage) {
  const auto cost = provider::cost_micros(about, usage);
  return {1, std::max<int64_t>(usage.input_tokens, 0), std::max<int64_t>(usage.output_tokens, 0), cost.value_or(0), cost ? 0 : 1};
}

}  // namespace

Result<Spending> Spending::begin(UsageTally& tally, const WallClock& clock, Log& log, const std::string& user_id, const provider::Provider& provider,
                                 const provider::ChatRequest& request, const provider::ModelInfo& about) {
  Spending spending(tally, clock, log);
  if (user_id.empty()) {
    spending.tally_ = nullptr;
    return spending;
  }
  const int64_t now_ms = clock.now().epoch_ms;
  provider::Usage most;
  most.input_tokens = prompt_tokens(request.system);
  for (const provider::ChatMessage& message : request.messages) most.input_tokens += prompt_tokens(message.content);
  most.output_tokens = request.max_tokens.value_or(limits::kAnswerTokensReserved);
  spending.about_ = about;
  store::Reservation& reservation = spending.reservation_;
  reservation = {"", user_id, std::string(provider.id()), request.model,
                 {1, most.input_tokens, most.output_tokens, provider::cost_micros(about, most).value_or(0)}};
  if (auto reserved = reserve(tally, reservation, now_ms); !reserved) {
    spending.tally_ = nullptr;
    return std::move(reserved).error();
  }
  most.output_tokens = 0;
  reservation.amount = amount_of(about, most);  // until settle() knows better
  return spending;
}

Spending::Spending(Spending&& other) noexcept
    : tally_(std::exchange(other.tally_, nullptr)), clock_(other.clock_), log_(other.log_), about_(std::move(other.about_)),
      reservation_(std::move(other.reservation_)) {}

void Spending::settle(const TurnResult& result) {
  const provider::Usage& usage = result.outcome.usage;
  const bool failed = result.outcome.error && result.outcome.error->code != ErrorCode::kCancelled;
  if (failed && result.text_bytes == 0 && usage.output_tokens <= 0) {
    reservation_.amount = {};  // a provider that failed costs nothing
  } else if (usage.output_tokens >= 0 || usage.input_tokens >= 0) {
    reservation_.amount = amount_of(about_, usage);
  }
  store_it();
}

Spending::~Spending() { store_it(); }

void Spending::store_it() {
  UsageTally* tally = std::exchange(tally_, nullptr);
  if (!tally || (reservation_.id.empty() && tally->add(reservation_))) return;
  const int64_t now_ms = clock_.now().epoch_ms;
  const auto settled = tally->database().write([&](store::Connection& connection) { return store::settle(connection, reservation_, now_ms); });
  if (!settled) log_.warning("chat", "The usage of a call could not be stored", {{"code", wire_name(settled.error().code)}, {"detail", settled.error().detail}});
}

}  // namespace whinchat::chat
