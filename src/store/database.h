// The one database: a file in the data folder, one thread that writes, a few that read.
//
// A job is a function of Connection& that returns Result<T>. Write jobs of all callers run one after the other on the
// writer's thread, several to a transaction (group commit, synchronous=FULL), each in a savepoint of its own: an error
// rolls back that job alone. A job returns to its caller when its transaction is on disk. Read jobs run on reader
// threads and see the last commit. The caller waits on its fiber, or blocks when it is a plain thread; the wait is not cut
// short by cancellation, because jobs use the caller's stack. Never call write() or read() from within a job.
// Thread-safe. Sources: sqlite.org/wal.html, sqlite.org/lang_savepoint.html (2026).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/connection.h"
#include "store/migrate.h"

namespace whinchat::store {

struct DatabaseOptions {
  std::string folder;     // DATA_DIR: made 0700 when it is missing
  std::string path;       // DATABASE_URL's file; empty: folder/whinchat.db
  int readers = 4;
  bool daily_backup = true;                                  // into folder/backups, seven days and four weeks
  std::span<const Migration> migrations = store::migrations();  // others in tests
};

struct DatabaseStats {
  long writes = 0;        // jobs since the start
  long commits = 0;
  long queued = 0;        // waiting now
  bool full = false;      // the last write met a full disk
  bool damaged = false;   // nothing is written any more
};

class Database {
 public:
  // Locks the data folder against a second process, refuses network file systems and databases of a newer program, checks
  // the file after an unclean end, migrates with a snapshot before. Blocks (seconds at worst); call it before serving.
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options, Log& log);
  ~Database();  // stop(), then checkpoints and closes
  // No more jobs (kUnavailable); returns when those queued are done. Blocks. For the end, before fibers are taken apart.
  void stop();

  // Errors beside the job's own: kUnavailable (queue full, closing), kStorageFull, kIo.
  template <class F>
  auto write(F&& job) -> std::invoke_result_t<F, Connection&> {
    return call(job, [this](std::function<Result<void>(Connection&)> task) { return run_write(std::move(task)); });
  }
  template <class F>
  auto read(F&& job) -> std::invoke_result_t<F, Connection&> {
    return call(job, [this](std::function<Result<void>(Connection&)> task) { return run_read(std::move(task)); });
  }

  // Told after each commit whose conversations it changed (see touch_conversation); null: nobody. On the writer's thread: it
  // must not wait, nor call write() or read(). Returns when no call of the listener before is under way.
  void on_change(std::function<void(const std::vector<std::string>& user_ids)> listener);

  // Rises with every commit of this process that changed a plan or gave a user another one.
  uint64_t plans_revision() const;

  DatabaseStats stats() const;
  const std::string& path() const;

  // A copy of this moment beside running work, verified before it gets its name (store/backup.h). Blocks: offload it.
  Result<void> backup_to(const std::string& file);

 private:
  template <class F, class Run>
  auto call(F& job, Run run) -> std::invoke_result_t<F&, Connection&> {
    std::optional<std::invoke_result_t<F&, Connection&>> out;
    Result<void> ran = run([&](Connection& connection) -> Result<void> {
      out.emplace(job(connection));
      if (out->ok()) return {};
      return out->error();
    });
    if (!ran.ok()) return std::move(ran).error();
    return std::move(*out);
  }
  Result<void> run_write(std::function<Result<void>(Connection&)> job);
  Result<void> run_read(std::function<Result<void>(Connection&)> job);

  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace whinchat::store
