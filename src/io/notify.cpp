#include "io/notify.h"

#include <mutex>

#include "io/fiber_impl.h"

namespace whinchat::io {

struct Notify::State {
  std::mutex mutex;
  bool signalled = false;          // under mutex
  std::shared_ptr<Fiber> waiter;   // under mutex
  uint32_t wait_number = 0;        // under mutex: which wait of the waiter

  // True and taken back when the signal was given.
  bool take_or_register(Fiber* fiber) {
    std::lock_guard lock(mutex);
    if (signalled) {
      signalled = false;
      return true;
    }
    waiter = fiber->shared_from_this();
    wait_number = fiber->next_wait_number();
    return false;
  }
};

Notify::Notify() : state_(std::make_shared<State>()) {}
Notify::~Notify() = default;

void Notify::notify() {
  std::lock_guard lock(state_->mutex);
  state_->signalled = true;
  if (!state_->waiter) return;
  state_->waiter->wake_later(state_->wait_number, Wake::kReady);
  state_->waiter.reset();
}

Wake Notify::wait(TimePoint deadline) {
  State& state = *state_;
  Fiber* fiber = Fiber::current();
  const Wake why = fiber->wait(
      deadline, [&] { return !state.take_or_register(fiber); },
      [&] {
        std::lock_guard lock(state.mutex);
        state.waiter.reset();
      });
  if (why == Wake::kReady) {
    std::lock_guard lock(state.mutex);
    state.signalled = false;
  }
  return why;
}

}  // namespace whinchat::io
