#include "auth/login_backoff.h"

#include <algorithm>

#include "base/limits.h"

namespace whinchat::auth {

namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinuteS = 60;

quota::RateLimiterOptions a_minute(int hits) { return {{{hits, kMinuteS}}, quota::Strategy::kTokenBucket, true}; }

Error too_many(int wait_s) {
  return {ErrorCode::kRateLimited, "Too many tries. Please wait " + std::to_string(wait_s) + " seconds.", "login back-off", wait_s};
}

// After that many failures in a row: 0, then 30 s, 60 s, ... 15 min.
int64_t wait_ns(int failures) {
  int64_t wait = failures < limits::kLoginFailuresFree ? 0 : limits::kLoginBackoffMin.count();
  for (int i = limits::kLoginFailuresFree; i < failures && wait < limits::kLoginBackoffMax.count(); ++i) wait *= 2;
  return std::min<int64_t>(wait, limits::kLoginBackoffMax.count()) * kSecondNs;
}

}  // namespace

LoginBackoff::LoginBackoff() : per_address_(a_minute(limits::kLoginsPerAddress)), in_all_(a_minute(limits::kLoginsInAll)) {}

Result<void> LoginBackoff::begin(const std::string& account, const std::string& address, Instant now) {
  if (!address.empty()) {
    if (const auto status = per_address_.check_and_count(address, now); !status.allowed) return too_many(status.retry_after_s);
  }
  if (const auto status = in_all_.check_and_count("", now); !status.allowed) return too_many(status.retry_after_s);
  std::lock_guard lock(mutex_);
  if (accounts_.size() >= limits::kLoginAccounts) make_room(now.monotonic_ns);
  Account& state = accounts_[account];
  if (now.monotonic_ns - state.last_ns > limits::kLoginFailuresForgotten.count() * kSecondNs) state = Account{};
  if (state.failures > 0 && now.monotonic_ns < state.next_ns) {
    return too_many(static_cast<int>((state.next_ns - now.monotonic_ns + kSecondNs - 1) / kSecondNs));
  }
  ++state.failures;
  state.last_ns = now.monotonic_ns;
  state.next_ns = now.monotonic_ns + wait_ns(state.failures);
  return {};
}

void LoginBackoff::succeeded(const std::string& account) {
  std::lock_guard lock(mutex_);
  accounts_.erase(account);
}

void LoginBackoff::withdraw(const std::string& account) {
  std::lock_guard lock(mutex_);
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  if (--found->second.failures <= 0) accounts_.erase(found);
  else found->second.next_ns = found->second.last_ns + wait_ns(found->second.failures);
}

// What has lapsed goes; if nothing has, the one that was quiet for longest.
void LoginBackoff::make_room(int64_t now_ns) {
  std::erase_if(accounts_, [&](const auto& item) { return now_ns - item.second.last_ns > limits::kLoginFailuresForgotten.count() * kSecondNs; });
  if (accounts_.size() < limits::kLoginAccounts) return;
  accounts_.erase(std::min_element(accounts_.begin(), accounts_.end(), [](const auto& a, const auto& b) { return a.second.last_ns < b.second.last_ns; }));
}

}  // namespace whinchat::auth
