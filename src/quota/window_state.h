// One client's state in one window, in 64 bits, and what a hit does to it. Pure arithmetic; zero is "nothing counted".
//
// Fixed window: the end of the window in monotonic milliseconds (44 bits) and the hits in it (20 bits).
// Token bucket: GCRA's theoretical arrival time in monotonic nanoseconds.
// Internal to quota.
#pragma once

#include <cstdint>

#include "quota/rate_limiter.h"

namespace whinchat::quota {

using WindowWord = uint64_t;

struct HitResult {
  WindowWord word = 0;  // the state after the hit
  bool allowed = true;
};

// now_ns is monotonic and at least 1.
HitResult hit(Strategy strategy, const Window& window, WindowWord word, int64_t now_ns);

// No trace of earlier hits is left: the slot may go to somebody else.
bool has_lapsed(Strategy strategy, WindowWord word, int64_t now_ns);

WindowStatus status_of(Strategy strategy, const Window& window, WindowWord word, Instant now);

}  // namespace whinchat::quota
