#include "store/accounts_invites.h"

namespace whinchat::store {

namespace {

Invite read_invite(const Row& row) {
  return {row.text(0), row.text(1) == "admin" ? UserRole::kAdmin : UserRole::kUser, row.text(2), row.text(3), row.text(4), row.integer(5),
          row.integer(6)};
}

#define INVITE_COLUMNS "id, role, plan_id, user_id, created_by, created_ms, expires_ms"

}  // namespace

Result<void> insert_invite(Connection& c, const Invite& invite, std::string_view token_hash) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); };
  auto inserted = run(c,
                      "INSERT INTO invite (id, token_hash, role, plan_id, user_id, created_by, created_ms, expires_ms)"
                      " SELECT ?1, ?2, ?3, plan.id, ?5, ?6, ?7, ?8 FROM plan WHERE CASE ?4 WHEN '' THEN plan.is_default = 1 ELSE plan.id = ?4 END LIMIT 1",
                      invite.id, Blob{token_hash}, invite.role == UserRole::kAdmin ? "admin" : "user", invite.plan_id, text_or_null(invite.user_id),
                      text_or_null(invite.created_by), invite.created_ms, invite.expires_ms);
  if (!inserted) return inserted;
  if (c.changes() == 0) return Error{ErrorCode::kInvalidRequest, "There is no such plan.", ""};
  return {};
}

Result<std::optional<Invite>> find_invite(Connection& c, std::string_view token_hash, int64_t now_ms) {
  return one<Invite>(c, "SELECT " INVITE_COLUMNS " FROM invite WHERE token_hash = ?1 AND used_ms IS NULL AND expires_ms > ?2", read_invite,
                     Blob{token_hash}, now_ms);
}

Result<std::vector<Invite>> list_invites(Connection& c, int64_t now_ms) {
  return all<Invite>(c, "SELECT " INVITE_COLUMNS " FROM invite WHERE used_ms IS NULL AND expires_ms > ?1 ORDER BY id DESC LIMIT 200", read_invite, now_ms);
}

Result<bool> use_invite(Connection& c, std::string_view id, int64_t now_ms) {
  auto used = run(c, "UPDATE invite SET used_ms = ?2 WHERE id = ?1 AND used_ms IS NULL AND expires_ms > ?2", id, now_ms);
  if (!used) return used.error();
  return c.changes() > 0;
}

Result<bool> delete_invite(Connection& c, std::string_view id) {
  auto gone = run(c, "DELETE FROM invite WHERE id = ?1", id);
  if (!gone) return gone.error();
  return c.changes() > 0;
}

Result<void> delete_old_invites(Connection& c, int64_t expired_before_ms) { return run(c, "DELETE FROM invite WHERE expires_ms < ?1", expired_before_ms); }

}  // namespace whinchat::store
