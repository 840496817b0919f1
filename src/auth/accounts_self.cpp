// What people see and change about themselves.
#include "auth/accounts.h"
#include "auth/name_rules.h"
#include "auth/totp.h"
#include "base/crypto.h"
#include "base/encodings.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "store/accounts_audit.h"
#include "store/accounts_sessions.h"

namespace whinchat::auth {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kTokenNameCodePoints = 64;

Error not_found() { return {ErrorCode::kNotFound, "Not found", ""}; }
// In a job, after the password was verified, which takes a while: whoever gave the old one while a new one was set gets no further.
Result<void> still_own_password(store::Connection& c, const Identity& who, std::string_view hash) {
  auto now = store::find_credentials(c, who.user_id);
  if (!now.ok()) return std::move(now).error();
  if (*now && !(*now)->user.disabled && (*now)->password == hash) return {};
  return Error{ErrorCode::kConflict, "The password was changed in the meantime. Please try again.", ""};
}

Error no_password() { return {ErrorCode::kConflict, "This account has no password.", ""}; }

}  // namespace

Result<User> Accounts::user(std::string_view id) {
  auto found = database_.read([&](store::Connection& c) { return store::find_user(c, id); });
  if (!found.ok()) return std::move(found).error();
  if (!*found) return Error{ErrorCode::kUnauthorized, "This account is gone.", ""};
  return std::move(**found);
}

Result<std::vector<Session>> Accounts::sessions(const Identity& who) {
  return database_.read([&](store::Connection& c) { return store::list_sessions(c, who.user_id, now_ms()); });
}

Result<void> Accounts::end_session(const Identity& who, std::string_view id, const Client& client) {
  auto gone = database_.write([&](store::Connection& c) -> Result<void> {
    auto deleted = store::delete_session(c, who.user_id, id);
    if (!deleted.ok()) return std::move(deleted).error();
    if (!*deleted) return not_found();
    return store::append_audit(c, entry(who, "session ended", who.user_id, client));
  });
  if (!gone) return gone;
  cache_.forget_session(id);
  running_.end_session(id);
  return {};
}

Result<void> Accounts::end_other_sessions(const Identity& who, const Client& client) {
  auto gone = database_.write([&](store::Connection& c) -> Result<std::vector<std::string>> {
    auto ended = store::delete_sessions_of(c, who.user_id, who.session_id);
    if (!ended.ok()) return ended;
    if (auto noted = store::append_audit(c, entry(who, "sessions ended", who.user_id, client, std::to_string(ended->size()))); !noted) return noted.error();
    return ended;
  });
  if (!gone.ok()) return std::move(gone).error();
  for (const std::string& id : *gone) {
    cache_.forget_session(id);
    running_.end_session(id);
  }
  return {};
}

Result<User> Accounts::rename(const Identity& who, std::string_view name, const Client& client) {
  auto checked = check_name(name);
  if (!checked.ok()) return std::move(checked).error();
  return database_.write([&](store::Connection& c) -> Result<User> {
    if (auto free = refuse_confusable_name(c, checked->name, who.user_id); !free) return free.error();
    if (auto set = store::set_user_name(c, who.user_id, checked->name, checked->key); !set) return set.error();
    if (auto noted = store::append_audit(c, entry(who, "user renamed", who.user_id, client)); !noted) return noted.error();
    auto now = store::find_user(c, who.user_id);
    if (!now.ok()) return std::move(now).error();
    if (!*now) return not_found();
    return std::move(**now);
  });
}

Result<std::string> Accounts::verify_own_password(const Identity& who, const Secret& password) {
  auto found = database_.read([&](store::Connection& c) { return store::find_credentials(c, who.user_id); });
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  if ((*found)->password.empty()) return no_password();
  const std::string account = "id " + who.user_id;
  if (auto may = backoff_.begin(account, "", clock_.now()); !may) return may.error();
  auto verdict = hasher_.verify(password, (*found)->password);
  if (!verdict.ok()) {
    backoff_.withdraw(account);
    return std::move(verdict).error();
  }
  if (!verdict->matches) return Error{ErrorCode::kInvalidCredentials, "The password is wrong.", ""};
  backoff_.succeeded(account);
  return std::move((*found)->password);
}

Result<SignedIn> Accounts::change_password(const Identity& who, const Secret& current, const Secret& next, const Client& client) {
  auto me = user(who.user_id);
  if (!me.ok()) return std::move(me).error();
  auto right = verify_own_password(who, current);
  if (!right.ok()) return std::move(right).error();
  auto hash = new_password_hash(next, me->name);
  if (!hash.ok()) return std::move(hash).error();
  auto opened = database_.write([&](store::Connection& c) -> Result<Opened> {
    if (auto still = still_own_password(c, who, *right); !still) return still.error();
    if (auto set = store::set_user_password(c, who.user_id, *hash); !set) return set.error();
    if (auto gone = store::delete_sessions_of(c, who.user_id, ""); !gone.ok()) return std::move(gone).error();
    if (auto noted = store::append_audit(c, entry(who, "password changed", who.user_id, client)); !noted) return noted.error();
    return open_session(c, *me, client);
  });
  if (!opened.ok()) return std::move(opened).error();
  end_everything_of(who.user_id, "");
  return finish(std::move(opened).value());
}

Result<void> Accounts::delete_account(const Identity& who, const Secret& password, const Client& client) {
  if (auto right = verify_own_password(who, password); !right.ok()) return std::move(right).error();
  return delete_user(who, who.user_id, client);
}

// --- the second factor -------------------------------------------------------------------------------------------------

Result<std::string> Accounts::begin_totp(const Identity& who) {
  auto me = user(who.user_id);
  if (!me.ok()) return std::move(me).error();
  if (!me->has_password) return no_password();
  if (me->totp_enabled) return Error{ErrorCode::kConflict, "A second factor is in use already. Switch it off first.", ""};
  std::string secret(kTotpSecretBytes, '\0');
  random_bytes(secret.data(), secret.size());
  const std::string sealed = box_.seal_joined(secret, "totp " + who.user_id);
  auto set = database_.write([&](store::Connection& c) { return store::set_totp(c, who.user_id, sealed, false); });
  if (!set) return set.error();
  std::string shown = to_base32(secret);
  wipe(secret.data(), secret.size());
  return shown;
}

Result<std::vector<std::string>> Accounts::confirm_totp(const Identity& who, std::string_view code, const Client& client) {
  auto found = database_.read([&](store::Connection& c) { return store::find_credentials(c, who.user_id); });
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  const store::Credentials& mine = **found;
  if (mine.user.totp_enabled || mine.totp_secret.empty()) return Error{ErrorCode::kConflict, "There is no second factor to confirm.", ""};
  const std::string account = "id " + who.user_id;
  if (auto may = backoff_.begin(account, "", clock_.now()); !may) return may.error();
  const auto secret = box_.open_joined(mine.totp_secret, "totp " + who.user_id);
  const auto step = secret ? find_totp_step(secret->reveal(), code, now_ms() / 1000) : std::nullopt;
  if (!step) return Error{ErrorCode::kInvalidCredentials, "The code is wrong. Is the clock of your phone right?", ""};
  backoff_.succeeded(account);
  std::vector<std::string> codes;
  std::vector<std::string> hashes;
  for (int i = 0; i < limits::kRecoveryCodes; ++i) {
    codes.emplace_back(make_recovery_code().reveal());
    hashes.push_back(recovery_code_hash(codes.back()));
  }
  auto set = database_.write([&](store::Connection& c) -> Result<void> {
    auto used = store::use_totp_step(c, who.user_id, *step);
    if (!used.ok()) return std::move(used).error();
    if (auto on = store::set_totp(c, who.user_id, mine.totp_secret, true); !on) return on;
    if (auto kept = store::replace_recovery_codes(c, who.user_id, hashes); !kept) return kept;
    return store::append_audit(c, entry(who, "second factor on", who.user_id, client));
  });
  if (!set) return set.error();
  return codes;
}

Result<void> Accounts::disable_totp(const Identity& who, const Secret& password, const Client& client) {
  auto right = verify_own_password(who, password);
  if (!right.ok()) return std::move(right).error();
  return database_.write([&](store::Connection& c) -> Result<void> {
    if (auto still = still_own_password(c, who, *right); !still) return still;
    if (auto off = store::set_totp(c, who.user_id, "", false); !off) return off;
    return store::append_audit(c, entry(who, "second factor off", who.user_id, client));
  });
}

// --- API tokens --------------------------------------------------------------------------------------------------------

Result<std::vector<ApiToken>> Accounts::tokens(const Identity& who) {
  return database_.read([&](store::Connection& c) { return store::list_tokens(c, who.user_id); });
}

Result<MadeToken> Accounts::make_token(const Identity& who, std::string_view name, uint8_t scopes, std::optional<int> days, const Client& client) {
  name = trim(name);
  if (name.empty() || count_code_points(name) > kTokenNameCodePoints) return Error{ErrorCode::kInvalidRequest, "The token's name must have 1 to 64 characters.", ""};
  const int64_t now = now_ms();
  MadeToken made;
  made.secret = Secret("wct_" + std::string(whinchat::make_token().reveal()));
  made.token = {make_id(now), who.user_id, std::string(name), scope_text(scopes), std::string(made.secret.reveal().substr(made.secret.size() - 4)), now,
                days ? std::optional<int64_t>(now + *days * kDayMs) : std::nullopt, std::nullopt};
  auto inserted = database_.write([&](store::Connection& c) -> Result<void> {
    auto there = store::list_tokens(c, who.user_id);
    if (!there.ok()) return std::move(there).error();
    if (there->size() >= limits::kTokensPerUser) return Error{ErrorCode::kConflict, "You have as many tokens as can be. Delete one first.", ""};
    if (auto put = store::insert_token(c, made.token, secret_hash(made.secret.reveal())); !put) return put;
    return store::append_audit(c, entry(who, "token made", who.user_id, client, made.token.id + " " + made.token.scopes));
  });
  if (!inserted) return inserted.error();
  return made;
}

Result<void> Accounts::delete_token(const Identity& who, std::string_view id, const Client& client) {
  auto gone = database_.write([&](store::Connection& c) -> Result<void> {
    auto deleted = store::delete_token(c, who.user_id, id);
    if (!deleted.ok()) return std::move(deleted).error();
    if (!*deleted) return not_found();
    return store::append_audit(c, entry(who, "token revoked", who.user_id, client, id));
  });
  if (!gone) return gone;
  cache_.forget_session(id);
  running_.end_session(id);
  return {};
}

}  // namespace whinchat::auth
