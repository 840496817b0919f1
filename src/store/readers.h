// The threads that read: a connection each that cannot write. A job sees one moment of the database from its first
// statement to its last. Threads and connections are made when there is work for one more: an idle server has none.
// Internal to store/.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/connection.h"
#include "store/job_queue.h"

namespace whinchat::store {

class Readers {
 public:
  Readers(std::string path, int count, Log& log);
  ~Readers();

  Result<void> run(Task task);
  void stop();  // no more jobs; returns when those queued are done

 private:
  void serve();
  void serve(Job& job);
  Result<void> read(Connection& connection, Job& job);
  bool add_thread();
  Result<std::unique_ptr<Connection>> take_connection();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string path_;
  const size_t threads_max_;
  Log& log_;
  JobQueue queue_;
  std::atomic<size_t> callers_{0};                   // in run()
  std::atomic<size_t> started_{0};                   // threads_.size()
  std::mutex mutex_;
  std::vector<std::thread> threads_;                 // under mutex_
  std::vector<std::unique_ptr<Connection>> unused_;  // under mutex_; the last one used comes first
  bool stopped_ = false;                             // under mutex_
};

}  // namespace whinchat::store
