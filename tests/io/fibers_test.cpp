#include <atomic>
#include <stdexcept>
#include <thread>

#include "io/notify.h"
#include "io/offload.h"
#include "on_fiber.h"

using namespace whinchat::io;
using namespace whinchat::io::test;

namespace {

// Something to wait for without end: nobody ever notifies it.
Wake wait_for_ever() {
  Notify never;
  return never.wait(kNoDeadline);
}

int depth(int n) {
  volatile char room[512];
  room[0] = static_cast<char>(n);
  return n == 0 ? room[0] : depth(n - 1) + 1;
}

}  // namespace

TEST_CASE("a fiber runs, sleeps and ends") {
  LoopGroup loops(1);
  const auto begun = Clock::now();
  Wake wake = Wake::kReady;
  on_fiber(loops.at(0), [&] { wake = this_fiber::sleep_for(30ms); });
  CHECK(wake == Wake::kTimeout);
  CHECK(Clock::now() - begun >= 30ms);
  CHECK(eventually([] { return fiber_count() == 0; }));
}

TEST_CASE("a cancelled fiber's waits return at once, also the later ones, until the reason is cleared") {
  LoopGroup loops(1);
  std::atomic<int> cancelled{0};
  std::atomic<bool> slept{false};
  FiberRef fiber = spawn(loops.at(0), [&] {
    if (wait_for_ever() == Wake::kCancelled) ++cancelled;
    if (wait_for_ever() == Wake::kCancelled) ++cancelled;
    CHECK(this_fiber::cancel_reason() == CancelReason::kDrain);
    this_fiber::clear_cancel();
    slept = this_fiber::sleep_for(1ms) == Wake::kTimeout;
  });
  std::this_thread::sleep_for(10ms);
  fiber.cancel(CancelReason::kDrain);
  CHECK(eventually([&] { return fiber.finished(); }));
  CHECK(cancelled == 2);
  CHECK(slept);
}

TEST_CASE("cancelling before the first wait is not lost") {
  LoopGroup loops(1);
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> cancelled{false};
    FiberRef fiber = spawn(loops.at(0), [&] { cancelled = wait_for_ever() == Wake::kCancelled; });
    fiber.cancel();
    REQUIRE(eventually([&] { return fiber.finished(); }));
    CHECK(cancelled);
  }
}

TEST_CASE("a shorter deadline after a longer one still comes in time") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Notify notify;
    notify.notify();
    CHECK(notify.wait(Clock::now() + 5s) == Wake::kReady);
    const auto begun = Clock::now();
    CHECK(notify.wait(Clock::now() + 20ms) == Wake::kTimeout);
    CHECK(Clock::now() - begun < 2s);
    CHECK(this_fiber::sleep_for(5ms) == Wake::kTimeout);
  });
}

TEST_CASE("notifications from threads and other loops arrive exactly when given") {
  LoopGroup loops(2);
  constexpr int kRounds = 2000;
  Notify ping;
  Notify pong;
  std::promise<void> done;
  spawn(loops.at(0), [&] {
    for (int i = 0; i < kRounds; ++i) {
      ping.notify();
      if (pong.wait(Clock::now() + 5s) != Wake::kReady) break;
      if (i == kRounds - 1) done.set_value();
    }
  });
  spawn(loops.at(1), [&] {
    for (int i = 0; i < kRounds; ++i) {
      if (ping.wait(Clock::now() + 5s) != Wake::kReady) break;
      pong.notify();
    }
  });
  CHECK(done.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(eventually([] { return fiber_count() == 0; }));
}

TEST_CASE("exceptions on two fibers that take turns do not mix") {
  LoopGroup loops(1);
  std::atomic<int> right{0};
  auto thrower = [&](const char* mine) {
    for (int i = 0; i < 50; ++i) {
      try {
        this_fiber::sleep_for(0ms);
        throw std::runtime_error(mine);
      } catch (const std::runtime_error& e) {
        if (std::string(e.what()) == mine) ++right;
      }
      this_fiber::sleep_for(0ms);
    }
  };
  FiberRef a = spawn(loops.at(0), [&] { thrower("a"); });
  FiberRef b = spawn(loops.at(0), [&] { thrower("b"); });
  CHECK(eventually([&] { return a.finished() && b.finished(); }));
  CHECK(right == 100);
}

TEST_CASE("the stack holds calls 48 KB deep, also after it was trimmed") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    constexpr int kCalls = 48 * 1024 / 640;
    CHECK(depth(kCalls) == kCalls);
    this_fiber::trim_stack();
    CHECK(this_fiber::sleep_for(1ms) == Wake::kTimeout);
    CHECK(depth(kCalls) == kCalls);
  });
}

TEST_CASE("thousands of fibers wait at once and all end when the loops stop") {
  auto loops = std::make_unique<LoopGroup>(2);
  std::atomic<int> waiting{0};
  std::atomic<int> cancelled{0};
  constexpr int kFibers = 4000;
  for (int i = 0; i < kFibers; ++i) {
    spawn(loops->next(), [&] {
      ++waiting;
      if (wait_for_ever() == Wake::kCancelled) ++cancelled;
    });
  }
  CHECK(eventually([&] { return waiting == kFibers; }, 60s));
  loops.reset();
  CHECK(cancelled == kFibers);
  CHECK(fiber_count() == 0);
}

TEST_CASE("offloaded work runs elsewhere, gives its value, and is finished even when the fiber is cancelled") {
  WorkerPool pool(2, 4);
  LoopGroup loops(1);
  std::atomic<bool> finished{false};
  std::atomic<bool> still_cancelled{false};
  const auto here = std::this_thread::get_id();
  FiberRef fiber = spawn(loops.at(0), [&] {
    const auto value = offload(pool, [&] {
      std::this_thread::sleep_for(50ms);
      finished = std::this_thread::get_id() != here;
      return 42;
    });
    CHECK(value == 42);
    still_cancelled = this_fiber::cancelled();
  });
  std::this_thread::sleep_for(10ms);
  fiber.cancel();
  CHECK(eventually([&] { return fiber.finished(); }));
  CHECK(finished);
  CHECK(still_cancelled);
}

TEST_CASE("a full worker queue says so instead of waiting") {
  WorkerPool pool(1, 1);
  std::promise<void> go;
  auto gate = go.get_future().share();
  CHECK(pool.submit([gate] { gate.wait(); }));
  std::this_thread::sleep_for(20ms);
  CHECK(pool.submit([] {}));
  CHECK_FALSE(pool.submit([] {}));
  go.set_value();
}

namespace {

class CountingOutput final : public FiberOutput {
 public:
  void flush_before_wait() override { ++flushes; }
  TimePoint next_tick() const override { return last + 10ms; }
  void tick() override {
    ++ticks;
    last = Clock::now();
  }
  int flushes = 0;
  int ticks = 0;
  TimePoint last = Clock::now();
};

}  // namespace

TEST_CASE("output is flushed before a wait and ticks while the wait goes on") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    CountingOutput output;
    this_fiber::set_output(&output);
    CHECK(this_fiber::sleep_for(100ms) == Wake::kTimeout);
    this_fiber::set_output(nullptr);
    CHECK(output.flushes == 1);
    CHECK(output.ticks >= 2);
    CHECK(output.ticks <= 10);
  });
}
