#include "store/accounts_sessions.h"

#include "base/limits.h"

namespace whinchat::store {

namespace {

Session read_session(const Row& row) {
  return {row.text(0), row.text(1), row.integer(2), row.integer(3), row.integer(4), row.integer(5), row.text(6), row.text(7)};
}

ApiToken read_token(const Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5), row.integer_or_null(6), row.integer_or_null(7)};
}

// The owner's columns follow the eight of the session or token.
User read_owner(const Row& row) {
  User user;
  user.id = row.text(1);
  user.name = row.text(8);
  user.role = row.text(9) == "admin" ? UserRole::kAdmin : UserRole::kUser;
  user.plan_id = row.text(10);
  user.disabled = row.flag(11);
  return user;
}

#define SESSION_COLUMNS "s.id, s.user_id, s.created_ms, s.last_seen_ms, s.idle_until_ms, s.absolute_until_ms, s.ip, s.user_agent"
#define TOKEN_COLUMNS "t.id, t.user_id, t.name, t.scopes, t.last4, t.created_ms, t.expires_ms, t.last_used_ms"
#define OWNER_COLUMNS "u.name, u.role, u.plan_id, u.disabled"

std::string read_id(const Row& row) { return row.text(0); }

}  // namespace

Result<void> insert_session(Connection& c, const Session& session, std::string_view token_hash) {
  return run(c,
             "INSERT INTO session (token_hash, id, user_id, created_ms, last_seen_ms, idle_until_ms, absolute_until_ms, ip, user_agent)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
             Blob{token_hash}, session.id, session.user_id, session.created_ms, session.last_seen_ms, session.idle_until_ms,
             session.absolute_until_ms, session.ip, session.user_agent);
}

Result<std::optional<SessionOwner>> find_session(Connection& c, std::string_view token_hash) {
  return one<SessionOwner>(c, "SELECT " SESSION_COLUMNS ", " OWNER_COLUMNS " FROM session s JOIN user u ON u.id = s.user_id WHERE s.token_hash = ?1",
                           [](const Row& row) { return SessionOwner{read_session(row), read_owner(row)}; }, Blob{token_hash});
}

Result<std::vector<Session>> list_sessions(Connection& c, std::string_view user_id, int64_t now_ms) {
  return all<Session>(c,
                      "SELECT " SESSION_COLUMNS " FROM session s WHERE s.user_id = ?1 AND s.idle_until_ms > ?2 AND s.absolute_until_ms > ?2"
                      " ORDER BY s.last_seen_ms DESC, s.id DESC LIMIT ?3",
                      read_session, user_id, now_ms, limits::kSessionsPerUser);
}

Result<void> touch_session(Connection& c, std::string_view id, int64_t last_seen_ms, int64_t idle_until_ms) {
  auto touched = run(c, "UPDATE session SET last_seen_ms = ?2, idle_until_ms = ?3 WHERE id = ?1", id, last_seen_ms, idle_until_ms);
  if (!touched) return touched;
  return run(c, "UPDATE user SET last_seen_ms = ?2 WHERE id = (SELECT user_id FROM session WHERE id = ?1)", id, last_seen_ms);
}

Result<bool> delete_session(Connection& c, std::string_view user_id, std::string_view id) {
  auto gone = run(c, "DELETE FROM session WHERE id = ?2 AND user_id = ?1", user_id, id);
  if (!gone) return gone.error();
  return c.changes() > 0;
}

Result<std::vector<std::string>> delete_sessions_of(Connection& c, std::string_view user_id, std::string_view except_id) {
  return all<std::string>(c, "DELETE FROM session WHERE user_id = ?1 AND id <> ?2 RETURNING id", read_id, user_id, except_id);
}

Result<std::vector<std::string>> keep_newest_sessions(Connection& c, std::string_view user_id, int count_max) {
  return all<std::string>(c,
                          "DELETE FROM session WHERE user_id = ?1 AND id NOT IN"
                          " (SELECT id FROM session WHERE user_id = ?1 ORDER BY last_seen_ms DESC, id DESC LIMIT ?2) RETURNING id",
                          read_id, user_id, count_max);
}

Result<void> delete_expired_sessions(Connection& c, int64_t now_ms) {
  return run(c, "DELETE FROM session WHERE idle_until_ms <= ?1 OR absolute_until_ms <= ?1", now_ms);
}

Result<bool> is_live(Connection& c, std::string_view session_or_token_id, int64_t now_ms) {
  auto found = one<int64_t>(c,
                            "SELECT 1 FROM session s JOIN user u ON u.id = s.user_id WHERE s.id = ?1 AND u.disabled = 0"
                            " AND s.idle_until_ms > ?2 AND s.absolute_until_ms > ?2"
                            " UNION ALL SELECT 1 FROM api_token t JOIN user u ON u.id = t.user_id WHERE t.id = ?1 AND u.disabled = 0"
                            " AND (t.expires_ms IS NULL OR t.expires_ms > ?2)",
                            [](const Row& row) { return row.integer(0); }, session_or_token_id, now_ms);
  if (!found.ok()) return std::move(found).error();
  return found->has_value();
}

Result<void> insert_token(Connection& c, const ApiToken& token, std::string_view token_hash) {
  return run(c, "INSERT INTO api_token (token_hash, id, user_id, name, scopes, last4, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
             Blob{token_hash}, token.id, token.user_id, token.name, token.scopes, token.last4, token.created_ms, token.expires_ms);
}

Result<std::optional<TokenOwner>> find_token(Connection& c, std::string_view token_hash) {
  return one<TokenOwner>(c, "SELECT " TOKEN_COLUMNS ", " OWNER_COLUMNS " FROM api_token t JOIN user u ON u.id = t.user_id WHERE t.token_hash = ?1",
                         [](const Row& row) { return TokenOwner{read_token(row), read_owner(row)}; }, Blob{token_hash});
}

Result<std::vector<ApiToken>> list_tokens(Connection& c, std::string_view user_id) {
  return all<ApiToken>(c, "SELECT " TOKEN_COLUMNS " FROM api_token t WHERE t.user_id = ?1 ORDER BY t.id DESC LIMIT ?2", read_token, user_id,
                       limits::kTokensPerUser);
}

Result<void> touch_token(Connection& c, std::string_view id, int64_t now_ms) {
  return run(c, "UPDATE api_token SET last_used_ms = ?2 WHERE id = ?1", id, now_ms);
}

Result<bool> delete_token(Connection& c, std::string_view user_id, std::string_view id) {
  auto gone = run(c, "DELETE FROM api_token WHERE id = ?2 AND user_id = ?1", user_id, id);
  if (!gone) return gone.error();
  return c.changes() > 0;
}

}  // namespace whinchat::store
