#include "chat/turn_log.h"

#include <algorithm>

#include "base/text.h"

namespace whinchat::chat {

namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The beginning of the character that holds the byte at `at`.
size_t character_begin(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && is_continuation(text[at])) --at;
  return at;
}

void append_run(std::vector<Run>& runs, bool reasoning, size_t bytes) {
  if (bytes == 0) return;
  if (!runs.empty() && runs.back().reasoning == reasoning) runs.back().bytes += bytes;
  else runs.push_back({reasoning, bytes});
}

}  // namespace

std::string runs_text(const std::vector<Run>& runs) {
  std::string out;
  for (const Run& run : runs) {
    if (!out.empty()) out += ' ';
    out += run.reasoning ? 'r' : 't';
    out += std::to_string(run.bytes);
  }
  return out;
}

std::optional<std::vector<Run>> parse_runs(std::string_view text) {
  std::vector<Run> runs;
  for (std::string_view word : split_list(text, ' ')) {
    const auto bytes = parse_integer(word.substr(1));
    if ((word[0] != 'r' && word[0] != 't') || !bytes || *bytes < 0 || *bytes > static_cast<int64_t>(limits::kAnswerBytes)) return std::nullopt;
    append_run(runs, word[0] == 'r', static_cast<size_t>(*bytes));
  }
  return runs;
}

size_t runs_bytes(const std::vector<Run>& runs) {
  size_t bytes = 0;
  for (const Run& run : runs) bytes += run.bytes;
  return bytes;
}

TurnLog::TurnLog(Turn turn, std::string_view seed)
    : turn_id_(turn.id), user_id_(turn.user_id), seed_bytes_(seed.size()), bytes_(seed), published_(seed.size()),
      turn_(std::make_shared<const Turn>(std::move(turn))), readers_(std::make_shared<const Readers>()) {
  append_run(runs_, false, seed.size());
}

std::shared_ptr<TurnLog> TurnLog::ended(Turn turn, std::string_view content, std::string_view reasoning) {
  auto runs = parse_runs(turn.runs);
  size_t text_bytes = 0;
  if (runs) {
    for (const Run& run : *runs) text_bytes += run.reasoning ? 0 : run.bytes;
  }
  // A message that was changed behind the turn's back is shown in the usual order.
  if (!runs || text_bytes != content.size() || runs_bytes(*runs) != content.size() + reasoning.size()) {
    runs.emplace();
    append_run(*runs, true, reasoning.size());
    append_run(*runs, false, content.size());
  }
  auto log = std::make_shared<TurnLog>(turn);
  for (const Run& run : *runs) {
    std::string_view& from = run.reasoning ? reasoning : content;
    log->bytes_.append(from.substr(0, run.bytes));
    from.remove_prefix(run.bytes);
  }
  log->runs_ = std::move(*runs);
  log->end(std::move(turn));
  return log;
}

bool TurnLog::append(bool reasoning, std::string_view text) {
  std::lock_guard lock(mutex_);
  if (phase_ != Phase::kOpen || bytes_.size() + text.size() > limits::kAnswerBytes) return false;
  bytes_.append(text);
  append_run(runs_, reasoning, text.size());
  return true;
}

size_t TurnLog::unwritten_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_.size() - published_;
}

TurnLog::Answer TurnLog::answer() const {
  std::lock_guard lock(mutex_);
  Answer answer;
  size_t at = 0;
  for (const Run& run : runs_) {
    (run.reasoning ? answer.reasoning : answer.content).append(bytes_, at, run.bytes);
    at += run.bytes;
  }
  answer.runs = runs_text(runs_);
  answer.bytes = bytes_.size();
  return answer;
}

void TurnLog::end(Turn turn) {
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::kOpen) return;
    published_ = bytes_.size();
    phase_ = Phase::kEnded;
    turn_ = std::make_shared<const Turn>(std::move(turn));
  }
  wake_readers();
}

void TurnLog::close() {
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::kOpen) return;
    phase_ = Phase::kClosed;
  }
  wake_readers();
  written_.notify();
}

void TurnLog::copy(size_t from, size_t to, std::vector<Piece>& out) const {
  size_t at = bytes_.size();
  size_t index = runs_.size();
  while (index > 0 && at > from) at -= runs_[--index].bytes;  // what is wanted is mostly near the end
  for (; index < runs_.size() && at < to; at += runs_[index++].bytes) {
    const size_t begin = std::max(at, from);
    const size_t end = std::min(at + runs_[index].bytes, to);
    if (begin < end) out.push_back({begin, runs_[index].reasoning, bytes_.substr(begin, end - begin)});
  }
}

void TurnLog::copy_unwritten(std::vector<Piece>& out, size_t& to, bool whole) const {
  std::lock_guard lock(mutex_);
  to = bytes_.size();
  copy(whole ? seed_bytes_ : published_, to, out);
}

void TurnLog::publish(size_t to) {
  {
    std::lock_guard lock(mutex_);
    if (to <= published_) return;
    published_ = to;
  }
  written_.notify();
  wake_readers();
}

void TurnLog::wake_readers() const {
  std::shared_ptr<const Readers> readers;
  {
    std::lock_guard lock(mutex_);
    readers = readers_;
  }
  for (const ReaderSignal& reader : *readers) reader->notify();
}

TurnLog::View TurnLog::view(size_t from) const {
  View view;
  std::lock_guard lock(mutex_);
  from = character_begin(bytes_, std::min(from, published_));
  size_t to = std::min(published_, from + limits::kReadPieceBytes);
  if (to < published_) to = character_begin(bytes_, to);
  copy(from, to, view.pieces);
  view.position = to;
  view.more = to < published_;
  view.phase = phase_;
  if (phase_ == Phase::kEnded) view.turn = turn_;
  return view;
}

size_t TurnLog::position() const {
  std::lock_guard lock(mutex_);
  return published_;
}

TurnLog::Phase TurnLog::phase() const {
  std::lock_guard lock(mutex_);
  return phase_;
}

Turn TurnLog::turn() const {
  std::lock_guard lock(mutex_);
  return *turn_;
}

void TurnLog::attach(ReaderSignal reader) {
  std::lock_guard lock(mutex_);
  auto readers = std::make_shared<Readers>(*readers_);
  readers->push_back(std::move(reader));
  readers_ = std::move(readers);
}

void TurnLog::detach(const ReaderSignal& reader) {
  std::lock_guard lock(mutex_);
  auto readers = std::make_shared<Readers>(*readers_);
  std::erase(*readers, reader);
  readers_ = std::move(readers);
}

size_t TurnLog::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_.capacity() + sizeof(TurnLog);
}

}  // namespace whinchat::chat
