// What sessions and tokens have running, so that ending one ends its work: requests and their streams. The pipeline enters
// each of them. Turns, which outlive their session, end with their user: Accounts::on_user_end. Thread-safe; nothing waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "io/fiber.h"

namespace whinchat::auth {

class RunningWork {
 public:
  // Leaves when it is destroyed. May outlive the RunningWork.
  using Ticket = std::shared_ptr<void>;

  RunningWork();
  ~RunningWork();

  // From now on `fiber` is cancelled (CancelReason::kRevoked) when the session, token or user ends. Nothing: something was
  // ended since `who` was found out, so find out again who it is. Identities without a session (open mode) get a ticket
  // that does nothing.
  std::optional<Ticket> enter(const Identity& who, const io::FiberRef& fiber);
  uint64_t epoch() const;  // read before looking somebody up; goes into Identity::epoch

  // Cancels what runs for it. The fiber that calls is spared, so that it can answer.
  void end_session(std::string_view session_id);
  // All of a user's work, but that of one session ("": none is spared).
  void end_user(std::string_view user_id, std::string_view except_session_id);
  // Nobody is ended, but everybody who was looked up before has to be looked up again.
  void distrust();

  std::vector<std::string> session_ids() const;  // each once

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace whinchat::auth
