#include "provider/circuit_breaker.h"

#include <algorithm>

namespace whinchat::provider {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
constexpr int64_t kWindowNs = std::chrono::nanoseconds(limits::kBreakerWindow).count();

}  // namespace

int64_t CircuitBreaker::until_ns() const {
  const int64_t oldest_ns = failed_at_ns_.empty() ? 0 : failed_at_ns_[oldest_];
  return oldest_ns == 0 ? 0 : oldest_ns + kWindowNs;
}

int CircuitBreaker::wait_s(Instant now) const {
  const std::lock_guard lock(mutex_);
  const int64_t left_ns = std::max<int64_t>(until_ns() - now.monotonic_ns, 0);
  return static_cast<int>((left_ns + kNsPerS - 1) / kNsPerS);
}

bool CircuitBreaker::failed(Instant now) {
  const std::lock_guard lock(mutex_);
  if (failed_at_ns_.empty()) return false;
  const bool paused = until_ns() > now.monotonic_ns;
  failed_at_ns_[oldest_] = std::max<int64_t>(now.monotonic_ns, 1);
  oldest_ = (oldest_ + 1) % failed_at_ns_.size();
  return !paused && until_ns() > now.monotonic_ns;
}

void CircuitBreaker::succeeded() {
  const std::lock_guard lock(mutex_);
  std::fill(failed_at_ns_.begin(), failed_at_ns_.end(), 0);
}

}  // namespace whinchat::provider
