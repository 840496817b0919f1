// A one-shot alarm on a loop, outside any fiber. For what waits without a fiber, such as idle connections.
#pragma once

#include <functional>
#include <memory>

#include "io/loop.h"
#include "io/time.h"

namespace whinchat::io {

class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();  // cancels
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls on_due on the loop once; a second set() replaces the first. Loop thread only, like cancel().
  void set(TimePoint when, std::function<void()> on_due);
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace whinchat::io
