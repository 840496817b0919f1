#include "io/offload.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "io/notify.h"

namespace whinchat::io {

struct WorkerPool::Impl {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> queue;  // under mutex
  bool stopping = false;                    // under mutex
  size_t queue_max = 0;
  size_t threads_max = 0;
  size_t idle = 0;                          // under mutex: threads that wait
  std::vector<std::thread> threads;         // under mutex; made when there is work for one more

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      work.wait(lock, [this] { return stopping || !queue.empty(); });
      --idle;
      if (queue.empty()) return;
      auto task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  // False: there is no thread, and the system gives none.
  bool add_thread_if_needed() {
    if (queue.size() <= idle || threads.size() >= threads_max) return true;
    try {
      threads.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      return !threads.empty();
    }
    return true;
  }
};

WorkerPool::WorkerPool(int threads, size_t queue_max) : impl_(std::make_unique<Impl>()) {
  impl_->queue_max = queue_max;
  impl_->threads_max = static_cast<size_t>(threads);
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->work.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

bool WorkerPool::submit(std::function<void()> task) {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stopping || impl_->queue.size() >= impl_->queue_max) return false;
    impl_->queue.push_back(std::move(task));
    if (!impl_->add_thread_if_needed()) {
      impl_->queue.pop_back();
      return false;
    }
  }
  impl_->work.notify_one();
  return true;
}

bool offload_void(WorkerPool& pool, std::function<void()> task) {
  // The task may outlive a cancelled wait, so the wait is repeated until the task has really ended.
  auto done = std::make_shared<Notify>();
  auto finished = std::make_shared<std::atomic<bool>>(false);
  if (!pool.submit([&task, done, finished] {
        task();
        finished->store(true, std::memory_order_release);
        done->notify();
      })) {
    return false;
  }
  const CancelReason reason = this_fiber::cancel_reason();
  if (reason != CancelReason::kNone) this_fiber::clear_cancel();
  CancelReason arrived = reason;
  while (!finished->load(std::memory_order_acquire)) {
    if (done->wait(kNoDeadline) == Wake::kCancelled) {
      arrived = this_fiber::cancel_reason();
      this_fiber::clear_cancel();
    }
  }
  if (arrived != CancelReason::kNone) this_fiber::self().cancel(arrived);
  return true;
}

}  // namespace whinchat::io
