#include "quota/window_state.h"

#include <algorithm>

namespace whinchat::quota {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kNsPerS = 1'000'000'000;
constexpr int kCountBits = 20;
constexpr uint64_t kCountMax = (uint64_t{1} << kCountBits) - 1;

struct Fixed {
  int64_t end_ms = 0;
  int64_t hits = 0;
};

// The state as it is now: an ended window is no window.
Fixed fixed_of(WindowWord word, int64_t now_ms) {
  const Fixed state{static_cast<int64_t>(word >> kCountBits), static_cast<int64_t>(word & kCountMax)};
  return state.end_ms <= now_ms ? Fixed{} : state;
}

// Time between two hits at the sustained rate. Rounded up, so that never more than the limit passes in a period.
int64_t interval_ns(const Window& window) {
  return (window.period_s * kNsPerS + window.hits_max - 1) / window.hits_max;
}

// How far the arrival time may lie ahead for a hit to pass: all but the hit's own share of the limit.
int64_t tolerance_ns(const Window& window) { return interval_ns(window) * (window.hits_max - 1); }

int64_t ceil_div(int64_t value, int64_t by) { return (value + by - 1) / by; }

}  // namespace

HitResult hit(Strategy strategy, const Window& window, WindowWord word, int64_t now_ns) {
  if (strategy == Strategy::kTokenBucket) {
    const int64_t arrival_ns = std::max(static_cast<int64_t>(word), now_ns);
    if (arrival_ns - now_ns > tolerance_ns(window)) return {word, false};
    return {static_cast<WindowWord>(arrival_ns + interval_ns(window)), true};
  }
  const int64_t now_ms = now_ns / kNsPerMs;
  Fixed state = fixed_of(word, now_ms);
  if (state.hits == 0) state.end_ms = now_ms + window.period_s * 1000;
  state.hits = std::min<int64_t>(state.hits + 1, kCountMax);
  const WindowWord after = static_cast<WindowWord>(state.end_ms) << kCountBits | static_cast<WindowWord>(state.hits);
  return {after, state.hits <= window.hits_max};
}

bool has_lapsed(Strategy strategy, WindowWord word, int64_t now_ns) {
  if (strategy == Strategy::kTokenBucket) return static_cast<int64_t>(word) <= now_ns;
  return fixed_of(word, now_ns / kNsPerMs).hits == 0;
}

WindowStatus status_of(Strategy strategy, const Window& window, WindowWord word, Instant now) {
  WindowStatus status{window.hits_max, window.period_s, window.hits_max, ceil_div(now.epoch_ms, 1000), 0, 0};
  if (has_lapsed(strategy, word, now.monotonic_ns)) return status;
  int64_t until_reset_ms = 0;
  int64_t wait_ms = 0;
  if (strategy == Strategy::kTokenBucket) {
    const int64_t ahead_ns = static_cast<int64_t>(word) - now.monotonic_ns;
    const int64_t room_ns = tolerance_ns(window) + interval_ns(window) - ahead_ns;
    status.remaining = static_cast<int>(std::clamp<int64_t>(room_ns / interval_ns(window), 0, window.hits_max));
    until_reset_ms = ceil_div(ahead_ns, kNsPerMs);
    wait_ms = ceil_div(std::max<int64_t>(ahead_ns - tolerance_ns(window), 0), kNsPerMs);
  } else {
    const int64_t now_ms = now.monotonic_ns / kNsPerMs;
    const Fixed state = fixed_of(word, now_ms);
    status.remaining = static_cast<int>(std::max<int64_t>(window.hits_max - state.hits, 0));
    until_reset_ms = state.end_ms - now_ms;
    wait_ms = status.remaining == 0 ? until_reset_ms : 0;
  }
  status.reset_epoch_s = ceil_div(now.epoch_ms + until_reset_ms, 1000);
  status.reset_s = ceil_div(until_reset_ms, 1000);
  status.retry_after_s = static_cast<int>(ceil_div(wait_ms, 1000));
  return status;
}

}  // namespace whinchat::quota
