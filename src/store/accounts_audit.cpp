#include "store/accounts_audit.h"

namespace whinchat::store {

Result<void> append_audit(Connection& c, const AuditEntry& entry) {
  return run(c, "INSERT INTO audit (at_ms, actor, action, target, ip, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", entry.at_ms, entry.actor, entry.action,
             entry.target, entry.ip, entry.detail);
}

Result<std::vector<AuditEntry>> list_audit(Connection& c, int64_t before_id, int count_max) {
  return all<AuditEntry>(
      c,
      "SELECT id, at_ms, coalesce((SELECT name FROM user WHERE user.id = actor AND name <> ''), actor), action,"
      " coalesce((SELECT name FROM user WHERE user.id = target AND name <> ''), target), ip, detail"
      " FROM audit WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2",
      [](const Row& row) {
        return AuditEntry{row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
      },
      before_id, count_max);
}

Result<void> drop_audit_before(Connection& c, int64_t at_ms) {
  auto moved = run(c, "UPDATE meta SET value = max(value, ?1) WHERE name = 'audit_kept_until_ms'", at_ms);
  if (!moved) return moved;
  return run(c, "DELETE FROM audit WHERE at_ms <= (SELECT value FROM meta WHERE name = 'audit_kept_until_ms')");
}

Result<std::vector<StoredKey>> list_provider_keys(Connection& c) {
  return all<StoredKey>(c, "SELECT provider, origin, nonce, sealed, last4 FROM provider_key LIMIT 100",
                        [](const Row& row) { return StoredKey{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)}; });
}

Result<void> put_provider_key(Connection& c, const StoredKey& key, int64_t now_ms) {
  return run(c, "INSERT OR REPLACE INTO provider_key (provider, origin, nonce, sealed, last4, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", key.provider,
             key.origin, Blob{key.nonce}, Blob{key.sealed}, key.last4, now_ms);
}

Result<bool> delete_provider_key(Connection& c, std::string_view provider) {
  auto gone = run(c, "DELETE FROM provider_key WHERE provider = ?1", provider);
  if (!gone) return gone.error();
  return c.changes() > 0;
}

}  // namespace whinchat::store
