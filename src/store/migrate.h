// Brings a database to the form that this program knows: numbered steps, forward only, each in one transaction.
// PRAGMA user_version is the number of the last step, PRAGMA application_id says that the file is ours.
// Sources: sqlite.org/pragma.html#pragma_user_version, sqlite.org/lang_altertable.html#otheralter (2026).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/connection.h"

namespace whinchat::store {

inline constexpr int32_t kApplicationId = 0x5768696e;  // "Whin"

struct Migration {
  int number;             // 1, 2, 3 ... without a gap
  std::string_view name;  // "0001_first", for messages
  std::string_view sql;   // statements; no BEGIN, no COMMIT
};

// Those of src/store/migrations/, compiled in, in order.
std::span<const Migration> migrations();

// The version of a database: 0 is an empty one. kConfig: not a database of ours, or of a newer program than one that knows
// these migrations.
Result<int> check_version(Connection& connection, std::span<const Migration> known);

// Runs what is missing. An error leaves the version that was reached before the step that failed.
Result<void> migrate(Connection& writer, std::span<const Migration> known);

}  // namespace whinchat::store
