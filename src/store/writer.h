// The one thread that writes. Takes what waits, up to limits::kWriteGroup jobs, into one transaction: a savepoint per job,
// one COMMIT that is on disk before any of the callers goes on. Internal to store/.
//
// A full disk: the jobs of that transaction get kStorageFull and nothing of them is kept; each later job is tried by
// itself, so writing goes on as soon as there is space. An I/O error: nobody can know what of that transaction is on disk
// (its jobs get kUnavailable and say so), so the connection is closed and nothing is written until the file has been
// opened again and everything committed before has been brought into it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.h"
#include "store/connection.h"
#include "store/job_queue.h"

namespace whinchat::store {

using ChangeListener = std::function<void(const std::vector<std::string>& user_ids)>;

class Writer {
 public:
  // created: the file is new and not flushed yet; that is done before anything is written.
  Writer(std::string path, std::unique_ptr<Connection> connection, bool created, Log& log);
  ~Writer();  // finishes what is queued, checkpoints, closes

  Result<void> run(Task task) { return queue_.run(std::move(task)); }
  void stop();  // no more jobs; returns when those queued are done. The connection stays open

  // Told after each commit whose conversations were touched (touch_conversation). On the writer's thread: must not wait.
  void on_change(ChangeListener listener);

  long writes() const { return writes_.load(std::memory_order_relaxed); }
  uint64_t plans_revision() const { return plans_revision_.load(std::memory_order_acquire); }
  long commits() const { return commits_.load(std::memory_order_relaxed); }
  // From now on nothing is written, only read: writing into a damaged file makes it worse. Any thread.
  void declare_damaged(const std::string& what);
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }
  bool full() const { return full_.load(std::memory_order_relaxed); }
  size_t queued() const { return queue_.size(); }

 private:
  using Group = std::vector<std::shared_ptr<Job>>;

  void serve(bool created);
  void write_group(const Group& group);
  size_t commit_from(const Group& group, size_t first);
  Result<void> run_in_savepoint(Job& job);
  void checkpoint_when_idle();
  void reopen();
  void after_failure(const Error& error);
  void after_commit();
  std::chrono::steady_clock::time_point next_look() const;

  const std::string path_;
  Log& log_;
  std::unique_ptr<Connection> connection_;  // null after an I/O error; the writer's thread alone
  std::chrono::steady_clock::time_point reopen_at_{};
  std::chrono::milliseconds reopen_pause_{0};
  std::mutex listener_mutex_;
  ChangeListener listener_;                 // under listener_mutex_
  JobQueue queue_;
  std::atomic<long> writes_{0};
  std::atomic<long> commits_{0};
  std::atomic<uint64_t> plans_revision_{0};
  std::atomic<bool> full_{false};
  std::atomic<bool> damaged_{false};
  bool checkpointed_ = true;  // nothing in the log; the writer's thread alone
  std::thread thread_;
};

}  // namespace whinchat::store
