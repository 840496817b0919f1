// Accounts: who a request comes from, signing in and out, what people change about themselves, and what administrators
// change about others. The one place that reads credentials, and the one that writes the tables of accounts while the
// server runs. Thread-safe. What returns a Result of the store waits on the calling fiber (or blocks a plain thread).
//
// Ending a session, disabling or deleting a user, changing a password or a role: the rows go first, then the identities in
// memory, then what runs for them is cancelled (RunningWork); all of it before the call returns. Changes by another process
// (the command line) are noticed within limits::kAccountsWatch.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "auth/login_backoff.h"
#include "auth/password_hash.h"
#include "auth/running_work.h"
#include "auth/secret_box.h"
#include "auth/session_cache.h"
#include "auth/session_cookie.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/message.h"
#include "model/account.h"
#include "store/accounts_users.h"
#include "store/database.h"

namespace whinchat::auth {

enum class AuthMode { kOpen, kAccounts };

struct AuthSettings {
  AuthMode mode = AuthMode::kOpen;
  bool open_to_all = false;          // AUTH_MODE=open was said: others than this machine's own people as well
  int64_t idle_ms = 7LL * 24 * 3600 * 1000;
  int64_t absolute_ms = 30LL * 24 * 3600 * 1000;
  std::string setup_token_file;      // "": none is written
  CookieRules cookies;
};

// Who asks, for limits, lists and the audit.
struct Client {
  std::string limit_key;             // address, IPv6 by /64
  std::string ip;                    // /24 or /48: what is kept
  std::string user_agent;
};
Client client_of(const http::Request& request);

struct SignedIn {
  User user;
  std::string session_id;
  Secret token;                      // the cookie's value; nowhere else
};

struct MadeToken {
  ApiToken token;
  Secret secret;                     // shown once
};

struct MadeInvite {
  Invite invite;
  Secret secret;                     // shown once, in a link
};

struct UserChanges {
  std::optional<UserRole> role;
  std::optional<std::string> plan_id;
  std::optional<bool> disabled;
  std::optional<Secret> password;
  bool drop_second_factor = false;
};

struct UserDraft {
  std::string name;
  std::optional<Secret> password;    // none: the user chooses one with an invite
  UserRole role = UserRole::kUser;
  std::string plan_id;               // "": the default one
};

class Accounts {
 public:
  Accounts(AuthSettings settings, SecretBox box, store::Database& database, const WallClock& clock, Log& log);
  ~Accounts();

  const AuthSettings& settings() const { return settings_; }
  RunningWork& running() { return running_; }
  const SecretBox& box() const { return box_; }

  // Once, before serving: the local user's row in open mode; else, while nobody can administer, a set-up token, which is
  // also written to setup_token_file. Blocks.
  Result<std::optional<Secret>> start();
  void stop() { hasher_.stop(); }  // before fibers are taken apart
  void watch();  // a fiber's body: changes by other processes, and what expires. Ends when the fiber is cancelled

  // Called after a user was disabled or deleted, with the id: for what runs without a session. Set before start().
  void on_user_end(std::function<void(std::string_view)> tell) { tell_user_end_ = std::move(tell); }

  // Nobody is an identity, too; an error: credentials were sent and are no good (kUnauthorized, kInvalidRequest), or open
  // mode is not for this caller (kNotAllowed).
  Result<Identity> identify(const http::Request& request);
  bool setup_required() const { return setup_required_.load(std::memory_order_relaxed); }

  // --- signing in (accounts_login.cpp) ---
  // kInvalidCredentials, kSecondFactorRequired, kRateLimited, kUnavailable; the same for a wrong password and an unknown name.
  Result<SignedIn> log_in(std::string_view name, const Secret& password, std::string_view code, const Client& client);
  Result<SignedIn> set_up(const Secret& token, std::string_view name, const Secret& password, const Client& client);
  Result<SignedIn> register_user(const Secret& invite, std::string_view name, const Secret& password, const Client& client);
  Result<void> log_out(const Identity& who, const Client& client);

  // --- oneself (accounts_self.cpp) ---
  Result<User> user(std::string_view id);  // kUnauthorized: gone
  Result<std::vector<Session>> sessions(const Identity& who);
  Result<void> end_session(const Identity& who, std::string_view id, const Client& client);
  Result<void> end_other_sessions(const Identity& who, const Client& client);
  Result<User> rename(const Identity& who, std::string_view name, const Client& client);
  Result<SignedIn> change_password(const Identity& who, const Secret& current, const Secret& next, const Client& client);
  Result<void> delete_account(const Identity& who, const Secret& password, const Client& client);
  Result<std::string> begin_totp(const Identity& who);  // the secret in base32; not asked for before it is confirmed
  Result<std::vector<std::string>> confirm_totp(const Identity& who, std::string_view code, const Client& client);  // recovery codes
  Result<void> disable_totp(const Identity& who, const Secret& password, const Client& client);
  Result<std::vector<ApiToken>> tokens(const Identity& who);
  Result<MadeToken> make_token(const Identity& who, std::string_view name, uint8_t scopes, std::optional<int> days, const Client& client);
  Result<void> delete_token(const Identity& who, std::string_view id, const Client& client);

  // --- administrators (accounts_admin.cpp) ---
  Result<std::vector<store::UserSummary>> users(std::string_view after_id);
  Result<User> create_user(const Identity& who, UserDraft draft, const Client& client);
  Result<User> change_user(const Identity& who, std::string_view id, const UserChanges& changes, const Client& client);
  Result<void> delete_user(const Identity& who, std::string_view id, const Client& client);
  Result<std::vector<Invite>> invites();
  // user_id: "" for a new account, else whose password it lets choose.
  Result<MadeInvite> make_invite(const Identity& who, Invite wanted, int hours, const Client& client);
  Result<void> delete_invite(const Identity& who, std::string_view id, const Client& client);
  Result<std::vector<AuditEntry>> audit(int64_t before_id);
  // For what others do that belongs into the audit: exports, backups, limits.
  Result<void> note(const Identity& who, std::string_view action, std::string_view target, std::string_view detail, const Client& client);

 private:
  struct Opened {
    SignedIn in;
    std::vector<std::string> dropped;  // sessions that had to make room
  };

  int64_t now_ms() const { return clock_.now().epoch_ms; }
  Result<Identity> identify_local(const http::Request& request);
  Result<Identity> identify_by(std::string_view token_hash, Credential kind);
  Result<std::optional<CachedIdentity>> look_up(std::string_view token_hash, Credential kind);
  void note_use(std::string_view token_hash, const CachedIdentity& entry);
  void learn_whether_setup_is_required();
  void look_for_changes();
  void clean_up();

  Result<std::string> verify_own_password(const Identity& who, const Secret& password);  // gives its hash, for still_own_password
  Result<SignedIn> log_in_once(std::string_view name_key, const Secret& password, std::string_view code, const Client& client);
  Result<void> check_second_factor(const store::Credentials& found, std::string_view code);
  Result<Opened> open_session(store::Connection& c, const User& user, const Client& client) const;  // in a job
  SignedIn finish(Opened opened);  // after it
  Result<std::string> new_password_hash(const Secret& password, std::string_view name);
  void note_failed_login(const std::optional<store::Credentials>& found, const Client& client);
  Result<SignedIn> reset_by_invite(const Invite& invite, std::string_view name, const Secret& password, const Client& client);
  AuditEntry entry(const Identity& who, std::string_view action, std::string_view target, const Client& client, std::string_view detail = "") const;
  void end_everything_of(std::string_view user_id, std::string_view except_session_id);

  const AuthSettings settings_;
  const SecretBox box_;
  store::Database& database_;
  const WallClock& clock_;
  Log& log_;
  PasswordHasher hasher_;
  LoginBackoff backoff_;
  quota::RateLimiter audited_failures_;
  SessionCache cache_;
  RunningWork running_;
  std::function<void(std::string_view)> tell_user_end_ = [](std::string_view) {};
  std::atomic<bool> setup_required_{false};
  std::mutex mutex_;
  std::string setup_token_hash_;       // under mutex_; "": nothing to set up
  std::string local_user_id_;          // under mutex_
  int64_t change_count_ = 0;           // of watch() alone, after start()
  int64_t cleaned_ms_ = 0;             // of watch() alone
};

// A name that other people could take for an administrator's: kConflict. except_id: whose own name it is to be.
Result<void> refuse_confusable_name(store::Connection& c, std::string_view name, std::string_view except_id);

// "203.0.113.0/24", "2001:db8:1::/48": what is kept of an address.
std::string kept_ip(std::string_view address);

}  // namespace whinchat::auth
