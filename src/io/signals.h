// What tells a process to stop or to reload, as calls on a loop: signals, and the end of standard input when wanted.
#pragma once

#include <functional>
#include <memory>

#include "io/loop.h"

namespace whinchat::io {

class Signals {
 public:
  // on_stop: SIGTERM or SIGINT, with how many came so far. on_reload: SIGHUP. Both on the loop, outside any fiber.
  Signals(Loop& loop, std::function<void(int count)> on_stop, std::function<void()> on_reload);
  // The end of standard input, a pipe, counts as one more stop; what comes in before is thrown away.
  void stop_with_stdin();
  ~Signals();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace whinchat::io
