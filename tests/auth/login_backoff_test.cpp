#include "auth/login_backoff.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::auth;

namespace {

// Seconds to wait, 0 when the try is allowed.
int wait_for(LoginBackoff& backoff, const std::string& account, const ManualClock& clock, const std::string& address = "") {
  auto may = backoff.begin(account, address, clock.now());
  return may.ok() ? 0 : may.error().retry_after_s.value_or(-1);
}

}  // namespace

TEST_CASE("five failures are free, then the wait doubles from 30 s to 15 min and no further") {
  LoginBackoff backoff;
  ManualClock clock;
  for (int i = 0; i < 5; ++i) CHECK(wait_for(backoff, "anna", clock) == 0);
  for (const int wait : {30, 60, 120, 240, 480, 900, 900}) {
    CHECK(wait_for(backoff, "anna", clock) == wait);
    clock.advance_ms(wait * 1000 - 1);
    CHECK(wait_for(backoff, "anna", clock) == 1);
    clock.advance_ms(1);
    CHECK(wait_for(backoff, "anna", clock) == 0);
  }
  CHECK(wait_for(backoff, "bert", clock) == 0);
}

TEST_CASE("a success forgets the failures, a withdrawn try was none, and an hour of quiet forgets them as well") {
  LoginBackoff backoff;
  ManualClock clock;
  for (int i = 0; i < 4; ++i) wait_for(backoff, "anna", clock);
  backoff.succeeded("anna");
  for (int i = 0; i < 5; ++i) CHECK(wait_for(backoff, "anna", clock) == 0);
  CHECK(wait_for(backoff, "anna", clock) == 30);
  clock.advance_ms(3'600'001);
  for (int i = 0; i < 5; ++i) CHECK(wait_for(backoff, "anna", clock) == 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(wait_for(backoff, "bert", clock) == 0);
    backoff.withdraw("bert");
    clock.advance_ms(1000);
  }
}

TEST_CASE("an address may try twenty times a minute, the whole world two hundred times") {
  LoginBackoff backoff;
  ManualClock clock;
  for (int i = 0; i < 20; ++i) CHECK(wait_for(backoff, "name " + std::to_string(i), clock, "192.0.2.1") == 0);
  CHECK(wait_for(backoff, "another", clock, "192.0.2.1") > 0);
  int allowed = 0;
  for (int i = 0; i < 300; ++i) allowed += wait_for(backoff, "name " + std::to_string(100 + i), clock, "198.51.100." + std::to_string(i)) == 0;
  CHECK(allowed == 180);
}

TEST_CASE("setting the system's clock changes no wait") {
  LoginBackoff backoff;
  ManualClock clock;
  for (int i = 0; i < 5; ++i) wait_for(backoff, "anna", clock);
  clock.jump_epoch_ms(86'400'000);
  CHECK(wait_for(backoff, "anna", clock) == 30);
}
