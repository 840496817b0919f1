#include "account_commands.h"

#include <cstdio>

#include "app_settings.h"
#include "auth/accounts.h"
#include "auth/name_rules.h"
#include "auth/password_rules.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/seal.h"
#include "base/text.h"
#include "command_output.h"
#include "store/accounts_audit.h"
#include "store/accounts_invites.h"
#include "store/accounts_sessions.h"
#include "store/command_database.h"
#include "terminal.h"

namespace whinchat {

namespace {

using store::Connection;

constexpr const char* kActor = "command line";
constexpr int64_t kHourMs = 3'600'000;

int64_t now_ms() { return SystemClock().now().epoch_ms; }

Result<void> note(Connection& c, std::string_view action, const std::string& target, std::string_view detail = "") {
  if (auto noted = store::append_audit(c, {0, now_ms(), kActor, std::string(action), target, "", std::string(detail)}); !noted) return noted;
  return store::note_accounts_changed(c);
}

Result<User> named(Connection& c, const std::string& name) {
  auto found = store::find_user_named(c, auth::name_key(name));
  if (!found.ok()) return std::move(found).error();
  if (!*found) return Error{ErrorCode::kNotFound, "There is no user \"" + escape_for_log(name, 64) + "\". whinchat user list shows them.", ""};
  return std::move(**found);
}

class AccountCommand {
 public:
  AccountCommand(const Config& config, store::CommandDatabase& database) : config_(config), database_(database) {}

  int run() {
    if (config_.command == Command::kInvite) return invite();
    const std::string& what = config_.operands.at(0);
    if (what == "list") return list();
    if (what == "add") return add();
    if (what == "reset-password") return reset_password();
    return switch_user(what == "disable");
  }

 private:
  const std::string& name() const { return config_.operands.at(1); }
  std::string option(std::string_view which, std::string fallback = "") const {
    const auto found = config_.options.find(which);
    return found == config_.options.end() ? fallback : found->second;
  }
  UserRole role() const { return option("admin") == "true" ? UserRole::kAdmin : UserRole::kUser; }

  Result<std::string> ask_password(const std::string& whose) const {
    auto password = ask_new_password(whose);
    if (!password.ok()) return std::move(password).error();
    if (auto good = auth::check_new_password(password->reveal(), whose); !good) return good.error();
    return auth::hash_password_now(*password);
  }

  int add() {
    auto checked = auth::check_name(name());
    if (!checked.ok()) return fail(checked.error());
    auto hash = ask_password(checked->name);
    if (!hash.ok()) return fail(hash.error());
    auto made = database_.write([&](Connection& c) -> Result<User> {
      if (auto free = auth::refuse_confusable_name(c, checked->name, ""); !free) return free.error();
      auto user = store::insert_user(c, {checked->name, checked->key, *hash, role(), option("plan"), false}, now_ms());
      if (!user.ok()) return user;
      if (auto noted = note(c, "user created", user->id, role() == UserRole::kAdmin ? "admin" : "user"); !noted) return noted.error();
      return user;
    });
    if (!made.ok()) return fail(made.error());
    return say("Added " + made->name + (made->role == UserRole::kAdmin ? ", an administrator" : "") + ", plan " + made->plan_id + ".");
  }

  int list() {
    std::string after;
    say("name\trole\tplan\tstate\tlast seen");
    for (;;) {
      auto page = database_.write([&](Connection& c) { return store::list_users(c, after, limits::kAdminPage, rfc3339(now_ms()).substr(0, 7)); });
      if (!page.ok()) return fail(page.error());
      for (const auto& row : *page) {
        const User& user = row.user;
        say(user.name + "\t" + (user.role == UserRole::kAdmin ? "admin" : "user") + "\t" + user.plan_id + "\t" +
            (user.disabled ? "disabled" : user.has_password ? "enabled" : "no password") + "\t" + (user.last_seen_ms ? rfc3339(*user.last_seen_ms) : "never"));
      }
      if (page->size() < static_cast<size_t>(limits::kAdminPage)) return 0;
      after = page->back().user.id;
    }
  }

  int reset_password() {
    auto user = database_.write([&](Connection& c) { return named(c, name()); });
    if (!user.ok()) return fail(user.error());
    auto hash = ask_password(user->name);
    if (!hash.ok()) return fail(hash.error());
    const bool drop_factor = option("drop-second-factor") == "true";
    auto changed = database_.write([&](Connection& c) -> Result<void> {
      if (auto set = store::set_user_password(c, user->id, *hash); !set) return set;
      if (auto gone = store::delete_sessions_of(c, user->id, ""); !gone.ok()) return std::move(gone).error();
      if (drop_factor) {
        if (auto off = store::set_totp(c, user->id, "", false); !off) return off;
      }
      return note(c, "password changed", user->id, drop_factor ? "second factor off as well" : "");
    });
    if (!changed) return fail(changed.error());
    return say("The password of " + user->name + " is changed; open sessions have ended." +
               (user->totp_enabled && !drop_factor ? " The second factor stays; --drop-second-factor takes it away." : ""));
  }

  int switch_user(bool disable) {
    auto changed = database_.write([&](Connection& c) -> Result<User> {
      auto user = named(c, name());
      if (!user.ok()) return user;
      if (auto set = store::set_user_disabled(c, user->id, disable); !set) return set.error();
      if (disable) {
        if (auto gone = store::delete_sessions_of(c, user->id, ""); !gone.ok()) return std::move(gone).error();
      }
      if (auto noted = note(c, disable ? "user disabled" : "user enabled", user->id); !noted) return noted.error();
      return user;
    });
    if (!changed.ok()) return fail(changed.error());
    return say(changed->name + (disable ? " is disabled; what was open has ended." : " is enabled."));
  }

  int invite() {
    const auto hours = parse_integer(option("hours", "72"));
    if (!hours || *hours < 1 || *hours > limits::kInviteHoursMax) return fail({ErrorCode::kInvalidRequest, "--hours is a whole number from 1 to 720.", ""});
    const Secret secret = make_token();
    Invite wanted;
    wanted.id = make_id(now_ms());
    wanted.role = role();
    wanted.plan_id = option("plan");
    wanted.created_ms = now_ms();
    wanted.expires_ms = wanted.created_ms + *hours * kHourMs;
    auto made = database_.write([&](Connection& c) -> Result<void> {
      if (const std::string whose = option("user"); !whose.empty()) {
        auto user = named(c, whose);
        if (!user.ok()) return std::move(user).error();
        wanted.user_id = user->id;
        wanted.role = user->role;
        wanted.plan_id = user->plan_id;
      }
      if (auto put = store::insert_invite(c, wanted, secret_hash(secret.reveal())); !put) return put;
      return note(c, wanted.user_id.empty() ? "invite made" : "password link made", wanted.user_id, wanted.id);
    });
    if (!made) return fail(made.error());
    const auto settings = api_settings(config_, {}, 0);
    const std::string origin = settings.origins.public_origins.empty() ? "http://localhost:" + std::to_string(config_.port) : settings.origins.public_origins.front();
    return say(origin + config_.base_path + "register#invite=" + std::string(secret.reveal()));
  }

  const Config& config_;
  store::CommandDatabase& database_;
};

}  // namespace

bool is_account_command(Command command) { return command == Command::kUser || command == Command::kInvite; }

int run_account_command(const Config& config) {
  LogOptions options;
  options.level = LogLevel::kWarning;
  options.secrets = config.secrets();
  auto log = Log::open(options);
  if (!log.ok()) return fail(log.error());
  auto database = store::CommandDatabase::open(database_options(config), **log);
  if (!database.ok()) return fail(database.error());
  return AccountCommand(config, *database).run();
}

}  // namespace whinchat
