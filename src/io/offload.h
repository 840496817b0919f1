// Work that blocks (files, name look-ups, password hashes) runs on a few threads while the fiber waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "io/fiber.h"

namespace whinchat::io {

class WorkerPool {
 public:
  WorkerPool(int threads, size_t queue_max);  // each thread begins when there is work for it
  ~WorkerPool();  // finishes what is queued, then joins
  // False: the queue is full. The task runs on a worker thread and must not throw. Any thread.
  bool submit(std::function<void()> task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs task on the pool and waits until it is done. False: queue full, task did not run. The wait is NOT cut short by
// cancellation, because the task uses the fiber's stack: keep tasks short (seconds).
bool offload_void(WorkerPool& pool, std::function<void()> task);

// The same with a value; empty when the queue is full.
template <class F>
auto offload(WorkerPool& pool, F task) -> std::optional<decltype(task())> {
  std::optional<decltype(task())> out;
  if (!offload_void(pool, [&] { out.emplace(task()); })) return std::nullopt;
  return out;
}

}  // namespace whinchat::io
