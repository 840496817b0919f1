// What calls of users without limits came to, summed up in memory and written together.
//
// Nothing is refused to them, so nothing has to be exact before the next call: one write every limits::kUsageFlushEvery
// instead of a flushed transaction per call. A crash loses at most the sums of that time; the end of the server writes them.
// Whoever shows usage calls flush() first, and so does whoever reserves for a user who has limits now. Thread-safe; the
// functions that ask the database wait on the calling fiber.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "io/notify.h"
#include "store/database.h"
#include "store/ledger.h"

namespace whinchat::chat {

class UsageTally {
 public:
  UsageTally(store::Database& database, const WallClock& clock, Log& log) : database_(database), clock_(clock), log_(log) {}

  // Whether the user's plan limits nothing. Remembered until a plan changes, for limits::kPlanKnown at most: other processes
  // change plans too.
  Result<bool> is_unlimited(const std::string& user_id);

  // False: too much is waiting (a full disk), so the caller writes it itself.
  bool add(const store::Reservation& used);

  // All that was added before is on disk, or is kept for the next time.
  Result<void> flush();

  void run();  // the body of a fiber; ends when that is cancelled
  store::Database& database() { return database_; }

 private:
  using Key = std::tuple<int64_t, std::string, std::string, std::string>;  // day since the epoch, user, provider, model
  using Sums = std::map<Key, store::Amount, std::less<>>;
  struct Known {
    bool unlimited = false;
    uint64_t revision = 0;
    std::chrono::steady_clock::time_point until;
  };
  void take_back(Sums sums);

  store::Database& database_;
  const WallClock& clock_;
  Log& log_;
  io::Notify added_;
  std::mutex mutex_;
  Sums sums_;                                     // under mutex_
  int writing_ = 0;                               // under mutex_: sums taken and not yet on disk
  std::unordered_map<std::string, Known> known_;  // under mutex_
};

}  // namespace whinchat::chat
