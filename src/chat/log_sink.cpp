#include "chat/log_sink.h"

#include "base/limits.h"

namespace whinchat::chat {

LogSink::LogSink(std::shared_ptr<TurnLog> log, Journal& journal, std::string_view prefix) : log_(std::move(log)), journal_(journal) {
  if (!prefix.empty()) repeats_.emplace(prefix);
}

bool LogSink::on_text(std::string_view text) {
  if (!repeats_) return put(false, text);
  return put(false, repeats_->take(text));
}

void LogSink::finish() {
  if (repeats_) put(false, repeats_->finish());
}

bool LogSink::put(bool reasoning, std::string_view text) {
  if (text.empty()) return true;
  if (!log_->append(reasoning, text)) {
    too_long_ = log_->phase() == TurnLog::Phase::kOpen;
    return false;
  }
  journal_.enlist(log_);
  return log_->unwritten_bytes() <= limits::kUnwrittenBytes || wait_for_journal();
}

bool LogSink::wait_for_journal() {
  const auto deadline = io::Clock::now() + limits::kJournalPatience;
  while (log_->unwritten_bytes() > limits::kUnwrittenBytes && log_->phase() == TurnLog::Phase::kOpen) {
    const io::Wake why = log_->written().wait(deadline);
    if (why == io::Wake::kCancelled) return false;
    if (why == io::Wake::kTimeout) {
      error_ = Error{ErrorCode::kStorageFull, "The server could not store the answer any more. What was shown is kept.", "the journal makes no progress"};
      return false;
    }
  }
  return true;
}

}  // namespace whinchat::chat
