// What is done for conversations when nobody waits for it: the search index catches up, and what has been in the trash for
// longer than limits::kUndoDays is removed for good.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "io/notify.h"
#include "store/database.h"

namespace whinchat::store {

class Caretaker {
 public:
  Caretaker(Database& database, const WallClock& clock, Log& log) : database_(database), clock_(clock), log_(log) {}

  void run();                        // the body of a fiber; ends when that is cancelled
  void wake() { woken_.notify(); }   // something was written; any thread

 private:
  bool catch_up();
  bool purge();

  Database& database_;
  const WallClock& clock_;
  Log& log_;
  io::Notify woken_;
};

}  // namespace whinchat::store
