// The answer of one turn while it grows, and what its readers follow.
//
// The answer is one sequence of bytes, text and reasoning in the order they came; a run is a stretch of one kind. A position
// counts bytes from the beginning of the answer, so it means the same for ever: in this log, in the journal and in the stored
// message. Bytes are appended by the turn's fiber, written by the journal, and shown to readers only then: what has been seen
// by anybody is on disk.
//
// Shared by the turn, the journal and all readers; thread-safe. The lock is held for copying bytes, never over a wait or a
// call of another component. A slow reader costs nothing but its own place.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "io/notify.h"
#include "model/turn.h"

namespace whinchat::chat {

struct Run {
  bool reasoning = false;
  size_t bytes = 0;
};

// "r120 t3400", as turns are stored. A text that is none of ours gives nothing.
std::string runs_text(const std::vector<Run>& runs);
std::optional<std::vector<Run>> parse_runs(std::string_view text);
size_t runs_bytes(const std::vector<Run>& runs);

class TurnLog {
 public:
  using ReaderSignal = std::shared_ptr<io::Notify>;

  // A piece of the answer: at counts from the answer's beginning.
  struct Piece {
    size_t at = 0;
    bool reasoning = false;
    std::string text;
  };

  enum class Phase : uint8_t {
    kOpen,
    kEnded,   // the turn has its terminal state, and it is stored
    kClosed,  // nothing more comes from this process: the server ends; readers come again later
  };

  explicit TurnLog(Turn turn, std::string_view seed = {});  // seed: text that the answer begins with and that is stored

  // An answer that has ended, as it was stored. Readers follow it like any other.
  static std::shared_ptr<TurnLog> ended(Turn turn, std::string_view content, std::string_view reasoning);

  const std::string& turn_id() const { return turn_id_; }
  const std::string& user_id() const { return user_id_; }

  // --- the turn's fiber ---
  // False: the answer would be longer than any may be, or the log is not open; nothing was taken.
  bool append(bool reasoning, std::string_view text);
  size_t unwritten_bytes() const;
  io::Notify& written() { return written_; }  // given after each round of the journal
  // Everything so far, by kind.
  struct Answer {
    std::string content;
    std::string reasoning;
    std::string runs;
    size_t bytes = 0;
  };
  Answer answer() const;
  // The turn with its terminal state has been stored, with all bytes: readers get the rest and the end.
  void end(Turn turn);
  void close();

  // --- the journal ---
  // True: nobody else has enlisted it since the last clear_enlisted().
  bool enlist() { return !enlisted_.exchange(true, std::memory_order_acq_rel); }
  void clear_enlisted() { enlisted_.store(false, std::memory_order_release); }
  // What no successful round has written yet; or, when whole, everything after the seed. to: up to where.
  void copy_unwritten(std::vector<Piece>& out, size_t& to, bool whole = false) const;
  void publish(size_t to);  // written up to here: readers may have it
  int64_t first_row = 0;    // the oldest row that the journal has of this turn; the journal's own

  // --- readers, any thread ---
  struct View {
    std::vector<Piece> pieces;          // in order; kinds as they come
    size_t position = 0;                // after them
    bool more = false;                  // there is more now
    Phase phase = Phase::kOpen;         // once more is false
    std::shared_ptr<const Turn> turn;   // kEnded: how it ended
  };
  // From the position on, at most about limits::kReadPieceBytes. A position inside a character counts as its beginning.
  View view(size_t from) const;
  size_t position() const;              // how far readers may see
  Phase phase() const;
  Turn turn() const;
  void attach(ReaderSignal reader);
  void detach(const ReaderSignal& reader);
  size_t bytes() const;                 // of memory, about

 private:
  using Readers = std::vector<ReaderSignal>;
  void wake_readers() const;
  void copy(size_t from, size_t to, std::vector<Piece>& out) const;  // under mutex_

  const std::string turn_id_;
  const std::string user_id_;
  const size_t seed_bytes_;
  std::atomic<bool> enlisted_{false};
  io::Notify written_;

  mutable std::mutex mutex_;
  // All below under mutex_.
  std::string bytes_;
  std::vector<Run> runs_;
  size_t published_ = 0;
  Phase phase_ = Phase::kOpen;
  std::shared_ptr<const Turn> turn_;
  std::shared_ptr<const Readers> readers_;
};

}  // namespace whinchat::chat
