#include <doctest/doctest.h>

#include "quota/rate_limiter.h"

using namespace whinchat;
using namespace whinchat::quota;

namespace {

const std::vector<Window> kGuide = {{10, 60}, {100, 3600}, {500, 86'400}};
constexpr int64_t kEpochS = 1'800'000'000;  // where ManualClock starts

RateLimiter fixed(std::vector<Window> windows) { return RateLimiter({std::move(windows), Strategy::kFixedWindow, true}); }

int passing(RateLimiter& limiter, const WallClock& clock, int tries, std::string_view key = "client") {
  int passed = 0;
  for (int i = 0; i < tries; ++i) passed += limiter.check_and_count(key, clock.now()).allowed ? 1 : 0;
  return passed;
}

}  // namespace

TEST_CASE("fixed window: exactly the limit passes, and the next hit is told when to come back") {
  ManualClock clock;
  RateLimiter limiter = fixed(kGuide);
  for (int i = 1; i <= 10; ++i) {
    const LimitStatus status = limiter.check_and_count("client", clock.now());
    CAPTURE(i);
    CHECK(status.allowed);
    CHECK(status.limit == 10);
    CHECK(status.remaining == 10 - i);
    CHECK(status.reset_epoch_s == kEpochS + 60);
    CHECK(status.windows[0].reset_s == 61 - i);
    CHECK(status.retry_after_s == 0);
    clock.advance_ms(1000);
  }
  const LimitStatus refused = limiter.check_and_count("client", clock.now());
  CHECK_FALSE(refused.allowed);
  CHECK(refused.limit == 10);
  CHECK(refused.remaining == 0);
  CHECK(refused.reset_epoch_s == kEpochS + 60);
  CHECK(refused.retry_after_s == 50);
}

TEST_CASE("fixed window: the window begins with the first hit, whatever the clock shows") {
  ManualClock clock;
  clock.advance_ms(59'000);  // one second before a full minute of the clock
  RateLimiter limiter = fixed({{2, 60}});
  CHECK(passing(limiter, clock, 3) == 2);
  clock.advance_ms(59'999);
  CHECK(passing(limiter, clock, 1) == 0);
  clock.advance_ms(1);
  CHECK(passing(limiter, clock, 3) == 2);
}

TEST_CASE("fixed window: twice the limit can pass around a window's end") {
  ManualClock clock;
  RateLimiter limiter = fixed({{10, 60}});
  CHECK(passing(limiter, clock, 1) == 1);  // opens the window
  clock.advance_ms(59'999);
  int burst = passing(limiter, clock, 100);
  clock.advance_ms(1);
  burst += passing(limiter, clock, 100);
  CHECK(burst == 19);
}

TEST_CASE("fixed window: a refused hit counts in its window and the finer ones, not in the coarser") {
  ManualClock clock;
  RateLimiter limiter = fixed(kGuide);
  CHECK(passing(limiter, clock, 30) == 10);
  const LimitStatus status = limiter.peek("client", clock.now());
  CHECK(status.windows[0].remaining == 0);
  CHECK(status.windows[1].remaining == 90);
  CHECK(status.windows[2].remaining == 490);
}

TEST_CASE("fixed window: the hour's limit holds over fresh minutes, and is the one that is told") {
  ManualClock clock;
  RateLimiter limiter = fixed(kGuide);
  int passed = 0;
  for (int minute = 0; minute < 30; ++minute) {
    passed += passing(limiter, clock, 10);
    clock.advance_ms(60'000);
  }
  CHECK(passed == 100);
  const LimitStatus refused = limiter.check_and_count("client", clock.now());
  CHECK_FALSE(refused.allowed);
  CHECK(refused.limit == 100);
  CHECK(refused.retry_after_s == 1800);
  CHECK(refused.reset_epoch_s == kEpochS + 3600);
}

TEST_CASE("fixed window: the day's limit holds over fresh hours") {
  ManualClock clock;
  RateLimiter limiter = fixed(kGuide);
  int passed = 0;
  for (int minute = 0; minute < 23 * 60; ++minute) {
    passed += passing(limiter, clock, 10);
    clock.advance_ms(60'000);
  }
  CHECK(passed == 500);
  CHECK(limiter.check_and_count("client", clock.now()).limit == 500);
}

TEST_CASE("peek counts nothing and tells whether a hit would pass") {
  ManualClock clock;
  RateLimiter limiter = fixed(kGuide);
  const LimitStatus fresh = limiter.peek("client", clock.now());
  CHECK(fresh.allowed);
  CHECK(fresh.window_count == 3);
  CHECK(fresh.windows[0].remaining == 10);
  CHECK(fresh.windows[2].limit == 500);
  CHECK(fresh.reset_epoch_s == kEpochS);  // nothing to wait for
  for (int i = 0; i < 50; ++i) CHECK(limiter.peek("client", clock.now()).remaining == 10);
  CHECK(passing(limiter, clock, 10) == 10);
  const LimitStatus used_up = limiter.peek("client", clock.now());
  CHECK_FALSE(used_up.allowed);
  CHECK(used_up.retry_after_s == 60);
}

TEST_CASE("keys are counted apart") {
  ManualClock clock;
  RateLimiter limiter = fixed({{1, 60}});
  for (int i = 0; i < 1000; ++i) CHECK(passing(limiter, clock, 2, "client " + std::to_string(i)) == 1);
}

TEST_CASE("setting the system's clock changes no limit, and never a negative wait") {
  ManualClock clock;
  RateLimiter limiter = fixed({{1, 60}});
  CHECK(passing(limiter, clock, 1) == 1);
  for (const int64_t jump_ms : {-86'400'000LL, 172'800'000LL, -3'600'000LL}) {
    clock.jump_epoch_ms(jump_ms);
    const LimitStatus status = limiter.check_and_count("client", clock.now());
    CHECK_FALSE(status.allowed);
    CHECK(status.retry_after_s == 60);
    CHECK(status.reset_epoch_s == clock.now().epoch_ms / 1000 + 60);
  }
}

TEST_CASE("the wait is rounded up, so that coming back then is not too early") {
  ManualClock clock;
  RateLimiter limiter = fixed({{1, 60}});
  CHECK(passing(limiter, clock, 1) == 1);
  clock.advance_ms(1);
  CHECK(limiter.peek("client", clock.now()).retry_after_s == 60);
  clock.advance_ms(59'998);
  CHECK(limiter.check_and_count("client", clock.now()).retry_after_s == 1);
}

TEST_CASE("a limiter that is switched off counts nothing and still tells the limits") {
  ManualClock clock;
  RateLimiter limiter({kGuide, Strategy::kFixedWindow, false});
  CHECK(passing(limiter, clock, 1000) == 1000);
  CHECK(limiter.peek("client", clock.now()).remaining == 10);
}
