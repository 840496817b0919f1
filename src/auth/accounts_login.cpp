// Signing in: by password, by the set-up link, by an invite; and signing out.
#include "auth/accounts.h"
#include "auth/name_rules.h"
#include "auth/password_rules.h"
#include "auth/totp.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/accounts_audit.h"
#include "store/accounts_invites.h"
#include "store/accounts_sessions.h"

namespace whinchat::auth {

namespace {

// The same words whatever was wrong.
Error wrong_credentials() { return {ErrorCode::kInvalidCredentials, "The name, the password or the code is wrong.", ""}; }
Error no_invite() { return {ErrorCode::kRegistrationClosed, "New accounts are made with an invite, and this one is not valid (any more).", ""}; }
Error nothing_to_set_up() { return {ErrorCode::kNotFound, "This server is set up already.", ""}; }

std::string account_of(std::string_view name_key) { return "name " + std::string(name_key); }

// In a job, after the password was verified, which takes a while: kConflict when it was changed meanwhile, or the user must not come in any more.
Result<void> still_so(store::Connection& c, const store::Credentials& verified) {
  auto now = store::find_credentials(c, verified.user.id);
  if (!now.ok()) return std::move(now).error();
  const bool same = *now && !(*now)->user.disabled && (*now)->password == verified.password && (*now)->user.totp_enabled == verified.user.totp_enabled;
  if (same) return {};
  return Error{ErrorCode::kConflict, "The account was changed in the meantime. Please try again.", ""};
}

bool is_totp_code(std::string_view code) { return code.size() == 6 && code.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

Result<Accounts::Opened> Accounts::open_session(store::Connection& c, const User& user, const Client& client) const {
  const int64_t now = now_ms();
  Opened opened{{user, make_id(now), whinchat::make_token()}, {}};
  const Session session{opened.in.session_id, user.id, now, now, now + settings_.idle_ms, now + settings_.absolute_ms, client.ip, client.user_agent};
  if (auto made = store::insert_session(c, session, secret_hash(opened.in.token.reveal())); !made) return made.error();
  if (auto seen = store::set_user_seen(c, user.id, now); !seen) return seen.error();
  auto dropped = store::keep_newest_sessions(c, user.id, limits::kSessionsPerUser);
  if (!dropped.ok()) return std::move(dropped).error();
  opened.dropped = std::move(dropped).value();
  return opened;
}

SignedIn Accounts::finish(Opened opened) {
  for (const std::string& id : opened.dropped) {
    cache_.forget_session(id);
    running_.end_session(id);
  }
  return std::move(opened.in);
}

Result<std::string> Accounts::new_password_hash(const Secret& password, std::string_view name) {
  if (auto good = check_new_password(password.reveal(), name); !good) return good.error();
  return hasher_.hash(password);
}

// A row in the audit for known and unknown names alike: the time it takes must not tell them apart.
void Accounts::note_failed_login(const std::optional<store::Credentials>& found, const Client& client) {
  log_.warning("accounts", "Login failed", {{"client", client.ip}, {"user_id", found ? found->user.id : ""}});
  if (!audited_failures_.check_and_count("", clock_.now()).allowed) return;
  const AuditEntry row{0, now_ms(), "", "login failed", found ? found->user.id : "", client.ip, found ? "" : "unknown name"};
  auto noted = database_.write([&](store::Connection& c) { return store::append_audit(c, row); });
  if (!noted) log_.warning("accounts", "The audit could not be written", {{"detail", noted.error().detail}});
}

Result<void> Accounts::check_second_factor(const store::Credentials& found, std::string_view code) {
  const std::string& id = found.user.id;
  if (!is_totp_code(code)) {
    auto used = database_.write([&](store::Connection& c) { return store::use_recovery_code(c, id, recovery_code_hash(code)); });
    if (!used.ok()) return std::move(used).error();
    if (!*used) return wrong_credentials();
    log_.info("accounts", "A recovery code was used", {{"user_id", id}});
    return {};
  }
  const auto secret = box_.open_joined(found.totp_secret, "totp " + id);
  if (!secret) {
    log_.error("accounts", "A second factor cannot be read: was the secret key changed?", {{"user_id", id}});
    return wrong_credentials();
  }
  const auto step = find_totp_step(secret->reveal(), code, now_ms() / 1000);
  if (!step) return wrong_credentials();
  auto used = database_.write([&](store::Connection& c) { return store::use_totp_step(c, id, *step); });
  if (!used.ok()) return std::move(used).error();
  if (!*used) return wrong_credentials();
  return {};
}

Result<SignedIn> Accounts::log_in(std::string_view name, const Secret& password, std::string_view code, const Client& client) {
  const std::string key = name_key(name);
  if (auto may = backoff_.begin(account_of(key), client.limit_key, clock_.now()); !may) return may.error();
  auto in = log_in_once(key, password, code, client);
  const bool changed = !in.ok() && in.error().code == ErrorCode::kConflict;  // what was verified is no longer so: by the new password
  return changed ? log_in_once(key, password, code, client) : std::move(in);
}

Result<SignedIn> Accounts::log_in_once(std::string_view key, const Secret& password, std::string_view code, const Client& client) {
  const std::string account = account_of(key);
  auto found = database_.read([&](store::Connection& c) { return store::find_credentials_named(c, key); });
  if (!found.ok()) return std::move(found).error();
  auto verdict = hasher_.verify(password, *found ? (*found)->password : "");
  if (!verdict.ok()) {
    backoff_.withdraw(account);
    return std::move(verdict).error();
  }
  if (!verdict->matches || !*found || (*found)->user.disabled) {
    note_failed_login(*found, client);
    return wrong_credentials();
  }
  const User& user = (*found)->user;
  if (user.totp_enabled && code.empty()) {
    backoff_.withdraw(account);
    return Error{ErrorCode::kSecondFactorRequired, "Please enter the code of your authenticator app.", ""};
  }
  if (user.totp_enabled) {
    if (auto right = check_second_factor(**found, code); !right) {
      if (right.error().code == ErrorCode::kInvalidCredentials) note_failed_login(*found, client);
      return right.error();
    }
  }
  std::string rehashed;
  if (verdict->outdated) {
    if (auto anew = hasher_.hash(password); anew.ok()) rehashed = *anew;
  }
  auto opened = database_.write([&](store::Connection& c) -> Result<Opened> {
    if (auto still = still_so(c, **found); !still) return still.error();
    if (!rehashed.empty()) {
      if (auto set = store::set_user_password(c, user.id, rehashed); !set) return set.error();
    }
    if (auto noted = store::append_audit(c, {0, now_ms(), user.id, "login", user.id, client.ip, user.totp_enabled ? "with a second factor" : ""}); !noted) return noted.error();
    return open_session(c, user, client);
  });
  if (!opened.ok()) return std::move(opened).error();
  backoff_.succeeded(account);
  return finish(std::move(opened).value());
}

Result<SignedIn> Accounts::set_up(const Secret& token, std::string_view name, const Secret& password, const Client& client) {
  if (!setup_required()) return nothing_to_set_up();
  if (auto may = backoff_.begin("set-up " + client.limit_key, client.limit_key, clock_.now()); !may) return may.error();
  {
    std::lock_guard lock(mutex_);
    if (!equal_in_constant_time(secret_hash(token.reveal()), setup_token_hash_)) {
      return Error{ErrorCode::kNotAllowed, "This set-up link is not valid. The right one was printed when the server started.", ""};
    }
  }
  backoff_.succeeded("set-up " + client.limit_key);
  auto checked = check_name(name);
  if (!checked.ok()) return std::move(checked).error();
  auto hash = new_password_hash(password, checked->name);
  if (!hash.ok()) return std::move(hash).error();
  auto opened = database_.write([&](store::Connection& c) -> Result<Opened> {
    auto admins = store::count_working_admins(c);
    if (!admins.ok()) return std::move(admins).error();
    if (*admins > 0) return nothing_to_set_up();
    const store::NewUser wanted{checked->name, checked->key, *hash, UserRole::kAdmin, "unlimited", true};
    auto local = store::find_local_user(c);
    if (!local.ok()) return std::move(local).error();
    User user;
    if (*local) {
      if (auto promoted = store::promote_local_user(c, (*local)->id, wanted); !promoted) return promoted.error();
      auto again = store::find_user(c, (*local)->id);
      if (!again.ok()) return std::move(again).error();
      user = **again;
    } else {
      auto made = store::insert_user(c, wanted, now_ms());
      if (!made.ok()) return std::move(made).error();
      user = std::move(made).value();
    }
    if (auto noted = store::append_audit(c, {0, now_ms(), user.id, "server set up", user.id, client.ip, ""}); !noted) return noted.error();
    return open_session(c, user, client);
  });
  if (!opened.ok()) return std::move(opened).error();
  learn_whether_setup_is_required();
  return finish(std::move(opened).value());
}

Result<SignedIn> Accounts::register_user(const Secret& invite, std::string_view name, const Secret& password, const Client& client) {
  const std::string account = "invite " + client.limit_key;
  if (auto may = backoff_.begin(account, client.limit_key, clock_.now()); !may) return may.error();
  auto found = database_.read([&](store::Connection& c) { return store::find_invite(c, secret_hash(invite.reveal()), now_ms()); });
  if (!found.ok()) return std::move(found).error();
  if (!*found) return no_invite();
  backoff_.succeeded(account);
  if (!(*found)->user_id.empty()) return reset_by_invite(**found, name, password, client);
  auto checked = check_name(name);
  if (!checked.ok()) return std::move(checked).error();
  auto hash = new_password_hash(password, checked->name);
  if (!hash.ok()) return std::move(hash).error();
  auto opened = database_.write([&](store::Connection& c) -> Result<Opened> {
    auto used = store::use_invite(c, (*found)->id, now_ms());
    if (!used.ok()) return std::move(used).error();
    if (!*used) return no_invite();
    if (auto free = refuse_confusable_name(c, checked->name, ""); !free) return free.error();
    auto user = store::insert_user(c, {checked->name, checked->key, *hash, (*found)->role, (*found)->plan_id, false}, now_ms());
    if (!user.ok()) return std::move(user).error();
    if (auto noted = store::append_audit(c, {0, now_ms(), user->id, "user registered", user->id, client.ip, "by invite " + (*found)->id}); !noted) return noted.error();
    return open_session(c, *user, client);
  });
  if (!opened.ok()) return std::move(opened).error();
  return finish(std::move(opened).value());
}

// The link of an invite for somebody who has an account already: a new password, and everything that was open ends.
Result<SignedIn> Accounts::reset_by_invite(const Invite& invite, std::string_view name, const Secret& password, const Client& client) {
  auto there = database_.read([&](store::Connection& c) { return store::find_user(c, invite.user_id); });
  if (!there.ok()) return std::move(there).error();
  if (!*there || (*there)->disabled) return no_invite();
  User user = **there;
  if (!name.empty() && name_key(name) != name_key(user.name)) return Error{ErrorCode::kInvalidRequest, "This link belongs to an account with another name.", ""};
  auto hash = new_password_hash(password, user.name);
  if (!hash.ok()) return std::move(hash).error();
  auto opened = database_.write([&](store::Connection& c) -> Result<Opened> {
    auto used = store::use_invite(c, invite.id, now_ms());
    if (!used.ok()) return std::move(used).error();
    if (!*used) return no_invite();
    auto now = store::find_user(c, user.id);
    if (!now.ok()) return std::move(now).error();
    if (!*now || (*now)->disabled) return no_invite();
    user = **now;  // it may have a second factor since
    if (auto set = store::set_user_password(c, user.id, *hash); !set) return set.error();
    if (auto gone = store::delete_sessions_of(c, user.id, ""); !gone.ok()) return std::move(gone).error();
    if (auto noted = store::append_audit(c, {0, now_ms(), user.id, "password changed", user.id, client.ip, "by invite " + invite.id}); !noted) return noted.error();
    if (user.totp_enabled) return Opened{};  // the link stands for the password alone
    return open_session(c, user, client);
  });
  if (!opened.ok()) return std::move(opened).error();
  end_everything_of(user.id, "");
  if (user.totp_enabled) return Error{ErrorCode::kSecondFactorRequired, "Your password was changed. Please sign in with it and your code.", ""};
  return finish(std::move(opened).value());
}

Result<void> Accounts::log_out(const Identity& who, const Client& client) {
  if (who.credential != Credential::kSession) return {};
  auto gone = database_.write([&](store::Connection& c) -> Result<void> {
    if (auto deleted = store::delete_session(c, who.user_id, who.session_id); !deleted.ok()) return std::move(deleted).error();
    return store::append_audit(c, entry(who, "logout", who.user_id, client));
  });
  if (!gone) return gone;
  cache_.forget_session(who.session_id);
  running_.end_session(who.session_id);
  return {};
}

}  // namespace whinchat::auth
