// How often a client may ask: limits per minute, hour and day, counted together over whatever shares one limiter.
//
// Two strategies.
// - Fixed window, as Flask-Limiter counts: a window begins with the first hit and lasts its period; a refused hit counts in
//   the window that refused it and in the finer ones, not in the coarser; twice the limit can pass around a window's end.
// - Token bucket (GCRA, ITU-T I.371 annex A, 1996): a client may use its limit at once and then gets it back evenly, so at
//   no moment more than limit + rate * time has passed. A refused hit changes nothing, and the wait told is exact.
//
// Memory is a table of 65,536 slots of 32 bytes (2 MiB, touched as it fills) and 192 KiB of fall-back, whatever happens. A
// slot goes to another client only when its state has lapsed, so nothing that still counts is forgotten. When all eight
// slots that a key may take are in use, it shares the fall-back bucket of its neighbourhood: that fails closed.
// Keys are hashed with SipHash under a random key, so that nobody can choose a neighbourhood. Time is the monotonic clock
// (setting the system's clock changes no limit); the epoch only serves the reset time that is shown.
// Thread-safe; a check takes one uncontended lock and looks at five cache lines. No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"

namespace whinchat::quota {

enum class Strategy { kFixedWindow, kTokenBucket };

struct Window {
  int hits_max = 0;      // 1 to 1,000,000
  int64_t period_s = 0;  // 1 s to 1 year
};

inline constexpr size_t kWindowsMax = 3;

struct WindowStatus {
  int limit = 0;
  int64_t period_s = 0;
  int remaining = 0;
  int64_t reset_epoch_s = 0;  // when all of the limit is there again; now, when nothing has been used
  int64_t reset_s = 0;        // the same, from now; rounded up
  int retry_after_s = 0;      // 0 when a hit would pass; rounded up, so that trying then is not too early
};

struct LimitStatus {
  bool allowed = true;
  // The window that refused; when allowed, the finest one. What X-RateLimit-Limit, -Remaining, -Reset and Retry-After say.
  int limit = 0;
  int remaining = 0;
  int64_t reset_epoch_s = 0;
  int retry_after_s = 0;  // 0 when allowed, else at least 1
  size_t window_count = 0;
  std::array<WindowStatus, kWindowsMax> windows{};  // finest first
};

struct RateLimiterOptions {
  std::vector<Window> windows;  // 1 to 3, finest first
  Strategy strategy = Strategy::kFixedWindow;
  bool enabled = true;          // false: counts nothing, allows everything
};

class RateLimiter {
 public:
  explicit RateLimiter(RateLimiterOptions options);
  ~RateLimiter();

  bool enabled() const { return options_.enabled; }

  // The decision, and the hit counted as the strategy says. key: IpAddress::limiter_key() or a user's id.
  LimitStatus check_and_count(std::string_view key, Instant now);
  // How things stand, counting nothing. allowed tells whether a hit now would pass.
  LimitStatus peek(std::string_view key, Instant now) const;

 private:
  struct Table;
  RateLimiterOptions options_;
  SipKey sip_key_;
  std::unique_ptr<Table> table_;
};

}  // namespace whinchat::quota
