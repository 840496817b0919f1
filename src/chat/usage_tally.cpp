#include "chat/usage_tally.h"

#include <utility>

#include "base/limits.h"

namespace whinchat::chat {

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000LL;

void add_to(store::Amount& sum, const store::Amount& more) {
  sum.messages += more.messages;
  sum.input_tokens += more.input_tokens;
  sum.output_tokens += more.output_tokens;
  sum.cost_micros += more.cost_micros;
  sum.unpriced += more.unpriced;
}

}  // namespace

Result<bool> UsageTally::is_unlimited(const std::string& user_id) {
  const auto now = std::chrono::steady_clock::now();
  const uint64_t revision = database_.plans_revision();  // before the plan is read: a change meanwhile is not missed
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(user_id);
    if (known != known_.end() && known->second.revision == revision && now < known->second.until) return known->second.unlimited;
  }
  auto plan = database_.read([&](store::Connection& connection) { return store::plan_of_user(connection, user_id); });
  if (!plan.ok()) return std::move(plan).error();
  const bool unlimited = !*plan || !store::has_limits(**plan);
  std::lock_guard lock(mutex_);
  if (known_.size() >= limits::kPlansKnown) known_.clear();
  known_[user_id] = {unlimited, revision, now + limits::kPlanKnown};
  return unlimited;
}

bool UsageTally::add(const store::Reservation& used) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    const auto key = std::tie(used.user_id, used.provider, used.model);
    const int64_t day = clock_.now().epoch_ms / kDayMs;
    auto place = sums_.find(std::tuple_cat(std::tie(day), key));
    if (place == sums_.end()) {
      if (sums_.size() >= limits::kUsageWaiting) return false;
      first = sums_.empty();
      place = sums_.try_emplace({day, used.user_id, used.provider, used.model}).first;
    }
    add_to(place->second, used.amount);
  }
  if (first) added_.notify();
  return true;
}

void UsageTally::take_back(Sums sums) {
  {
    std::lock_guard lock(mutex_);
    --writing_;
    for (auto& [key, amount] : sums) add_to(sums_[key], amount);
  }
  if (!sums.empty()) added_.notify();  // whoever's flush it was: run() tries again
}

// The sums are taken by the job itself: jobs run in order, so the end of this one is the end of all that were taken before.
Result<void> UsageTally::flush() {
  {
    std::lock_guard lock(mutex_);
    if (sums_.empty() && writing_ == 0) return {};
    ++writing_;
  }
  Sums taken;
  auto written = database_.write([&](store::Connection& connection) -> Result<void> {
    {
      std::lock_guard lock(mutex_);
      taken.swap(sums_);
    }
    for (const auto& [key, amount] : taken) {
      const auto& [day, user_id, provider, model] = key;
      if (auto stored = store::settle(connection, {"", user_id, provider, model, amount}, day * kDayMs); !stored) return stored;
    }
    return {};
  });
  take_back(written ? Sums() : std::move(taken));
  return written;
}

void UsageTally::run() {
  while (added_.wait(io::kNoDeadline) != io::Wake::kCancelled) {
    if (io::this_fiber::sleep_for(limits::kUsageFlushEvery) == io::Wake::kCancelled) return;
    if (auto written = flush(); !written) {
      log_.warning("chat", "Usage could not be stored; it is tried again", {{"code", wire_name(written.error().code)}, {"detail", written.error().detail}});
      if (io::this_fiber::sleep_for(limits::kUsageRetryPause) == io::Wake::kCancelled) return;
    }
  }
}

}  // namespace whinchat::chat
