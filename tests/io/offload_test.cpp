#include "io/offload.h"

#include <atomic>
#include <string>

#include "io/on_fiber.h"

using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("work runs on another thread while the loop serves others, and its value comes back") {
  LoopGroup loops(1);
  WorkerPool pool(2, 16);
  std::atomic<int> turns{0};
  on_fiber(loops.at(0), [&] {
    const auto loop_thread = std::this_thread::get_id();
    FiberRef other = spawn(loops.at(0), [&] {
      while (this_fiber::sleep_for(1ms) == Wake::kTimeout) ++turns;
    });
    auto value = offload(pool, [&] {
      CHECK(std::this_thread::get_id() != loop_thread);
      std::this_thread::sleep_for(50ms);
      return std::string("done");
    });
    CHECK(value == "done");
    other.cancel();
    while (!other.finished()) this_fiber::sleep_for(1ms);
  });
  CHECK(turns >= 5);
}

TEST_CASE("a full queue says no at once") {
  LoopGroup loops(1);
  std::atomic<bool> release{false};
  std::atomic<int> running{0};
  WorkerPool pool(1, 2);
  auto block = [&] {
    ++running;
    while (!release) std::this_thread::sleep_for(1ms);
  };
  CHECK(pool.submit(block));
  CHECK(eventually([&] { return running == 1; }));
  CHECK(pool.submit(block));
  CHECK(pool.submit(block));
  CHECK_FALSE(pool.submit(block));
  on_fiber(loops.at(0), [&] { CHECK_FALSE(offload(pool, [] { return 1; }).has_value()); });
  release = true;
  CHECK(eventually([&] { return running == 3; }));
}

TEST_CASE("cancelling does not cut work short, and is seen afterwards") {
  LoopGroup loops(1);
  WorkerPool pool(1, 4);
  std::atomic<bool> started{false};
  std::atomic<bool> worked{false};
  FiberRef fiber = spawn(loops.at(0), [&] {
    CHECK(offload_void(pool, [&] {
      started = true;
      std::this_thread::sleep_for(60ms);
      worked = true;
    }));
    CHECK(worked);
    CHECK(this_fiber::cancel_reason() == CancelReason::kDrain);
    CHECK(this_fiber::sleep_for(10s) == Wake::kCancelled);
    CHECK(offload(pool, [] { return 7; }) == 7);  // also works on a fiber that is cancelled already
    CHECK(this_fiber::cancel_reason() == CancelReason::kDrain);
  });
  CHECK(eventually([&] { return started.load(); }));
  fiber.cancel(CancelReason::kDrain);
  CHECK(eventually([&] { return fiber.finished(); }));
}

TEST_CASE("the end of a pool finishes what is queued") {
  std::atomic<int> done{0};
  {
    WorkerPool pool(2, 100);
    for (int i = 0; i < 50; ++i) CHECK(pool.submit([&] { ++done; }));
  }
  CHECK(done == 50);
}
