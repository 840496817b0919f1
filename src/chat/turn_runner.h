// The way of one turn on its fiber: prompt, provider, log, end. The user's message is stored before it begins.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "chat/journal.h"
#include "chat/prompt.h"
#include "chat/side_call.h"
#include "chat/turn.h"
#include "chat/turn_log.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "provider/registry.h"
#include "store/database.h"
#include "store/ledger.h"

namespace whinchat::chat {

// What turns need from the process. The references outlive the turns.
struct TurnParts {
  store::Database& database;
  provider::Registry& providers;
  const WallClock& clock;
  Log& log;
  io::LoopGroup& loops;
  PromptRules rules;
  std::function<void(const Turn&, const TurnResult&)> on_end = {};  // for metrics; any loop, must not wait
};

// A turn that was admitted and runs. Its fiber owns what is not said to be shared.
struct RunningTurn {
  Turn turn;                           // as admitted; changed by nobody
  std::shared_ptr<TurnLog> log;        // shared
  std::shared_ptr<provider::Provider> provider;
  PromptInput input;
  bool first_exchange = false;         // the conversation has no name of its own yet
  std::atomic<bool> stopped{false};    // shared: the user pressed stop
  io::FiberRef fiber;                  // the manager's
};

class TurnRunner {
 public:
  TurnRunner(TurnParts parts, Journal& journal) : parts_(std::move(parts)), journal_(journal) {}

  // The whole turn, until its end is stored and told. Never fails: what goes wrong is the turn's own end.
  void run(RunningTurn& running);
  // Afterwards, when it was the first exchange: asks for a better title than the first words. Waits some seconds.
  void name_conversation(const RunningTurn& running);

  void give_up() { giving_up_.store(true); }  // the database closes: ends are not tried again

 private:
  struct End;
  Result<Prompt> make_prompt(RunningTurn& running);
  bool sum_up(RunningTurn& running);
  TurnResult ask(RunningTurn& running, Prompt& prompt, std::optional<Error>& own_error);
  void end(RunningTurn& running, const TurnResult& result, const Prompt* prompt, const std::optional<Error>& own_error);
  bool store_end(const Turn& ended, const TurnLog::Answer& answer);
  bool may_spend(const Turn& turn);
  void note_side_call(const Turn& turn, const provider::Provider& provider, const SideAnswer& answer, const std::string& model);
  void log_end(const Turn& ended, const TurnResult& result) const;
  int64_t now_ms() const { return parts_.clock.now().epoch_ms; }

  const TurnParts parts_;
  Journal& journal_;
  std::atomic<bool> giving_up_{false};
};

}  // namespace whinchat::chat
