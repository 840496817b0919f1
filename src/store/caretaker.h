// What is done for conversations when nobody waits for it: the search index catches up, what deleted users wrote is removed,
// and so is what has been in the trash for longer than limits::kUndoDays, and files that were uploaded a day ago and never sent.
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
  bool purge_files();

  Database& database_;
  const WallClock& clock_;
  Log& log_;
  io::Notify woken_;
};

}  // namespace whinchat::store
