// The monotonic clock that every deadline uses.
#pragma once

#include <chrono>

namespace whinchat::io {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

inline constexpr TimePoint kNoDeadline = TimePoint::max();

}  // namespace whinchat::io
