// Inside io/ only: the fiber's record and its one way of waiting.
#pragma once

#include <atomic>
#include <boost/context/detail/fcontext.hpp>
#include <optional>

#include "io/loop_impl.h"

namespace whinchat::io {

// Exceptions in flight belong to a stack, but the C++ runtime keeps them per thread: swapped at every switch.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

class Fiber : public std::enable_shared_from_this<Fiber> {
 public:
  Fiber(Loop& loop, std::function<void()> body);
  ~Fiber();

  static Fiber* current();  // null when this code is not on a fiber

  // --- on the loop's thread, outside any fiber ---
  void start();
  // Ends the fiber's wait, if it waits, and runs it until it waits again or ends. The last act of a handler.
  void wake(Wake why);

  // --- any thread: as wake(), but later, and only if the wait of that number is still the one under way ---
  void wake_later(uint32_t number, Wake why);
  uint32_t next_wait_number() const { return wait_number_ + 1; }  // on this fiber: of the wait about to begin

  // --- on this fiber ---
  // The one way to wait. arm() returns false when there is nothing to wait for (then kReady); otherwise it makes sure
  // that somebody calls wake(). disarm() takes that back. Output is flushed first; ticks run in between.
  template <class Arm, class Disarm>
  Wake wait(TimePoint deadline, Arm arm, Disarm disarm) {
    flush_output();
    for (;;) {
      if (cancelled()) return Wake::kCancelled;
      if (!arm()) return Wake::kReady;
      const TimePoint tick = next_tick();
      const Wake why = suspend(std::min(deadline, tick));
      disarm();
      if (why != Wake::kTimeout) return why;
      const TimePoint now = Clock::now();
      if (now >= deadline) return Wake::kTimeout;
      if (now >= tick) run_tick();
    }
  }

  // --- any thread ---
  void cancel(CancelReason reason);
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  bool cancelled() const { return reason_.load(std::memory_order_relaxed) != CancelReason::kNone; }

  Loop& loop() { return loop_; }

 private:
  friend void this_fiber::set_output(FiberOutput*);
  friend FiberOutput* this_fiber::output();
  friend void this_fiber::trim_stack();
  friend CancelReason this_fiber::cancel_reason();
  friend void this_fiber::clear_cancel();

  static void entry(boost::context::detail::transfer_t from);
  void resume();
  Wake suspend(TimePoint until);
  void arm_timer();
  void flush_output();
  TimePoint next_tick() const { return output_ && !in_output_ ? output_->next_tick() : kNoDeadline; }
  void run_tick();
  void finish();

  Loop& loop_;
  std::function<void()> body_;
  std::shared_ptr<Fiber> self_;  // keeps the record alive while the fiber runs
  std::atomic<CancelReason> reason_{CancelReason::kNone};
  std::atomic<bool> finished_{false};

  // the wait under way
  bool waiting_ = false;
  uint32_t wait_number_ = 0;
  Wake woken_by_ = Wake::kReady;
  TimePoint wait_until_ = kNoDeadline;

  // One timer serves all waits: it is armed for the earliest time asked for and looks again when it fires, so that a
  // read whose deadline moves on with every byte costs no timer operation.
  std::optional<boost::asio::steady_timer> timer_;
  TimePoint timer_at_ = kNoDeadline;

  FiberOutput* output_ = nullptr;
  bool in_output_ = false;

  // the stack and where it stopped
  boost::context::stack_context stack_;
  boost::context::detail::fcontext_t here_ = nullptr;  // the fiber, while the loop runs
  boost::context::detail::fcontext_t back_ = nullptr;  // the loop, while the fiber runs
  ExceptionState exceptions_;
  void* sanitizer_fake_stack_ = nullptr;
  const void* loop_stack_bottom_ = nullptr;
  size_t loop_stack_bytes_ = 0;
  void* tsan_fiber_ = nullptr;
  void* tsan_loop_ = nullptr;
};

}  // namespace whinchat::io
