// Inside io/ only: what Loop and Fiber share. The one place where Boost.Asio's io_context is seen.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unordered_set>
#include <vector>

#include "io/fiber.h"
#include "io/fiber_stack.h"
#include "io/loop.h"

namespace whinchat::io {

struct Loop::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  boost::asio::steady_timer stop_timer{context};
  std::unordered_set<Fiber*> fibers;  // started and not finished; loop thread only
  FiberStacks stacks;
  Fiber* running = nullptr;           // the fiber that has the thread now
  bool stopping = false;              // loop thread only

  void begin_stop();                  // loop thread: cancels every fiber, ends run() when none is left
};

}  // namespace whinchat::io
