// An event loop: one thread that runs fibers and waits for sockets, timers and posted tasks. Boost.Asio inside.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace whinchat::io {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // blocks the calling thread until stop(); that thread is then the loop's
  void stop();  // any thread
  // Runs the task on the loop's thread, outside any fiber: it must not wait. Any thread.
  void post(std::function<void()> task);

  static Loop* current();  // the loop that runs on this thread, or null

  struct Impl;
  Impl& impl() { return *impl_; }  // for io/*.cpp only

 private:
  std::unique_ptr<Impl> impl_;
};

// Several loops, a thread each.
class LoopGroup {
 public:
  explicit LoopGroup(int loops);  // started at once
  ~LoopGroup();                   // stops and joins
  Loop& at(size_t index) { return *loops_[index % loops_.size()]; }
  size_t size() const { return loops_.size(); }
  Loop& next();                   // round robin, any thread

 private:
  struct Threads;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace whinchat::io
