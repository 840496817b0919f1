// What a turn writes into the database, each as one job: its beginning, its end, and what a restart makes of those cut off.
// Functions of a job (see store/database.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/turn_log.h"
#include "model/turn.h"
#include "store/connection.h"
#include "store/ledger.h"

namespace whinchat::chat {

// A turn that is to begin, with everything checked that can be checked without the database.
struct TurnOrder {
  Turn turn;                             // id, user_id, conversation_id, kind, provider, model, created_ms; usage: of the prompt
  std::string request_hash;              // SHA-256 of what was asked
  std::optional<std::string> parent_id;  // ask: what the question stands under; regenerate: the question; continue: the old answer
  std::string message;                   // ask: the question
  std::vector<std::string> attachments;  // ask: ids of its files
  std::string first_words;               // ask: what a title is made of at first
  store::Amount reserved;                // the most it may use
};

struct Admission {
  Turn turn;              // with the ids of its messages; of a repetition: as it is stored
  bool is_new = true;     // false: the same was asked before
  std::string seed;       // continue: what the answer begins with
  bool first_exchange = false;
};

// Idempotency, owner, parent, quota; then the question, the empty answer, the turn, the reservation, head and revision.
// Errors: kNotFound (another's conversation or turn), kConflict (the id was used for something else; the parent is still
// being written), kInvalidRequest (a parent that does not fit), kQuotaExceeded.
Result<Admission> admit_turn(store::Connection& connection, const TurnOrder& order);

// The turn that has that id, when it is this user's. Error kConflict: something else was asked with it; kNotFound: another's.
Result<std::optional<Turn>> find_same_turn(store::Connection& connection, const TurnOrder& order);

// Message, turn, reservation, revision. A turn that has ended already, or is gone with its conversation, is left alone.
Result<void> record_turn_end(store::Connection& connection, const Turn& ended, const TurnLog::Answer& answer);

// Usage of a call that is no turn of its own (titles, summaries).
Result<void> record_side_call(store::Connection& connection, const Turn& turn, const std::string& model, const store::Amount& amount, int64_t now_ms);

// Puts a summary into the way between two messages: it becomes the child of `after` and the parent of `before`.
Result<std::string> record_summary(store::Connection& connection, const Turn& turn, const std::string& after_id, const std::string& before_id,
                                   std::string_view text, const std::string& model, int64_t now_ms);

// What a turn's usage costs, in micro-USD; nothing when a price or a count is not known.
using Price = std::function<std::optional<int64_t>(const Turn& turn)>;

// At the start, before anything runs: running turns become interrupted with every journalled byte, the usage estimated, and
// settled; so are the reservations of other calls. The journal is emptied. Returns how many turns.
Result<int> recover_turns(store::Connection& connection, const Price& price, int64_t now_ms);

// The same for one turn that nobody runs any more. Nothing happens when it has ended.
Result<void> recover_turn(store::Connection& connection, const std::string& turn_id, const Price& price, int64_t now_ms);

}  // namespace whinchat::chat
