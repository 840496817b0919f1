#include <doctest/doctest.h>

#include <deque>
#include <random>

#include "quota/rate_limiter.h"

using namespace whinchat;
using namespace whinchat::quota;

namespace {

constexpr int64_t kEpochS = 1'800'000'000;  // where ManualClock starts

RateLimiter bucket(std::vector<Window> windows) { return RateLimiter({std::move(windows), Strategy::kTokenBucket, true}); }

int passing(RateLimiter& limiter, const WallClock& clock, int tries) {
  int passed = 0;
  for (int i = 0; i < tries; ++i) passed += limiter.check_and_count("client", clock.now()).allowed ? 1 : 0;
  return passed;
}

}  // namespace

TEST_CASE("token bucket: the limit passes at once, then one hit per share of the period") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}});
  CHECK(passing(limiter, clock, 100) == 10);
  for (int i = 0; i < 5; ++i) {
    clock.advance_ms(5999);
    CHECK(passing(limiter, clock, 1) == 0);
    clock.advance_ms(1);
    CHECK(passing(limiter, clock, 5) == 1);
  }
}

TEST_CASE("token bucket: around a window's end never more than the limit and what has come back") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}});
  CHECK(passing(limiter, clock, 1) == 1);
  clock.advance_ms(59'999);
  int burst = passing(limiter, clock, 100);
  clock.advance_ms(1);
  burst += passing(limiter, clock, 100);
  CHECK(burst == 10);
}

TEST_CASE("token bucket: the wait told is exact") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}});
  CHECK(passing(limiter, clock, 10) == 10);
  const LimitStatus refused = limiter.check_and_count("client", clock.now());
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after_s == 6);
  CHECK(refused.remaining == 0);
  CHECK(refused.reset_epoch_s == kEpochS + 60);
  CHECK(refused.windows[0].reset_s == 60);
  clock.advance_ms(5000);
  CHECK(limiter.check_and_count("client", clock.now()).retry_after_s == 1);
  clock.advance_ms(1000);
  CHECK(limiter.check_and_count("client", clock.now()).allowed);
}

TEST_CASE("token bucket: refused hits change nothing") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}, {15, 3600}});
  CHECK(passing(limiter, clock, 1000) == 10);
  CHECK(limiter.peek("client", clock.now()).windows[1].remaining == 5);
  clock.advance_ms(6000);
  CHECK(passing(limiter, clock, 1000) == 1);
}

TEST_CASE("token bucket: what remains comes back one by one") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}});
  CHECK(passing(limiter, clock, 10) == 10);
  for (int i = 0; i <= 10; ++i) {
    CHECK(limiter.peek("client", clock.now()).remaining == i);
    clock.advance_ms(6000);
  }
  CHECK(limiter.peek("client", clock.now()).remaining == 10);
}

TEST_CASE("token bucket: with limits that do not divide their period, never more than limit + rate * time") {
  // Any window of time t may see at most limit + limit * t / period hits. Checked over every pair of passed hits.
  std::mt19937 random(7);
  for (const Window window : {Window{7, 60}, Window{3, 10}, Window{1000, 3600}, Window{1, 1}, Window{999'983, 86'400}}) {
    ManualClock clock;
    RateLimiter limiter = bucket({window});
    std::deque<int64_t> passed_ms;
    for (int i = 0; i < 1500; ++i) {
      clock.advance_ms(static_cast<int64_t>(random() % static_cast<unsigned>(3000 * window.period_s / window.hits_max + 2)));
      if (limiter.check_and_count("client", clock.now()).allowed) passed_ms.push_back(clock.now().monotonic_ns / 1'000'000);
    }
    int64_t worst_surplus = 0;
    for (size_t first = 0; first < passed_ms.size(); ++first) {
      for (size_t last = first; last < passed_ms.size(); ++last) {
        const int64_t time_ms = passed_ms[last] - passed_ms[first];
        const int64_t allowed = window.hits_max + window.hits_max * (time_ms + 1) / (window.period_s * 1000);
        worst_surplus = std::max(worst_surplus, static_cast<int64_t>(last - first + 1) - allowed);
      }
    }
    CAPTURE(window.hits_max);
    CHECK(passed_ms.size() > 100);
    CHECK(worst_surplus <= 0);
  }
}

TEST_CASE("token bucket: of several limits the longest wait is told") {
  ManualClock clock;
  RateLimiter limiter = bucket({{10, 60}, {10, 3600}});
  CHECK(passing(limiter, clock, 20) == 10);
  const LimitStatus refused = limiter.check_and_count("client", clock.now());
  CHECK(refused.limit == 10);
  CHECK(refused.retry_after_s == 360);
  clock.advance_ms(60'000);
  CHECK(passing(limiter, clock, 20) == 0);  // the minute is free again, the hour is not
  clock.advance_ms(300'000);
  CHECK(passing(limiter, clock, 20) == 1);
}

TEST_CASE("token bucket: setting the system's clock changes no limit") {
  ManualClock clock;
  RateLimiter limiter = bucket({{1, 60}});
  CHECK(passing(limiter, clock, 2) == 1);
  clock.jump_epoch_ms(86'400'000);
  CHECK(passing(limiter, clock, 2) == 0);
  clock.jump_epoch_ms(-172'800'000);
  CHECK(limiter.check_and_count("client", clock.now()).retry_after_s == 60);
}
