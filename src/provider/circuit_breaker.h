// Spares a provider that is down, and the people who would wait for it: after so many failures in a row within
// kBreakerWindow nothing is sent any more until the oldest of them is that long ago. Then the next request goes out as
// usual; if it fails too, the pause goes on, and any sign of life ends it. Thread-safe; one per provider.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"

namespace whinchat::provider {

class CircuitBreaker {
 public:
  explicit CircuitBreaker(size_t failures_max) : failed_at_ns_(failures_max) {}  // 0: never pauses
  int wait_s(Instant now) const;  // 0: ask; else the seconds until it may be asked again, rounded up
  bool failed(Instant now);       // true: this failure began a pause
  void succeeded();

 private:
  int64_t until_ns() const;       // under mutex_

  mutable std::mutex mutex_;
  std::vector<int64_t> failed_at_ns_;  // a ring, 0: none; under mutex_
  size_t oldest_ = 0;                  // under mutex_
};

}  // namespace whinchat::provider
