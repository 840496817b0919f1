// The tables session and api_token: which secrets stand for which user. Secrets themselves are never stored, only their
// SHA-256. Called within jobs of Database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/account.h"
#include "store/connection.h"

namespace whinchat::store {

struct SessionOwner {
  Session session;
  User user;
};

struct TokenOwner {
  ApiToken token;
  User user;
};

Result<void> insert_session(Connection& c, const Session& session, std::string_view token_hash);
Result<std::optional<SessionOwner>> find_session(Connection& c, std::string_view token_hash);  // expired ones as well
Result<std::vector<Session>> list_sessions(Connection& c, std::string_view user_id, int64_t now_ms);  // newest use first, live ones
Result<void> touch_session(Connection& c, std::string_view id, int64_t last_seen_ms, int64_t idle_until_ms);
Result<bool> delete_session(Connection& c, std::string_view user_id, std::string_view id);  // false: not this user's
// These answer the ids of what they ended.
Result<std::vector<std::string>> delete_sessions_of(Connection& c, std::string_view user_id, std::string_view except_id);
Result<std::vector<std::string>> keep_newest_sessions(Connection& c, std::string_view user_id, int count_max);
Result<void> delete_expired_sessions(Connection& c, int64_t now_ms);
// Those of the ids that are no live session of an enabled user any more, and no live token either.
Result<bool> is_live(Connection& c, std::string_view session_or_token_id, int64_t now_ms);

Result<void> insert_token(Connection& c, const ApiToken& token, std::string_view token_hash);
Result<std::optional<TokenOwner>> find_token(Connection& c, std::string_view token_hash);  // expired ones as well
Result<std::vector<ApiToken>> list_tokens(Connection& c, std::string_view user_id);
Result<void> touch_token(Connection& c, std::string_view id, int64_t now_ms);
Result<bool> delete_token(Connection& c, std::string_view user_id, std::string_view id);  // false: not this user's

}  // namespace whinchat::store
