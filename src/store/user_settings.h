// The table user_settings: what a person keeps for every device of theirs, as one JSON text with a revision. What is in the
// text is the affair of chat/personal_settings. Called within jobs of Database.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/connection.h"

namespace whinchat::store {

struct UserSettings {
  std::string body = "{}";  // JSON, an object
  int64_t revision = 0;     // rises with every change; 0: nothing was stored
};

Result<UserSettings> settings_of_user(Connection& c, std::string_view user_id);

// Replaces what is stored if that has still the given revision. Gives what is stored then: with the revision after the given
// one when it was replaced, and as it was otherwise.
Result<UserSettings> put_settings(Connection& c, std::string_view user_id, const UserSettings& wanted);

}  // namespace whinchat::store
