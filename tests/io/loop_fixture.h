// Runs code on fibers of real loops and waits for it with a bound.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <future>

#include "io/fiber.h"
#include "io/loop.h"

namespace whinchat::io::test {

using namespace std::chrono_literals;

// Runs body on a new fiber of that loop and waits until it is done, 10 s at most.
inline void on_fiber(Loop& loop, const std::function<void()>& body) {
  std::promise<void> done;
  spawn(loop, [&] {
    body();
    done.set_value();
  });
  REQUIRE(done.get_future().wait_for(10s) == std::future_status::ready);
}

}  // namespace whinchat::io::test
