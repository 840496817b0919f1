// Jobs on their way from callers to the threads of the database, and back. Internal to store/.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "io/notify.h"
#include "store/connection.h"

namespace whinchat::store {

using Task = std::function<Result<void>(Connection&)>;

// One job. The task refers to its caller's stack, so the caller waits for the end whatever happens: a fiber sleeps (its
// cancellation is put off until then), a plain thread blocks.
class Job {
 public:
  explicit Job(Task task);
  Result<void> wait();                // the caller
  Result<void> run(Connection& connection) noexcept;  // the database's thread; what is thrown becomes kInternal
  void finish(Result<void> outcome);  // the database's thread, once; the task is not touched afterwards

 private:
  Task task_;
  const bool on_fiber_;
  io::Notify notify_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;  // under mutex
  Result<void> outcome_;   // under mutex

  bool finished();
  void wait_on_fiber();
};

class JobQueue {
 public:
  explicit JobQueue(size_t jobs_max) : jobs_max_(jobs_max) {}

  // Any thread. kUnavailable when it is full or closed. Waits for the job's end.
  Result<void> run(Task task);

  // Waits until there are jobs and takes up to that many of them, or none when the time is over or the queue is closed
  // and empty.
  std::vector<std::shared_ptr<Job>> take(size_t jobs_most, std::chrono::steady_clock::time_point until);
  void close();          // takes no more; what is queued is still handed out
  bool closed() const;   // and empty
  size_t size() const;   // waiting, not those handed out

 private:
  const size_t jobs_max_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Job>> jobs_;  // under mutex
  bool closed_ = false;                    // under mutex
};

}  // namespace whinchat::store
