#include "io/loop.h"

#include <atomic>

#include "io/notify.h"
#include "io/on_fiber.h"
#include "io/timer.h"

using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("stopping a group cancels the fibers that still wait and joins at once") {
  std::atomic<int> cancelled{0};
  Stopwatch watch;
  {
    LoopGroup loops(2);
    std::atomic<int> waiting{0};
    for (int i = 0; i < 20; ++i) {
      spawn(loops.next(), [&] {
        ++waiting;
        Notify never;
        if (never.wait(kNoDeadline) == Wake::kCancelled && this_fiber::cancel_reason() == CancelReason::kStopped) ++cancelled;
      });
    }
    CHECK(eventually([&] { return waiting == 20; }));
  }
  CHECK(cancelled == 20);
  CHECK(watch.ms() < 1000 * kSlow);
}

TEST_CASE("a fiber that cleans up while its loop stops is waited for") {
  std::atomic<bool> clean{false};
  {
    LoopGroup loops(1);
    std::atomic<bool> waiting{false};
    spawn(loops.at(0), [&] {
      waiting = true;
      this_fiber::sleep_for(60s);
      this_fiber::clear_cancel();
      this_fiber::sleep_for(50ms);
      clean = true;
    });
    CHECK(eventually([&] { return waiting.load(); }));
  }
  CHECK(clean);
}

TEST_CASE("tasks run in the order they were posted, on the loop's thread, outside any fiber") {
  LoopGroup loops(1);
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) loops.at(0).post([&, i] { seen.push_back(i); });
  on_loop(loops.at(0), [&] {
    CHECK(Loop::current() == &loops.at(0));
    CHECK_FALSE(this_fiber::active());
  });
  CHECK(seen.size() == 100);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(Loop::current() == nullptr);
}

TEST_CASE("the loops of a group take turns") {
  LoopGroup loops(3);
  CHECK(loops.size() == 3);
  Loop* first = &loops.next();
  Loop* second = &loops.next();
  Loop* third = &loops.next();
  CHECK(first != second);
  CHECK(second != third);
  CHECK(&loops.next() == first);
}

TEST_CASE("a fiber that never began because its loop stopped is not counted for ever") {
  const long before = fiber_count();
  {
    Loop loop;
    spawn(loop, [] {});
    CHECK(fiber_count() == before + 1);
  }
  CHECK(fiber_count() == before);
}

TEST_CASE("a timer rings once, a second set() replaces the first, and cancel() or the end silences it") {
  LoopGroup loops(1);
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  std::atomic<int> third{0};
  std::unique_ptr<Timer> timer;
  std::unique_ptr<Timer> doomed;
  on_loop(loops.at(0), [&] {
    timer = std::make_unique<Timer>(loops.at(0));
    doomed = std::make_unique<Timer>(loops.at(0));
    timer->set(Clock::now() + 10ms, [&] { ++first; });
    timer->set(Clock::now() + 20ms, [&] { ++second; });
    doomed->set(Clock::now() + 20ms, [&] { ++third; });
    doomed.reset();
  });
  CHECK(eventually([&] { return second == 1; }));
  on_loop(loops.at(0), [&] {
    timer->set(Clock::now() + 10ms, [&] { ++third; });
    timer->cancel();
  });
  std::this_thread::sleep_for(50ms);
  on_loop(loops.at(0), [&] { timer.reset(); });
  CHECK(first == 0);
  CHECK(second == 1);
  CHECK(third == 0);
}

TEST_CASE("a timer may be set anew from its own call") {
  LoopGroup loops(1);
  std::atomic<int> rings{0};
  std::unique_ptr<Timer> timer;
  std::function<void()> ring = [&] {
    if (++rings < 3) timer->set(Clock::now() + 1ms, ring);
  };
  on_loop(loops.at(0), [&] {
    timer = std::make_unique<Timer>(loops.at(0));
    timer->set(Clock::now(), ring);
  });
  CHECK(eventually([&] { return rings == 3; }));
  on_loop(loops.at(0), [&] { timer.reset(); });
}
