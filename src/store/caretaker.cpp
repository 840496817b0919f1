#include "store/caretaker.h"

#include "base/limits.h"
#include "store/accounts_users.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/search.h"

namespace whinchat::store {

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000LL;
constexpr std::chrono::milliseconds kAfterStart{500};  // the first requests go first

enum class Work { kNone, kIndex, kRemove };

Result<Work> next_work(Connection& c) {
  auto pending = pending_count(c, 1);
  if (!pending.ok()) return std::move(pending).error();
  if (*pending > 0) return Work::kIndex;
  auto deleted = has_deleted_users(c);
  if (!deleted.ok()) return std::move(deleted).error();
  return *deleted ? Work::kRemove : Work::kNone;
}

}  // namespace

void Caretaker::run() {
  if (woken_.wait(io::Clock::now() + kAfterStart) == io::Wake::kCancelled) return;
  io::TimePoint purge_at = io::Clock::now();
  for (;;) {
    if (!catch_up()) return;
    if (io::Clock::now() >= purge_at) {
      if (!purge() || !purge_files()) return;
      purge_at = io::Clock::now() + limits::kPurgeEvery;
    }
    if (woken_.wait(purge_at) == io::Wake::kCancelled) return;
  }
}

// Small jobs, and none while others wait for the writer. False: the fiber was cancelled.
bool Caretaker::catch_up() {
  for (;;) {
    if (database_.stats().queued > 0) {
      if (io::this_fiber::sleep_for(limits::kIndexPause) == io::Wake::kCancelled) return false;
      continue;
    }
    auto work = database_.read([](Connection& c) { return next_work(c); });
    if (!work.ok() || *work == Work::kNone || io::this_fiber::cancelled()) return !io::this_fiber::cancelled();
    auto done = database_.write([&](Connection& c) -> Result<void> {
      if (*work == Work::kIndex) {
        auto indexed = index_pending(c, limits::kIndexGroup);
        return indexed.ok() ? Result<void>() : std::move(indexed).error();
      }
      return remove_of_deleted_users(c);
    });
    if (!done) {
      log_.warning("store", "The search index, or what a deleted user left, could not be brought up to date; it is tried again later", {{"detail", done.error().detail}});
      return io::this_fiber::sleep_for(std::chrono::seconds(1)) != io::Wake::kCancelled;
    }
  }
}

bool Caretaker::purge() {
  int removed = 0;
  for (;;) {
    const int64_t before_ms = clock_.now().epoch_ms - limits::kUndoDays * kDayMs;
    auto gone = database_.write([&](Connection& c) { return purge_deleted(c, before_ms, limits::kPurgeGroup); });
    if (!gone.ok()) log_.warning("store", "Deleted conversations could not be removed; it is tried again later", {{"detail", gone.error().detail}});
    if (!gone.ok() || *gone == 0) break;
    removed += *gone;
    if (io::this_fiber::sleep_for(limits::kIndexPause) == io::Wake::kCancelled) return false;
  }
  if (removed > 0) log_.info("store", "Removed conversations that were deleted long ago", {{"conversations", removed}});
  return !io::this_fiber::cancelled();
}

// Files that were uploaded and never sent.
bool Caretaker::purge_files() {
  for (;;) {
    const int64_t before_ms = clock_.now().epoch_ms - limits::kAttachmentUnsentMs;
    auto gone = database_.write([&](Connection& c) { return purge_unsent(c, before_ms, limits::kAttachmentPurgeGroup); });
    if (!gone.ok()) log_.warning("store", "Files that were never sent could not be removed; it is tried again later", {{"detail", gone.error().detail}});
    if (!gone.ok() || *gone < limits::kAttachmentPurgeGroup) break;
    if (io::this_fiber::sleep_for(limits::kIndexPause) == io::Wake::kCancelled) return false;
  }
  return !io::this_fiber::cancelled();
}

}  // namespace whinchat::store
