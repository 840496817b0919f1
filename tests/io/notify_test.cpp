#include "io/notify.h"

#include <atomic>

#include "io/on_fiber.h"

using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("a signal given before the wait is there, several count as one, and a wait takes it back") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Notify signal;
    signal.notify();
    signal.notify();
    CHECK(signal.wait(Clock::now() + 10s) == Wake::kReady);
    CHECK(signal.wait(Clock::now() + 10ms) == Wake::kTimeout);
    signal.notify();
    CHECK(signal.wait(Clock::now() + 10s) == Wake::kReady);
  });
}

TEST_CASE("two fibers on two loops pass a signal to and fro 2,000 times and none is lost") {
  LoopGroup loops(2);
  Notify ping;
  Notify pong;
  std::atomic<int> returned{0};
  FiberRef other = spawn(loops.at(1), [&] {
    while (ping.wait(kNoDeadline) == Wake::kReady) pong.notify();
  });
  on_fiber(loops.at(0), [&] {
    for (int i = 0; i < 2000; ++i) {
      ping.notify();
      if (pong.wait(Clock::now() + 10s) == Wake::kReady) ++returned;
    }
  });
  CHECK(returned == 2000);
  other.cancel();
  CHECK(eventually([&] { return other.finished(); }));
}

TEST_CASE("signals from several threads at once wake a fiber until all were seen") {
  LoopGroup loops(1);
  Notify signal;
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        ++given;
        signal.notify();
      }
    });
  }
  on_fiber(loops.at(0), [&] {
    while (given < 1500) CHECK(signal.wait(Clock::now() + 10s) == Wake::kReady);
  });
  for (auto& thread : threads) thread.join();
}

TEST_CASE("a wake-up for a wait that has timed out does not end the next one") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    for (int i = 0; i < 50; ++i) {
      auto signal = std::make_unique<Notify>();
      std::thread late([&, raw = signal.get()] {
        std::this_thread::sleep_for(1ms);
        raw->notify();
      });
      signal->wait(Clock::now() + 1ms);  // either may come first
      Notify other;
      CHECK(other.wait(Clock::now() + 3ms) == Wake::kTimeout);
      late.join();
    }
  });
}
