// Fibers: functions with a stack of their own that wait without holding a thread. A fiber stays on its loop.
//
// Rules: never hold a lock over a wait; never wait inside a catch block; nothing may throw out of a fiber's body.
// Stacks are limits::kFiberStackBytes with a guard page below; a fiber that overruns it crashes, it does not corrupt.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "io/time.h"

namespace whinchat::io {

class Loop;
class Fiber;

// Why a wait ended.
enum class Wake : uint8_t { kReady, kTimeout, kCancelled };

// Why a fiber was cancelled; the first reason stays until clear_cancel().
enum class CancelReason : uint8_t { kNone, kReaderGone, kStopped, kDrain, kRevoked };  // kRevoked: the session or user that wanted it has ended

// A handle on a running fiber; copies name the same fiber; keeps only a small record alive, not the stack.
class FiberRef {
 public:
  FiberRef() = default;
  explicit FiberRef(std::shared_ptr<Fiber> fiber) : fiber_(std::move(fiber)) {}
  // From now on every wait of the fiber returns kCancelled at once; a wait under way ends. Any thread.
  void cancel(CancelReason reason = CancelReason::kStopped) const;
  bool finished() const;  // any thread
  explicit operator bool() const { return fiber_ != nullptr; }
  bool operator==(const FiberRef&) const = default;  // the same fiber

 private:
  std::shared_ptr<Fiber> fiber_;
};

// Starts body on a new fiber of that loop. Any thread.
FiberRef spawn(Loop& loop, std::function<void()> body);

// Output that its fiber carries along: sent before the fiber sleeps, and given a sign of life when it sleeps for long.
// Both calls run on the fiber and may wait; neither is called from within the other.
class FiberOutput {
 public:
  virtual ~FiberOutput() = default;
  virtual void flush_before_wait() = 0;
  virtual TimePoint next_tick() const { return kNoDeadline; }
  virtual void tick() {}
};

namespace this_fiber {
bool active();                        // is this code on a fiber?
FiberRef self();
bool cancelled();
CancelReason cancel_reason();
void clear_cancel();                  // from now on waits work again (to say goodbye to a reader)
Wake sleep_until(TimePoint when);     // kTimeout when the time has come
Wake sleep_for(Duration duration);
void set_output(FiberOutput* output); // null: none. At most one per fiber; the caller clears it before it dies
FiberOutput* output();
// Gives memory of this fiber's stack that only deeper calls of the past have touched back to the system. For fibers that
// are going to wait for long, many times: one system call.
void trim_stack();
}  // namespace this_fiber

// How many fibers exist now, in all loops.
long fiber_count();

}  // namespace whinchat::io
