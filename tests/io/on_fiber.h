// For tests: bodies that run on fibers, and waiting for what other threads do. Everything ends in bounded time.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "io/fiber.h"
#include "io/loop.h"

namespace whinchat::io::test {

using namespace std::chrono_literals;

// Sanitizers make everything some ten times slower; what is measured in milliseconds gets more room there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kSlow = 6;
#else
inline constexpr int kSlow = 1;
#endif

class Stopwatch {
 public:
  long ms() const { return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count()); }

 private:
  TimePoint began_ = Clock::now();
};

[[noreturn]] inline void give_up(const char* what) {
  std::fprintf(stderr, "%s did not end in time\n", what);
  std::abort();
}

// Runs body on a new fiber and returns when it has ended. CHECK may be used in it, REQUIRE may not: it throws.
inline void on_fiber(Loop& loop, const std::function<void()>& body, std::chrono::seconds limit = 30s) {
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  spawn(loop, [&body, ended] {
    body();
    ended->set_value();
  });
  if (future.wait_for(limit) != std::future_status::ready) give_up("A fiber");
}

// Runs task on the loop's thread, outside any fiber, and waits for its end.
inline void on_loop(Loop& loop, const std::function<void()>& task) {
  std::promise<void> ended;
  loop.post([&] {
    task();
    ended.set_value();
  });
  if (ended.get_future().wait_for(30s) != std::future_status::ready) give_up("A task");
}

// True as soon as the condition holds; false when it still does not after that time.
inline bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = 20'000ms) {
  const TimePoint until = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace whinchat::io::test
