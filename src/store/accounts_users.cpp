#include "store/accounts_users.h"

#include "base/ids.h"

namespace whinchat::store {

namespace {

constexpr const char* role_text(UserRole role) { return role == UserRole::kAdmin ? "admin" : "user"; }

User read_user(const Row& row) {
  User user;
  user.id = row.text(0);
  user.name = row.text(1);
  user.role = row.text(2) == "admin" ? UserRole::kAdmin : UserRole::kUser;
  user.plan_id = row.text(3);
  user.is_local = row.flag(4);
  user.disabled = row.flag(5);
  user.has_password = row.flag(6);
  user.totp_enabled = row.flag(7);
  user.created_ms = row.integer(8);
  user.last_seen_ms = row.integer_or_null(9);
  return user;
}

Credentials read_credentials(const Row& row) { return {read_user(row), row.text(10), row.text(11), row.integer(12)}; }

UserSummary read_summary(const Row& row) { return {read_user(row), row.integer(10), row.integer(11), row.integer(12), row.integer(13)}; }

#define USER_COLUMNS "id, name, role, plan_id, is_local, disabled, password <> '', totp_enabled, created_ms, last_seen_ms"
#define USER_STAYS "name_key NOT BETWEEN char(2) AND char(3)"  // see delete_user

// The plan's id, the default one for ""; kInvalidRequest when there is no such plan.
Result<std::string> checked_plan(Connection& c, std::string_view wanted) {
  auto found = wanted.empty() ? one<std::string>(c, "SELECT id FROM plan WHERE is_default = 1", [](const Row& r) { return r.text(0); })
                              : one<std::string>(c, "SELECT id FROM plan WHERE id = ?1", [](const Row& r) { return r.text(0); }, wanted);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return Error{ErrorCode::kInvalidRequest, "There is no such plan.", ""};
  return **found;
}

Result<void> refuse_taken(Connection& c, std::string_view name_key, std::string_view except_id) {
  auto taken = one<int64_t>(c, "SELECT 1 FROM user WHERE name_key = ?1 AND id <> ?2", [](const Row& r) { return r.integer(0); }, name_key, except_id);
  if (!taken.ok()) return std::move(taken).error();
  if (*taken) return Error{ErrorCode::kConflict, "This name is taken.", ""};
  return {};
}

}  // namespace

Result<User> insert_user(Connection& c, const NewUser& user, int64_t now_ms) {
  auto plan = checked_plan(c, user.plan_id);
  if (!plan.ok()) return std::move(plan).error();
  if (auto free = refuse_taken(c, user.name_key, ""); !free) return free.error();
  const std::string id = make_id(now_ms);
  auto inserted = run(c, "INSERT INTO user (id, name, name_key, password, role, plan_id, is_local, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                      id, user.name, user.name_key, user.password, role_text(user.role), *plan, user.is_local, now_ms);
  if (!inserted) return inserted.error();
  auto made = find_user(c, id);
  if (!made.ok()) return std::move(made).error();
  return std::move(**made);
}

Result<std::optional<User>> find_user(Connection& c, std::string_view id) {
  return one<User>(c, "SELECT " USER_COLUMNS " FROM user WHERE id = ?1 AND " USER_STAYS, read_user, id);
}

Result<std::optional<User>> find_user_named(Connection& c, std::string_view name_key) {
  return one<User>(c, "SELECT " USER_COLUMNS " FROM user WHERE name_key = ?1", read_user, name_key);
}

Result<std::optional<User>> find_local_user(Connection& c) {
  return one<User>(c, "SELECT " USER_COLUMNS " FROM user WHERE is_local = 1", read_user);
}

Result<std::optional<Credentials>> find_credentials(Connection& c, std::string_view id) {
  return one<Credentials>(c, "SELECT " USER_COLUMNS ", password, totp_secret, totp_last_step FROM user WHERE id = ?1 AND " USER_STAYS, read_credentials, id);
}

Result<std::optional<Credentials>> find_credentials_named(Connection& c, std::string_view name_key) {
  return one<Credentials>(c, "SELECT " USER_COLUMNS ", password, totp_secret, totp_last_step FROM user WHERE name_key = ?1", read_credentials, name_key);
}

Result<int64_t> count_working_admins(Connection& c) {
  auto count = one<int64_t>(c, "SELECT count(*) FROM user WHERE role = 'admin' AND password <> '' AND disabled = 0", [](const Row& r) { return r.integer(0); });
  if (!count.ok()) return std::move(count).error();
  return count->value_or(0);
}

Result<std::vector<User>> list_admins(Connection& c) {
  return all<User>(c, "SELECT " USER_COLUMNS " FROM user WHERE role = 'admin' LIMIT 1000", read_user);
}

Result<std::vector<std::string>> list_disabled_users(Connection& c) {
  return all<std::string>(c, "SELECT id FROM user WHERE disabled = 1 LIMIT 10000", [](const Row& r) { return r.text(0); });
}

Result<std::vector<UserSummary>> list_users(Connection& c, std::string_view after_id, int count_max, std::string_view month) {
  const std::string from = std::string(month) + "-00";
  const std::string until = std::string(month) + "-99";
  return all<UserSummary>(c,
                          "SELECT " USER_COLUMNS
                          ", (SELECT count(*) FROM conversation WHERE user_id = user.id AND deleted_ms IS NULL),"
                          " (SELECT coalesce(sum(messages), 0) FROM usage WHERE user_id = user.id AND day BETWEEN ?2 AND ?3),"
                          " (SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM usage WHERE user_id = user.id AND day BETWEEN ?2 AND ?3),"
                          " (SELECT coalesce(sum(cost_micros), 0) FROM usage WHERE user_id = user.id AND day BETWEEN ?2 AND ?3)"
                          " FROM user WHERE id > ?1 AND " USER_STAYS " ORDER BY id LIMIT ?4",
                          read_summary, after_id, from, until, count_max);
}

Result<void> set_user_name(Connection& c, std::string_view id, std::string_view name, std::string_view name_key) {
  if (auto free = refuse_taken(c, name_key, id); !free) return free.error();
  return run(c, "UPDATE user SET name = ?2, name_key = ?3 WHERE id = ?1", id, name, name_key);
}

Result<void> set_user_password(Connection& c, std::string_view id, std::string_view password) {
  return run(c, "UPDATE user SET password = ?2 WHERE id = ?1", id, password);
}

Result<void> set_user_role(Connection& c, std::string_view id, UserRole role) {
  return run(c, "UPDATE user SET role = ?2 WHERE id = ?1", id, role_text(role));
}

Result<void> set_user_plan(Connection& c, std::string_view id, std::string_view plan_id) {
  auto plan = checked_plan(c, plan_id);
  if (!plan.ok()) return std::move(plan).error();
  c.note_plan_change();
  return run(c, "UPDATE user SET plan_id = ?2 WHERE id = ?1", id, *plan);
}

Result<void> set_user_disabled(Connection& c, std::string_view id, bool disabled) {
  return run(c, "UPDATE user SET disabled = ?2 WHERE id = ?1", id, disabled);
}

Result<void> set_user_seen(Connection& c, std::string_view id, int64_t now_ms) {
  return run(c, "UPDATE user SET last_seen_ms = ?2 WHERE id = ?1", id, now_ms);
}

Result<void> promote_local_user(Connection& c, std::string_view id, const NewUser& as) {
  if (auto named = set_user_name(c, id, as.name, as.name_key); !named) return named;
  return run(c, "UPDATE user SET password = ?2, role = 'admin', disabled = 0 WHERE id = ?1", id, as.password);
}

Result<void> set_totp(Connection& c, std::string_view user_id, std::string_view sealed_secret, bool enabled) {
  if (sealed_secret.empty()) {
    auto cleared = run(c, "UPDATE user SET totp_secret = NULL, totp_enabled = 0 WHERE id = ?1", user_id);
    if (!cleared) return cleared;
    return run(c, "DELETE FROM recovery_code WHERE user_id = ?1", user_id);
  }
  return run(c, "UPDATE user SET totp_secret = ?2, totp_enabled = ?3 WHERE id = ?1", user_id, Blob{sealed_secret}, enabled);
}

Result<bool> use_totp_step(Connection& c, std::string_view user_id, int64_t step) {
  auto used = run(c, "UPDATE user SET totp_last_step = ?2 WHERE id = ?1 AND totp_last_step < ?2", user_id, step);
  if (!used) return used.error();
  return c.changes() > 0;
}

Result<void> replace_recovery_codes(Connection& c, std::string_view user_id, const std::vector<std::string>& hashes) {
  auto done = run(c, "DELETE FROM recovery_code WHERE user_id = ?1", user_id);
  for (const std::string& hash : hashes) {
    if (!done) return done;
    done = run(c, "INSERT INTO recovery_code (user_id, code_hash) VALUES (?1, ?2)", user_id, Blob{hash});
  }
  return done;
}

Result<bool> use_recovery_code(Connection& c, std::string_view user_id, std::string_view hash) {
  auto used = run(c, "DELETE FROM recovery_code WHERE user_id = ?1 AND code_hash = ?2", user_id, Blob{hash});
  if (!used) return used.error();
  return c.changes() > 0;
}

Result<void> note_accounts_changed(Connection& c) { return run(c, "INSERT INTO meta (name, value) VALUES ('accounts_changed', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"); }

Result<int64_t> accounts_change_count(Connection& c) {
  auto count = one<int64_t>(c, "SELECT value FROM meta WHERE name = 'accounts_changed'", [](const Row& r) { return r.integer(0); });
  if (!count.ok()) return std::move(count).error();
  return count->value_or(0);
}

}  // namespace whinchat::store
