// Turns and the journal of their answers.
//
// A turn's row is written with its messages before the provider is asked, and ends exactly once (the database itself refuses
// a second end). Between the two, the journal holds every byte of the answer before anybody is shown it.
// Functions of a job (see database.h). Thread: the one that runs the job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/turn.h"
#include "store/connection.h"

namespace whinchat::store {

struct StoredTurn {
  Turn turn;
  std::string request_hash;  // 32 bytes
};

// usage: the prompt's estimate, should the turn be cut. request_hash: SHA-256 of what was asked. Error kConflict: the id is taken.
Result<void> insert_turn(Connection& connection, const Turn& turn, std::string_view request_hash);

Result<std::optional<StoredTurn>> find_turn(Connection& connection, const std::string& id);  // whoever's: look at user_id

// Writes the terminal state and everything that is known at the end. False: it has ended before, or is gone.
Result<bool> end_turn(Connection& connection, const Turn& turn);

// Of one conversation, oldest first: one for each answer. At most limits::kTurnsListed, the newest.
Result<std::vector<Turn>> turns_of_conversation(Connection& connection, const std::string& conversation_id);

Result<std::vector<Turn>> running_turns(Connection& connection, int count_max);

// --- the journal ---

struct JournalPiece {
  std::string turn_id;
  int64_t at = 0;          // bytes of the answer before it
  bool reasoning = false;
  std::string text;
};

// Appends all of them. Returns the number of the first row.
Result<int64_t> append_journal(Connection& connection, const std::vector<JournalPiece>& pieces);

// What the journal holds of each turn, as read from its beginning: all of it, in order.
using JournalByTurn = std::unordered_map<std::string, std::vector<JournalPiece>>;
Result<JournalByTurn> read_journal(Connection& connection);

// Removes the rows before that number; a few thousand at a time. True: there may be more.
Result<bool> trim_journal(Connection& connection, int64_t before_seq);

}  // namespace whinchat::store
