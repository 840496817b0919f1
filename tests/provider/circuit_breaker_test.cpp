#include "provider/circuit_breaker.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::provider;

TEST_CASE("five failures within 30 s begin a pause, which ends when the first of them is 30 s old") {
  ManualClock clock;
  CircuitBreaker breaker(5);
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(breaker.failed(clock.now()));
    CHECK(breaker.wait_s(clock.now()) == 0);
    clock.advance_ms(5'000);
  }
  CHECK(breaker.failed(clock.now()));
  CHECK(breaker.wait_s(clock.now()) == 10);
  clock.advance_ms(9'001);
  CHECK(breaker.wait_s(clock.now()) == 1);
  clock.advance_ms(999);
  CHECK(breaker.wait_s(clock.now()) == 0);
}

TEST_CASE("failures that lie further apart never add up") {
  ManualClock clock;
  CircuitBreaker breaker(5);
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(breaker.failed(clock.now()));
    CHECK(breaker.wait_s(clock.now()) == 0);
    clock.advance_ms(7'500);
  }
}

TEST_CASE("one failure after a pause renews it, one success forgets everything") {
  ManualClock clock;
  CircuitBreaker breaker(5);
  for (int i = 0; i < 5; ++i) {
    breaker.failed(clock.now());
    clock.advance_ms(1'000);
  }
  clock.advance_ms(25'000);  // the first failure is 30 s old
  CHECK(breaker.wait_s(clock.now()) == 0);
  CHECK(breaker.failed(clock.now()));
  CHECK(breaker.wait_s(clock.now()) == 1);
  breaker.succeeded();
  CHECK(breaker.wait_s(clock.now()) == 0);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(breaker.failed(clock.now()));
}

TEST_CASE("a system clock that is set does not move the pause") {
  ManualClock clock;
  CircuitBreaker breaker(5);
  for (int i = 0; i < 5; ++i) breaker.failed(clock.now());
  clock.jump_epoch_ms(-3'600'000);
  CHECK(breaker.wait_s(clock.now()) == 30);
  clock.jump_epoch_ms(7'200'000);
  CHECK(breaker.wait_s(clock.now()) == 30);
}

TEST_CASE("a breaker of no failures never pauses") {
  ManualClock clock;
  CircuitBreaker breaker(0);
  for (int i = 0; i < 50; ++i) CHECK_FALSE(breaker.failed(clock.now()));
  CHECK(breaker.wait_s(clock.now()) == 0);
}
