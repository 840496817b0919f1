#include "io/fiber.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/notify.h"
#include "io/on_fiber.h"

using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("a fiber runs to its end and is counted while it lives") {
  LoopGroup loops(1);
  Notify go;
  const long before = fiber_count();
  std::atomic<bool> ran{false};
  FiberRef fiber = spawn(loops.at(0), [&] {
    CHECK(this_fiber::active());
    go.wait(kNoDeadline);
    ran = true;
  });
  CHECK(fiber_count() == before + 1);
  CHECK_FALSE(fiber.finished());
  go.notify();
  CHECK(eventually([&] { return fiber.finished() && fiber_count() == before; }));
  CHECK(ran);
  CHECK_FALSE(this_fiber::active());
  CHECK(FiberRef().finished());
}

TEST_CASE("what a body captured is destroyed when the fiber ends, although a reference to it is kept") {
  LoopGroup loops(1);
  auto captured = std::make_shared<int>(1);
  FiberRef fiber = spawn(loops.at(0), [captured] { CHECK(*captured == 1); });
  CHECK(eventually([&] { return fiber.finished() && captured.use_count() == 1; }));
}

TEST_CASE("a sleep lasts as long as asked, and one in the past ends at once") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Stopwatch watch;
    CHECK(this_fiber::sleep_for(40ms) == Wake::kTimeout);
    CHECK(watch.ms() >= 39);
    CHECK(watch.ms() < 40 + 100 * kSlow);
    CHECK(this_fiber::sleep_until(Clock::now() - 1s) == Wake::kTimeout);
  });
}

TEST_CASE("sleepers wake in the order of their deadlines, also when a later wait is shorter than an earlier one") {
  LoopGroup loops(1);
  std::vector<int> order;
  std::atomic<int> ended{0};
  for (int delay : {90, 30, 60}) {
    spawn(loops.at(0), [&, delay] {
      this_fiber::sleep_for(std::chrono::milliseconds(delay));
      order.push_back(delay);
      this_fiber::sleep_for(5ms);  // earlier than what the timer was armed for would be, had it not been spent
      order.push_back(delay);
      ++ended;
    });
  }
  CHECK(eventually([&] { return ended == 3; }));
  CHECK(order == std::vector<int>{30, 30, 60, 60, 90, 90});
}

TEST_CASE("a deadline that moves on again and again does not fire early, and a nearer one fires in time") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Notify never;
    Stopwatch watch;
    for (int i = 0; i < 5; ++i) CHECK(never.wait(Clock::now() + 20ms) == Wake::kTimeout);
    CHECK(watch.ms() >= 99);
    CHECK(never.wait(Clock::now() + 30ms) == Wake::kTimeout);
    Notify ready;
    ready.notify();
    CHECK(ready.wait(Clock::now() + 10s) == Wake::kReady);  // leaves no timer behind that would end the next wait
    watch = Stopwatch();
    CHECK(this_fiber::sleep_for(50ms) == Wake::kTimeout);
    CHECK(watch.ms() >= 49);
  });
}

TEST_CASE("cancelling ends the wait under way and every later one, until it is cleared") {
  LoopGroup loops(1);
  std::atomic<int> step{0};
  FiberRef fiber = spawn(loops.at(0), [&] {
    step = 1;
    CHECK(this_fiber::sleep_for(20s) == Wake::kCancelled);
    CHECK(this_fiber::cancelled());
    CHECK(this_fiber::cancel_reason() == CancelReason::kReaderGone);
    CHECK(this_fiber::sleep_for(20s) == Wake::kCancelled);
    this_fiber::clear_cancel();
    CHECK_FALSE(this_fiber::cancelled());
    CHECK(this_fiber::sleep_for(20ms) == Wake::kTimeout);
    step = 2;
  });
  CHECK(eventually([&] { return step == 1; }));
  Stopwatch watch;
  fiber.cancel(CancelReason::kReaderGone);
  fiber.cancel(CancelReason::kStopped);  // the first reason stays
  CHECK(eventually([&] { return fiber.finished(); }));
  CHECK(step == 2);
  CHECK(watch.ms() < 100 + 200 * kSlow);
  fiber.cancel();  // harmless now
}

TEST_CASE("a fiber that is cancelled before it began still runs, and its waits say so") {
  LoopGroup loops(1);
  FiberRef fiber;
  std::atomic<bool> ran{false};
  on_loop(loops.at(0), [&] {
    fiber = spawn(loops.at(0), [&] {
      CHECK(this_fiber::cancelled());
      CHECK(this_fiber::sleep_for(10s) == Wake::kCancelled);
      ran = true;
    });
    fiber.cancel();
  });
  CHECK(eventually([&] { return fiber.finished(); }));
  CHECK(ran);
}

TEST_CASE("a cancellation that was cleared does not end a later wait") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    this_fiber::self().cancel();  // its wake-up is queued now, and stale after the next line
    this_fiber::clear_cancel();
    CHECK(this_fiber::sleep_for(30ms) == Wake::kTimeout);
  });
}

TEST_CASE("exceptions are thrown and caught on two fibers at once, across switches between them") {
  LoopGroup loops(1);
  std::atomic<int> ended{0};
  std::atomic<int> wrong{0};
  auto body = [&](const std::string& mine) {
    for (int i = 0; i < 200; ++i) {
      try {
        struct SleepsWhileUnwinding {
          ~SleepsWhileUnwinding() { this_fiber::sleep_for(std::chrono::microseconds(50)); }
        } guard;
        throw std::runtime_error(mine + std::to_string(i));
      } catch (const std::runtime_error& e) {
        if (e.what() != mine + std::to_string(i)) ++wrong;
        if (std::uncaught_exceptions() != 0) ++wrong;
      }
    }
    ++ended;
  };
  spawn(loops.at(0), [&] { body("first "); });
  spawn(loops.at(0), [&] { body("second "); });
  CHECK(eventually([&] { return ended == 2; }, 20s));
  CHECK(wrong == 0);
}

namespace {

// Returns through every frame, so that none can be folded away.
int descend(int levels, volatile char* above) {
  volatile char frame[512];
  frame[0] = static_cast<char>(levels);
  if (above) frame[1] = above[0];
  return levels == 0 ? frame[0] : descend(levels - 1, frame) + frame[0] * 0 + 1;
}

}  // namespace

TEST_CASE("a fiber's stack holds 64 KB of calls") {
  LoopGroup loops(1);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const int levels = 40;  // frames are several times as large there
#else
  const int levels = 64 * 1024 / 560;
#endif
  on_fiber(loops.at(0), [&] { CHECK(descend(levels, nullptr) == levels); });
}

TEST_CASE("8,000 fibers wait at once and all are woken") {
#if defined(__SANITIZE_THREAD__)
  const int count = 2000;  // the sanitizer knows 8,128 threads and fibers in all
#else
  const int count = 8000;
#endif
  LoopGroup loops(2);
  std::atomic<int> waiting{0};
  std::atomic<int> woken{0};
  std::vector<FiberRef> fibers;
  for (int i = 0; i < count; ++i) {
    fibers.push_back(spawn(loops.next(), [&] {
      ++waiting;
      if (this_fiber::sleep_for(60s) == Wake::kCancelled) ++woken;
    }));
  }
  CHECK(eventually([&] { return waiting == count; }, 20s));
  for (const FiberRef& fiber : fibers) fiber.cancel();
  CHECK(eventually([&] { return woken == count; }, 20s));
}

namespace {

// Writes down what a fiber asks of its output.
class RecordingOutput final : public FiberOutput {
 public:
  void flush_before_wait() override {
    ++flushes;
    if (sleep_in_flush) this_fiber::sleep_for(1ms);
  }
  TimePoint next_tick() const override { return tick_at; }
  void tick() override {
    ++ticks;
    tick_at = Clock::now() + 20ms;
    if (sleep_in_tick) this_fiber::sleep_for(1ms);
  }
  TimePoint tick_at = kNoDeadline;
  bool sleep_in_flush = false;
  bool sleep_in_tick = false;
  int flushes = 0;
  int ticks = 0;
};

}  // namespace

TEST_CASE("output is flushed once before a wait and ticks while the wait lasts") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    RecordingOutput output;
    this_fiber::set_output(&output);
    CHECK(this_fiber::output() == &output);
    this_fiber::sleep_for(5ms);
    CHECK(output.flushes == 1);
    CHECK(output.ticks == 0);
    output.tick_at = Clock::now() + 20ms;
    int sleeps = 0;
    while (output.ticks < 2 && sleeps < 50) {  // one does, unless the machine sleeps itself
      Stopwatch watch;
      CHECK(this_fiber::sleep_for(110ms) == Wake::kTimeout);
      CHECK(watch.ms() >= 109);
      ++sleeps;
    }
    CHECK(output.flushes == 1 + sleeps);
    CHECK(output.ticks >= 2);
    CHECK(output.ticks <= 5 * sleeps);
    this_fiber::set_output(nullptr);
    this_fiber::sleep_for(1ms);
    CHECK(output.flushes == 1 + sleeps);
  });
}

TEST_CASE("an output that waits itself is not asked again from within, and the outer wait keeps its deadline") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    RecordingOutput output;
    output.sleep_in_flush = true;
    output.sleep_in_tick = true;
    output.tick_at = Clock::now() + 10ms;
    this_fiber::set_output(&output);
    Stopwatch watch;
    CHECK(this_fiber::sleep_for(80ms) == Wake::kTimeout);
    CHECK(watch.ms() >= 79);
    CHECK(output.flushes == 1);
    CHECK(output.ticks >= 1);
    this_fiber::set_output(nullptr);
  });
}

TEST_CASE("a signal given during a tick is not lost") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Notify signal;
    class Signalling final : public FiberOutput {
     public:
      explicit Signalling(Notify& s) : signal_(s) {}
      void flush_before_wait() override {}
      TimePoint next_tick() const override { return at_; }
      void tick() override {
        at_ = kNoDeadline;
        signal_.notify();
        this_fiber::sleep_for(2ms);
      }

     private:
      Notify& signal_;
      TimePoint at_ = Clock::now() + 5ms;
    } output(signal);
    this_fiber::set_output(&output);
    CHECK(signal.wait(Clock::now() + 10s) == Wake::kReady);
    this_fiber::set_output(nullptr);
  });
}

TEST_CASE("giving stack memory back leaves the callers' frames alone") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    std::string kept = "a string on the heap that is named by this frame";
    volatile char local[256];
    for (int i = 0; i < 256; ++i) local[i] = static_cast<char>(i);
    CHECK(descend(30, nullptr) == 30);
    this_fiber::trim_stack();
    this_fiber::sleep_for(1ms);
    bool same = true;
    for (int i = 0; i < 256; ++i) same = same && local[i] == static_cast<char>(i);
    CHECK(same);
    CHECK(kept == "a string on the heap that is named by this frame");
    CHECK(descend(30, nullptr) == 30);
  });
}
