#include "chat/journal.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"

namespace whinchat::chat {

namespace {

constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::seconds kLastRetry{2};

}  // namespace

// One turn's part of a round.
struct Journal::Entry {
  std::shared_ptr<TurnLog> log;
  size_t to = 0;             // written up to here when the round succeeds
  size_t first_piece = 0;    // in the round's pieces
  bool whole = false;        // written anew from its beginning
};

Journal::Journal(Write write, Log& log) : write_(std::move(write)), log_(log) {}
Journal::~Journal() = default;

void Journal::start(io::Loop& loop) {
  fiber_ = io::spawn(loop, [this] { serve(); });
}

void Journal::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify();
}

bool Journal::running() const { return fiber_ && !fiber_.finished(); }

void Journal::open(const std::shared_ptr<TurnLog>& log) {
  std::lock_guard lock(mutex_);
  open_.insert(log);
}

void Journal::close(const std::shared_ptr<TurnLog>& log) {
  std::lock_guard lock(mutex_);
  open_.erase(log);
}

void Journal::enlist(const std::shared_ptr<TurnLog>& log) {
  if (!log->enlist()) return;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = enlisted_.empty();
    enlisted_.push_back(log);
  }
  if (first) news_.notify();
}

Journal::Stats Journal::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

Journal::Logs Journal::take_enlisted() {
  Logs logs;
  std::lock_guard lock(mutex_);
  logs.swap(enlisted_);
  return logs;
}

void Journal::serve() {
  auto next_trim = io::Clock::now() + limits::kJournalTrim;
  auto retry = std::chrono::duration_cast<io::Duration>(kFirstRetry);
  for (;;) {
    if (news_.wait(next_trim) == io::Wake::kCancelled) return;
    const auto began = io::Clock::now();
    const Logs logs = take_enlisted();
    io::Duration pause = logs.size() <= limits::kJournalFew ? limits::kJournalPaceFew : limits::kJournalPaceMany;
    if (!logs.empty() && !write_round(logs)) {
      for (const auto& log : logs) enlist(log);
      pause = retry;
      retry = std::min<io::Duration>(retry * 2, kLastRetry);
    } else {
      retry = kFirstRetry;
    }
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (io::Clock::now() >= next_trim) next_trim = io::Clock::now() + (trim() ? pause : limits::kJournalTrim);
    if (!logs.empty() && io::this_fiber::sleep_until(began + pause) == io::Wake::kCancelled) return;
  }
}

bool Journal::write_round(const Logs& logs) {
  std::vector<Entry> entries;
  std::vector<store::JournalPiece> pieces;
  std::vector<TurnLog::Piece> own;
  entries.reserve(logs.size());
  for (const auto& log : logs) {
    log->clear_enlisted();  // before the bytes are taken: what comes later enlists again
    Entry entry{log, 0, pieces.size(), log->first_row > 0 && newest_row_ - log->first_row > limits::kJournalRowsBehind};
    own.clear();
    log->copy_unwritten(own, entry.to, entry.whole);
    for (TurnLog::Piece& piece : own) pieces.push_back({log->turn_id(), static_cast<int64_t>(piece.at), piece.reasoning, std::move(piece.text)});
    if (pieces.size() > entry.first_piece) entries.push_back(std::move(entry));
  }
  if (pieces.empty()) return true;
  int64_t first_row = 0;
  const auto written = write_([&](store::Connection& connection) -> Result<void> {
    auto appended = store::append_journal(connection, pieces);
    if (!appended) return std::move(appended).error();
    first_row = *appended;
    return {};
  });
  if (!written) {
    note_failure(written.error());
    return false;
  }
  failing_ = false;
  newest_row_ = first_row + static_cast<int64_t>(pieces.size()) - 1;
  for (const Entry& entry : entries) {
    if (entry.log->first_row == 0 || entry.whole) entry.log->first_row = first_row + static_cast<int64_t>(entry.first_piece);
    entry.log->publish(entry.to);
  }
  std::lock_guard lock(mutex_);
  ++stats_.rounds;
  stats_.pieces += static_cast<long>(pieces.size());
  return true;
}

bool Journal::trim() {
  if (newest_row_ == 0) return false;
  int64_t keep_from = newest_row_ + 1;
  {
    std::lock_guard lock(mutex_);
    for (const auto& log : open_) {
      if (log->first_row > 0) keep_from = std::min(keep_from, log->first_row);
    }
  }
  bool more = false;
  const auto trimmed = write_([&](store::Connection& connection) -> Result<void> {
    auto some = store::trim_journal(connection, keep_from);
    if (!some) return std::move(some).error();
    more = *some;
    return {};
  });
  if (trimmed && !more && keep_from > newest_row_) newest_row_ = 0;  // nothing is left to remove until the next round
  return trimmed && more;
}

void Journal::note_failure(const Error& error) {
  {
    std::lock_guard lock(mutex_);
    ++stats_.failures;
  }
  if (failing_) return;
  failing_ = true;
  log_.error("turns", "Answers cannot be stored at the moment; they wait and are not shown yet", {{"code", wire_name(error.code)}, {"detail", error.detail}});
}

}  // namespace whinchat::chat
