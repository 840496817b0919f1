// The threads that read: a connection each that cannot write. A job sees one moment of the database from its first
// statement to its last. Internal to store/.
#pragma once

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

  Result<void> run(Task task) { return queue_.run(std::move(task)); }
  void stop();  // no more jobs; returns when those queued are done

 private:
  void serve();
  Result<void> read(Connection& connection, Job& job);

  const std::string path_;
  Log& log_;
  JobQueue queue_;
  std::vector<std::thread> threads_;
};

}  // namespace whinchat::store
