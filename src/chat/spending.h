// What a call of a model that is no turn (the stateless routes) uses of its user's plan.
//
// Reserves before the call and settles when it goes, whatever happened to the call. Waits on the calling fiber. For users
// without limits nothing is reserved, and what was used goes into the tally.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "chat/turn.h"
#include "chat/usage_tally.h"
#include "provider/provider.h"
#include "store/ledger.h"

namespace whinchat::chat {

class Spending {
 public:
  // user_id empty: nobody's, nothing is counted. Errors: kQuotaExceeded; the database's.
  static Result<Spending> begin(UsageTally& tally, const WallClock& clock, Log& log, const std::string& user_id, const provider::Provider& provider,
                                const provider::ChatRequest& request, const provider::ModelInfo& about);
  ~Spending();  // settles, unless that is done
  Spending(Spending&& other) noexcept;
  Spending& operator=(Spending&&) = delete;

  void settle(const TurnResult& result);  // what it came to; without this only the prompt is counted

 private:
  Spending(UsageTally& tally, const WallClock& clock, Log& log) : tally_(&tally), clock_(clock), log_(log) {}
  void store_it();
  UsageTally* tally_;                   // null: settled, moved from, or nobody's
  const WallClock& clock_;
  Log& log_;
  provider::ModelInfo about_;
  store::Reservation reservation_;
};

}  // namespace whinchat::chat
