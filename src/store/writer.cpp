#include "store/writer.h"

#include <algorithm>

#include "base/limits.h"
#include "store/upgrade.h"

namespace whinchat::store {

namespace {

using Clock = std::chrono::steady_clock;

const Error& unknown_outcome() {
  static const Error error{ErrorCode::kUnavailable, "The server's disk failed, and it is not known whether this was saved. Please try again.",
                           "an I/O error in the middle of a transaction", 1};
  return error;
}

const Error& not_reachable() {
  static const Error error{ErrorCode::kUnavailable, "The server cannot write to its database at the moment. Please try again.",
                           "the database is being opened again after an I/O error", 1};
  return error;
}

const Error& damaged_error() {
  static const Error error{ErrorCode::kUnavailable, "The server's database is damaged: it can be read, and nothing can be saved.", "damaged"};
  return error;
}

}  // namespace

Writer::Writer(std::string path, std::unique_ptr<Connection> connection, bool created, Log& log)
    : path_(std::move(path)), log_(log), connection_(std::move(connection)), queue_(limits::kWriteQueue) {
  thread_ = std::thread([this, created] { serve(created); });
}

Writer::~Writer() { stop(); }

void Writer::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Writer::serve(bool created) {
  if (created) {
    if (auto flushed = flush_created(path_); !flushed) after_failure({ErrorCode::kIo, flushed.error().message, flushed.error().message});
  }
  while (!queue_.closed()) {
    const Group group = queue_.take(full() ? 1 : limits::kWriteGroup, next_look());
    if (!connection_ && Clock::now() >= reopen_at_) reopen();
    if (group.empty()) checkpoint_when_idle();
    write_group(group);
  }
}

Clock::time_point Writer::next_look() const {
  if (!connection_) return reopen_at_;
  return Clock::now() + (checkpointed_ ? std::chrono::milliseconds(std::chrono::hours(1)) : limits::kIdleCheckpoint);
}

// A quiet server has an empty log, so that even a power cut leaves one whole file and a start without a check.
void Writer::checkpoint_when_idle() {
  if (!connection_ || checkpointed_ || full()) return;
  checkpointed_ = connection_->checkpoint(0).ok();
}

void Writer::declare_damaged(const std::string& what) {
  if (damaged_.exchange(true)) return;
  log_.error("store", "The database is damaged: nothing is written any more. Stop the server and restore a backup: whinchat restore FILE",
             {{"detail", what}});
}

void Writer::write_group(const Group& group) {
  for (size_t at = 0; at < group.size();) {
    if (damaged()) {
      group[at++]->finish(damaged_error());
    } else if (connection_) {
      at = commit_from(group, at);
    } else {
      group[at++]->finish(not_reachable());
    }
  }
}

// One transaction with the jobs from that one on. Returns the first one that has not been part of it: a failure that ends
// the transaction leaves the rest to the next.
size_t Writer::commit_from(const Group& group, size_t first) {
  std::vector<Result<void>> outcomes;
  const auto fail_all = [&](size_t end, const Error& error) {
    after_failure(error);
    const Error told = error.code == ErrorCode::kIo ? unknown_outcome() : error;
    for (size_t i = first; i < end; ++i) {
      const bool failed_itself = i - first < outcomes.size() && !outcomes[i - first].ok() && outcomes[i - first].error().code != ErrorCode::kIo;
      group[i]->finish(failed_itself ? outcomes[i - first].error() : told);
    }
    return end;
  };
  if (auto begun = store::run(*connection_, "BEGIN IMMEDIATE"); !begun) return fail_all(group.size(), begun.error());

  for (size_t i = first; i < group.size(); ++i) {
    outcomes.push_back(run_in_savepoint(*group[i]));
    if (connection_->in_transaction()) continue;
    // SQLite has rolled everything back (disk full, I/O error, no memory, interrupted).
    return fail_all(i + 1, outcomes.back().ok() ? unknown_outcome() : outcomes.back().error());
  }
  if (auto committed = store::run(*connection_, "COMMIT"); !committed) {
    const Error error = committed.error();
    if (connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
    return fail_all(group.size(), error);
  }
  writes_.fetch_add(static_cast<long>(group.size() - first), std::memory_order_relaxed);
  after_commit();
  for (size_t i = first; i < group.size(); ++i) group[i]->finish(std::move(outcomes[i - first]));
  return group.size();
}

Result<void> Writer::run_in_savepoint(Job& job) {
  Connection& connection = *connection_;
  if (auto opened = store::run(connection, "SAVEPOINT job"); !opened) return opened;
  Result<void> outcome = job.run(connection);
  connection.set_time_limit_ms(0);
  if (!connection.in_transaction()) return outcome;
  if (!outcome) {
    if (auto back = store::run(connection, "ROLLBACK TO job"); !back) (void)connection.execute("ROLLBACK");
  }
  if (!connection.in_transaction()) return outcome;
  if (auto released = store::run(connection, "RELEASE job"); !released) {
    (void)connection.execute("ROLLBACK");
    return released;
  }
  return outcome;
}

void Writer::on_change(ChangeListener listener) {
  std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Writer::after_commit() {
  commits_.fetch_add(1, std::memory_order_relaxed);
  checkpointed_ = false;
  if (connection_->take_plan_change()) plans_revision_.fetch_add(1, std::memory_order_release);
  if (const auto changed = connection_->take_changed_users(); !changed.empty()) {
    std::lock_guard lock(listener_mutex_);
    if (listener_) listener_(changed);
  }
  if (!full_.exchange(false)) return;
  log_.info("store", "There is space again: writing goes on");
}

void Writer::after_failure(const Error& error) {
  if (error.code == ErrorCode::kStorageFull) {
    if (!full_.exchange(true)) log_.error("store", "The disk is full: nothing can be saved until there is space", {{"detail", error.detail}});
    return;
  }
  log_.error("store", "A transaction failed", {{"detail", error.detail}});
  if (error.code != ErrorCode::kIo) return;
  connection_.reset();
  reopen_pause_ = limits::kReopenPauseFirst;
  reopen_at_ = Clock::now();
}

void Writer::reopen() {
  auto opened = Connection::open(path_, Mode::kWriter);
  if (opened.ok()) {
    // What is in the log may be in the system's cache alone since a flush failed: it counts once the file itself is flushed.
    if (auto brought = (*opened)->checkpoint(static_cast<int>(limits::kReopenCheckpointWait.count())); brought.ok()) {
      connection_ = std::move(opened).value();
      log_.warning("store", "The database has been opened again after an I/O error: writing goes on");
      return;
    } else {
      opened = brought.error();
    }
  }
  log_.error("store", "The database cannot be opened again", {{"detail", opened.error().detail}});
  reopen_at_ = Clock::now() + reopen_pause_;
  reopen_pause_ = std::min(reopen_pause_ * 2, limits::kReopenPauseMost);
}

}  // namespace whinchat::store
