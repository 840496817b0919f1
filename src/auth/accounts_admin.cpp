// What administrators see and change: users, invites, the audit. They never see what people write.
#include "auth/accounts.h"
#include "auth/name_rules.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/accounts_audit.h"
#include "store/accounts_invites.h"
#include "store/accounts_sessions.h"

namespace whinchat::auth {

namespace {

constexpr int64_t kHourMs = 3'600'000;

Error not_found() { return {ErrorCode::kNotFound, "Not found", ""}; }

// In a job: the user, kNotFound without one.
Result<User> existing_user(store::Connection& c, std::string_view id) {
  auto found = store::find_user(c, id);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  return std::move(**found);
}

// After a change in a job: somebody who could administer before must be left.
Result<void> keep_an_admin(store::Connection& c, int64_t before) {
  auto after = store::count_working_admins(c);
  if (!after.ok()) return std::move(after).error();
  if (before > 0 && *after == 0) return Error{ErrorCode::kConflict, "That would leave nobody who can administer this server.", ""};
  return {};
}

}  // namespace

Result<std::vector<store::UserSummary>> Accounts::users(std::string_view after_id) {
  const std::string month = rfc3339(now_ms()).substr(0, 7);
  return database_.read([&](store::Connection& c) { return store::list_users(c, after_id, limits::kAdminPage + 1, month); });
}

Result<User> Accounts::create_user(const Identity& who, UserDraft draft, const Client& client) {
  auto checked = check_name(draft.name);
  if (!checked.ok()) return std::move(checked).error();
  std::string hash;
  if (draft.password) {
    auto made = new_password_hash(*draft.password, checked->name);
    if (!made.ok()) return std::move(made).error();
    hash = std::move(made).value();
  }
  return database_.write([&](store::Connection& c) -> Result<User> {
    if (auto free = refuse_confusable_name(c, checked->name, ""); !free) return free.error();
    auto user = store::insert_user(c, {checked->name, checked->key, hash, draft.role, draft.plan_id, false}, now_ms());
    if (!user.ok()) return user;
    if (auto noted = store::append_audit(c, entry(who, "user created", user->id, client, draft.role == UserRole::kAdmin ? "admin" : "user")); !noted) return noted.error();
    return user;
  });
}

Result<User> Accounts::change_user(const Identity& who, std::string_view id, const UserChanges& changes, const Client& client) {
  std::string hash;
  if (changes.password) {
    auto named = database_.read([&](store::Connection& c) { return existing_user(c, id); });
    if (!named.ok()) return named;
    auto made = new_password_hash(*changes.password, named->name);
    if (!made.ok()) return std::move(made).error();
    hash = std::move(made).value();
  }
  bool ends = false;  // what is open of this user has to be opened anew
  auto changed = database_.write([&](store::Connection& c) -> Result<User> {
    ends = false;
    auto user = existing_user(c, id);
    if (!user.ok()) return user;
    auto admins = store::count_working_admins(c);
    if (!admins.ok()) return std::move(admins).error();
    const auto note = [&](std::string_view action, std::string_view detail) { return store::append_audit(c, entry(who, action, id, client, detail)); };
    Result<void> done;
    if (changes.role && *changes.role != user->role) {
      ends = true;
      done = store::set_user_role(c, id, *changes.role);
      if (done) done = note("role changed", *changes.role == UserRole::kAdmin ? "admin" : "user");
    }
    if (done && changes.plan_id && *changes.plan_id != user->plan_id) {
      done = store::set_user_plan(c, id, *changes.plan_id);
      if (done) done = note("plan changed", *changes.plan_id);
    }
    if (done && changes.disabled && *changes.disabled != user->disabled) {
      ends = ends || *changes.disabled;
      done = store::set_user_disabled(c, id, *changes.disabled);
      if (done) done = note(*changes.disabled ? "user disabled" : "user enabled", "");
    }
    if (done && !hash.empty()) {
      ends = true;
      done = store::set_user_password(c, id, hash);
      if (done) done = note("password changed", "by an administrator");
    }
    if (done && changes.drop_second_factor && user->totp_enabled) {
      done = store::set_totp(c, id, "", false);
      if (done) done = note("second factor off", "by an administrator");
    }
    if (done) done = keep_an_admin(c, *admins);
    if (!done) return done.error();
    if (ends) {
      if (auto gone = store::delete_sessions_of(c, id, ""); !gone.ok()) return std::move(gone).error();
    }
    return existing_user(c, id);
  });
  if (!changed.ok()) return changed;
  if (ends) end_everything_of(id, "");
  if (changed->disabled) tell_user_end_(id);
  else cache_.forget_user(id);
  learn_whether_setup_is_required();
  return changed;
}

Result<void> Accounts::delete_user(const Identity& who, std::string_view id, const Client& client) {
  auto gone = database_.write([&](store::Connection& c) -> Result<void> {
    auto user = existing_user(c, id);
    if (!user.ok()) return std::move(user).error();
    if (user->is_local && settings_.mode == AuthMode::kOpen) return Error{ErrorCode::kConflict, "Without accounts this is everybody's user; it stays.", ""};
    auto admins = store::count_working_admins(c);
    if (!admins.ok()) return std::move(admins).error();
    if (auto deleted = store::delete_user(c, id); !deleted.ok()) return std::move(deleted).error();
    if (auto kept = keep_an_admin(c, *admins); !kept) return kept;
    return store::append_audit(c, entry(who, "user deleted", id, client, user->name));
  });
  if (!gone) return gone;
  end_everything_of(id, "");
  tell_user_end_(id);
  return {};
}

Result<std::vector<Invite>> Accounts::invites() {
  return database_.read([&](store::Connection& c) { return store::list_invites(c, now_ms()); });
}

Result<MadeInvite> Accounts::make_invite(const Identity& who, Invite wanted, int hours, const Client& client) {
  const int64_t now = now_ms();
  MadeInvite made{std::move(wanted), whinchat::make_token()};
  made.invite.id = make_id(now);
  made.invite.created_by = who.user_id;
  made.invite.created_ms = now;
  made.invite.expires_ms = now + hours * kHourMs;
  auto inserted = database_.write([&](store::Connection& c) -> Result<void> {
    if (auto put = store::insert_invite(c, made.invite, secret_hash(made.secret.reveal())); !put) return put;
    return store::append_audit(c, entry(who, made.invite.user_id.empty() ? "invite made" : "password link made", made.invite.user_id, client, made.invite.id));
  });
  if (!inserted) return inserted.error();
  return made;
}

Result<void> Accounts::delete_invite(const Identity& who, std::string_view id, const Client& client) {
  return database_.write([&](store::Connection& c) -> Result<void> {
    auto gone = store::delete_invite(c, id);
    if (!gone.ok()) return std::move(gone).error();
    if (!*gone) return not_found();
    return store::append_audit(c, entry(who, "invite withdrawn", "", client, id));
  });
}

Result<std::vector<AuditEntry>> Accounts::audit(int64_t before_id) {
  return database_.read([&](store::Connection& c) { return store::list_audit(c, before_id, limits::kAdminPage + 1); });
}

Result<void> Accounts::note(const Identity& who, std::string_view action, std::string_view target, std::string_view detail, const Client& client) {
  return database_.write([&](store::Connection& c) { return store::append_audit(c, entry(who, action, target, client, detail)); });
}

}  // namespace whinchat::auth
