// Writes what running turns have answered before anybody sees it: all turns with news in one transaction a round.
//
// A round begins at once when the journal is idle; under load rounds keep a distance, so that the number of transactions
// does not grow with the number of turns. A round that fails (full disk) is repeated until it succeeds; meanwhile readers are
// shown nothing new and turns stop reading their providers when too much waits.
// One fiber on one loop. enlist() from any thread. Never waits while holding its lock.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/log.h"
#include "chat/turn_log.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/notify.h"
#include "store/connection.h"
#include "store/turns.h"

namespace whinchat::chat {

class Journal {
 public:
  // A write job of Database, or of a test. Called on the journal's fiber; may wait.
  using Job = std::function<Result<void>(store::Connection&)>;
  using Write = std::function<Result<void>(const Job&)>;

  Journal(Write write, Log& log);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void start(io::Loop& loop);  // once
  // Ends the fiber when what is enlisted has been tried once more. Any thread; running() tells when it is over.
  void stop();
  bool running() const;

  void open(const std::shared_ptr<TurnLog>& log);   // before its first byte: its rows are kept from now on
  void enlist(const std::shared_ptr<TurnLog>& log); // it has unwritten bytes
  void close(const std::shared_ptr<TurnLog>& log);  // its end is stored: its rows may go

  struct Stats {
    long rounds = 0;
    long pieces = 0;
    long failures = 0;
  };
  Stats stats() const;

 private:
  using Logs = std::vector<std::shared_ptr<TurnLog>>;
  struct Entry;

  void serve();                      // fiber
  Logs take_enlisted();
  bool write_round(const Logs& logs);
  bool trim();                       // true: there is more to remove
  void note_failure(const Error& error);

  const Write write_;
  Log& log_;
  io::Notify news_;
  io::FiberRef fiber_;
  int64_t newest_row_ = 0;           // fiber
  bool failing_ = false;             // fiber: the last round failed; said once

  mutable std::mutex mutex_;
  // Under mutex_.
  Logs enlisted_;
  std::unordered_set<std::shared_ptr<TurnLog>> open_;
  bool stopping_ = false;
  Stats stats_;
};

}  // namespace whinchat::chat
