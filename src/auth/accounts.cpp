#include "auth/accounts.h"

#include "auth/name_rules.h"
#include "auth/origin_rules.h"
#include "base/file.h"
#include "base/ip_address.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "store/accounts_audit.h"
#include "store/accounts_invites.h"
#include "store/accounts_sessions.h"

namespace whinchat::auth {

namespace {

constexpr int64_t kNoteUseEveryMs = 60'000;
constexpr int64_t kCleanEveryMs = 3'600'000;
constexpr int64_t kNever = INT64_MAX;
constexpr size_t kSessionTokenBytes = 43;
constexpr std::string_view kApiTokenPrefix = "wct_";
constexpr const char* kLocalUserName = "Local user";

Error ended() { return {ErrorCode::kUnauthorized, "You are not signed in, or your session has ended. Please sign in.", ""}; }

// The bearer token of a request. Nothing: there is none. kInvalidRequest: two of them. kUnauthorized: not a token of ours.
Result<std::optional<std::string>> bearer_token(const http::Request& request) {
  std::optional<std::string> found;
  for (const http::Header& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Authorization")) continue;
    if (found) return Error{ErrorCode::kInvalidRequest, "The request has two Authorization headers.", ""};
    if (!starts_with_ignoring_case(header.value, "Bearer ")) return Error{ErrorCode::kUnauthorized, "Only Bearer tokens are accepted.", ""};
    found = std::string(trim(std::string_view(header.value).substr(7)));
  }
  if (found && (!found->starts_with(kApiTokenPrefix) || found->size() != kApiTokenPrefix.size() + kSessionTokenBytes)) {
    return Error{ErrorCode::kUnauthorized, "This API token is not valid.", ""};
  }
  return found;
}

uint8_t scopes_in(std::string_view text) {
  uint8_t scopes = 0;
  for (const std::string_view name : split_list(text, ' ')) scopes |= scope_named(name);
  return scopes;
}

}  // namespace

std::string kept_ip(std::string_view address) {
  const auto ip = IpAddress::parse(address);
  return ip ? ip->network_key() : std::string();
}

Client client_of(const http::Request& request) {
  const auto ip = IpAddress::parse(request.client_ip);
  std::string agent = replace_bad_utf8(utf8_prefix(request.header("User-Agent"), limits::kUserAgentBytes));
  return {ip ? ip->limiter_key() : request.client_ip, kept_ip(request.client_ip), std::move(agent)};
}

Accounts::Accounts(AuthSettings settings, SecretBox box, store::Database& database, const WallClock& clock, Log& log)
    : settings_(std::move(settings)), box_(std::move(box)), database_(database), clock_(clock), log_(log),
      audited_failures_({{{limits::kFailuresAudited, 60}}, quota::Strategy::kTokenBucket, true}) {}

Accounts::~Accounts() = default;

Result<std::optional<Secret>> Accounts::start() {
  // By the writer: its connection is open already, and another one would cost the start a millisecond.
  auto counted = database_.write([](store::Connection& c) { return store::accounts_change_count(c); });
  if (!counted.ok()) return std::move(counted).error();
  change_count_ = *counted;
  if (settings_.mode == AuthMode::kOpen) {
    auto local = database_.write([&](store::Connection& c) -> Result<std::string> {
      auto there = store::find_local_user(c);
      if (!there.ok()) return std::move(there).error();
      if (*there) return (*there)->id;
      auto made = store::insert_user(c, {kLocalUserName, "\x01local", "", UserRole::kAdmin, "unlimited", true}, now_ms());
      if (!made.ok()) return std::move(made).error();
      return made->id;
    });
    if (!local.ok()) return std::move(local).error();
    std::lock_guard lock(mutex_);
    local_user_id_ = *local;
    return std::optional<Secret>();
  }
  auto admins = database_.write([](store::Connection& c) { return store::count_working_admins(c); });
  if (!admins.ok()) return std::move(admins).error();
  if (*admins > 0) {
    if (!settings_.setup_token_file.empty()) remove_file(settings_.setup_token_file);
    return std::optional<Secret>();
  }
  Secret token = whinchat::make_token();
  if (!settings_.setup_token_file.empty()) {
    if (auto written = write_file_atomically(settings_.setup_token_file, std::string(token.reveal()) + "\n"); !written) return written.error();
  }
  std::lock_guard lock(mutex_);
  setup_token_hash_ = secret_hash(token.reveal());
  setup_required_.store(true);
  return std::optional<Secret>(std::move(token));
}

// --- identity ----------------------------------------------------------------------------------------------------------

Result<Identity> Accounts::identify(const http::Request& request) {
  auto bearer = bearer_token(request);
  if (!bearer.ok()) return std::move(bearer).error();
  if (*bearer) return identify_by(secret_hash(**bearer), Credential::kToken);
  if (settings_.mode == AuthMode::kOpen) return identify_local(request);
  const std::string_view cookie = read_cookie(settings_.cookies, request);
  if (cookie.empty()) return Identity{};
  if (cookie.size() != kSessionTokenBytes) return ended();
  return identify_by(secret_hash(cookie), Credential::kSession);
}

// The local user is whoever sits at this machine: nobody who came over the network or through a proxy, unless that was said.
Result<Identity> Accounts::identify_local(const http::Request& request) {
  if (!settings_.open_to_all && !is_from_this_machine(request)) {
    return Error{ErrorCode::kNotAllowed,
                 "Without accounts this server is for the people at its own machine. Set AUTH_MODE=accounts for others, or "
                 "AUTH_MODE=open if everybody who reaches it may use it.", ""};
  }
  std::lock_guard lock(mutex_);
  return Identity{Credential::kLocal, local_user_id_, UserRole::kAdmin, "", kScopeAll, running_.epoch()};
}

Result<Identity> Accounts::identify_by(std::string_view token_hash, Credential kind) {
  const uint64_t epoch = running_.epoch();
  std::optional<CachedIdentity> entry = cache_.find(token_hash);
  if (!entry) {
    auto found = look_up(token_hash, kind);
    if (!found.ok()) return std::move(found).error();
    entry = *found;
  }
  if (!entry || entry->who.credential != kind || !entry->live(now_ms())) return ended();
  note_use(token_hash, *entry);
  Identity who = entry->who;
  who.epoch = epoch;
  return who;
}

Result<std::optional<CachedIdentity>> Accounts::look_up(std::string_view token_hash, Credential kind) {
  const uint64_t generation = cache_.generation();
  auto found = database_.read([&](store::Connection& c) -> Result<std::optional<CachedIdentity>> {
    CachedIdentity entry;
    entry.who.credential = kind;
    User user;
    if (kind == Credential::kSession) {
      auto owner = store::find_session(c, token_hash);
      if (!owner.ok()) return std::move(owner).error();
      if (!*owner) return std::optional<CachedIdentity>();
      const Session& session = (*owner)->session;
      entry.who.session_id = session.id;
      entry.who.scopes = kScopeAll;
      entry.idle_until_ms = session.idle_until_ms;
      entry.absolute_until_ms = session.absolute_until_ms;
      entry.written_ms = session.last_seen_ms;
      user = (*owner)->user;
    } else {
      auto owner = store::find_token(c, token_hash);
      if (!owner.ok()) return std::move(owner).error();
      if (!*owner) return std::optional<CachedIdentity>();
      const ApiToken& token = (*owner)->token;
      entry.who.session_id = token.id;
      entry.who.scopes = scopes_in(token.scopes);
      entry.idle_until_ms = kNever;
      entry.absolute_until_ms = token.expires_ms.value_or(kNever);
      entry.written_ms = token.last_used_ms.value_or(0);
      user = (*owner)->user;
    }
    if (user.disabled) return std::optional<CachedIdentity>();
    entry.who.user_id = user.id;
    entry.who.role = user.role;
    return std::optional<CachedIdentity>(std::move(entry));
  });
  if (found.ok() && *found) cache_.put(token_hash, **found, generation);
  return found;
}

// Once a minute at most. A server whose disk is full still knows its people, so that failing changes nothing.
void Accounts::note_use(std::string_view token_hash, const CachedIdentity& entry) {
  const bool session = entry.who.credential == Credential::kSession;
  const int64_t now = now_ms();
  if (!cache_.note_use(token_hash, now, kNoteUseEveryMs, session ? settings_.idle_ms : 0)) return;
  auto noted = database_.write([&](store::Connection& c) {
    return session ? store::touch_session(c, entry.who.session_id, now, now + settings_.idle_ms) : store::touch_token(c, entry.who.session_id, now);
  });
  if (!noted) log_.warning("accounts", "The last use of a session could not be written down", {{"detail", noted.error().detail}});
}

// --- what others changed, and what expires -----------------------------------------------------------------------------

void Accounts::watch() {
  while (io::this_fiber::sleep_for(limits::kAccountsWatch) == io::Wake::kTimeout) {
    look_for_changes();
    clean_up();
  }
}

void Accounts::learn_whether_setup_is_required() {
  auto admins = database_.read([](store::Connection& c) { return store::count_working_admins(c); });
  if (!admins.ok() || *admins == 0) return;
  std::lock_guard lock(mutex_);
  setup_token_hash_.clear();
  setup_required_.store(false);
  if (!settings_.setup_token_file.empty()) remove_file(settings_.setup_token_file);
}

void Accounts::look_for_changes() {
  auto counted = database_.read([](store::Connection& c) { return store::accounts_change_count(c); });
  if (!counted.ok() || *counted == change_count_) return;
  change_count_ = *counted;
  cache_.clear();
  running_.distrust();
  learn_whether_setup_is_required();
  for (const std::string& id : running_.session_ids()) {
    auto live = database_.read([&](store::Connection& c) { return store::is_live(c, id, now_ms()); });
    if (live.ok() && !*live) running_.end_session(id);
  }
  auto disabled = database_.read([](store::Connection& c) { return store::list_disabled_users(c); });
  if (disabled.ok()) {
    for (const std::string& id : *disabled) tell_user_end_(id);
  }
  log_.info("accounts", "Accounts were changed on the command line");
}

void Accounts::clean_up() {
  const int64_t now = now_ms();
  if (now - cleaned_ms_ < kCleanEveryMs) return;
  cleaned_ms_ = now;
  auto cleaned = database_.write([&](store::Connection& c) -> Result<void> {
    if (auto done = store::delete_expired_sessions(c, now); !done) return done;
    if (auto done = store::delete_old_invites(c, now - limits::kAuditKeptMs); !done) return done;
    return store::drop_audit_before(c, now - limits::kAuditKeptMs);
  });
  if (!cleaned) log_.warning("accounts", "Expired sessions could not be removed", {{"detail", cleaned.error().detail}});
}

// --- shared by the other files -----------------------------------------------------------------------------------------

AuditEntry Accounts::entry(const Identity& who, std::string_view action, std::string_view target, const Client& client, std::string_view detail) const {
  return {0, now_ms(), who.user_id, std::string(action), std::string(target), client.ip, std::string(detail)};
}

void Accounts::end_everything_of(std::string_view user_id, std::string_view except_session_id) {
  cache_.forget_user(user_id);
  running_.end_user(user_id, except_session_id);
}

Result<void> refuse_confusable_name(store::Connection& c, std::string_view name, std::string_view except_id) {
  auto admins = store::list_admins(c);
  if (!admins.ok()) return std::move(admins).error();
  for (const User& admin : *admins) {
    if (admin.id != except_id && easily_mistaken(admin.name, name)) return Error{ErrorCode::kConflict, "This name is taken, or too much like another one.", ""};
  }
  return {};
}

}  // namespace whinchat::auth
