// Looks after the database while it serves: daily backups, statistics for the query planner, a check of the whole file each
// week, the ballast. One thread that sleeps nearly always. Internal to store/.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.h"
#include "store/data_folder.h"
#include "store/writer.h"

namespace whinchat::store {

struct KeeperOptions {
  std::string path;
  std::string backups;       // folder of the daily ones
  bool daily_backup = true;
  bool check_soon = false;   // the check at the start took too long: do it now
};

class Keeper {
 public:
  Keeper(KeeperOptions options, const DataFolder& folder, Writer& writer, Log& log);
  ~Keeper();  // ends what runs

  // What is due at that moment, epoch ms. The thread calls it each hour.
  void look(int64_t now_ms);
  const std::atomic<bool>& ending() const { return ending_; }
  void stop();

 private:
  void serve();
  bool sleep(std::chrono::milliseconds time);
  void back_up(int64_t now_ms);
  void drop_old_backups();
  void optimize(int64_t now_ms);
  void check(int64_t now_ms);

  const KeeperOptions options_;
  const DataFolder& folder_;
  Writer& writer_;
  Log& log_;
  int64_t optimized_ms_ = 0;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::condition_variable woken_;
  std::thread thread_;
};

}  // namespace whinchat::store
