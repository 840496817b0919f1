#include "io/timer.h"

#include "io/loop_impl.h"

namespace whinchat::io {

struct Timer::State {
  explicit State(Loop& loop) : timer(loop.impl().context) {}
  boost::asio::steady_timer timer;
  std::function<void()> on_due;
  unsigned number = 0;  // of the newest set(): a handler already queued for an older one does nothing
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Timer::~Timer() { cancel(); }

void Timer::set(TimePoint when, std::function<void()> on_due) {
  state_->on_due = std::move(on_due);
  state_->timer.expires_at(when);
  state_->timer.async_wait([state = state_, number = ++state_->number](boost::system::error_code error) {
    if (error || number != state->number || !state->on_due) return;
    auto call = std::exchange(state->on_due, nullptr);
    call();
  });
}

void Timer::cancel() {
  ++state_->number;
  state_->on_due = nullptr;
  state_->timer.cancel();
}

}  // namespace whinchat::io
