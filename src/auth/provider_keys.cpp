#include "auth/provider_keys.h"

#include <algorithm>

#include "base/url.h"
#include "store/accounts_audit.h"

namespace whinchat::auth {

namespace {

std::string origin_of(const std::string& base_url) {
  const auto url = parse_url(base_url);
  return url.ok() ? url->origin() : std::string();
}

// What the sealed key is bound to: it opens for no other provider and no other origin.
std::string owner(std::string_view provider, std::string_view origin) { return "provider " + std::string(provider) + " " + std::string(origin); }

bool is_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });  // it becomes an HTTP header
}

}  // namespace

ProviderKeys::ProviderKeys(Accounts& accounts, store::Database& database, provider::Registry& registry, const WallClock& clock, Log& log)
    : accounts_(accounts), database_(database), registry_(registry), clock_(clock), log_(log) {}

Result<provider::KeyState> ProviderKeys::state_of(std::string_view provider) const {
  for (provider::KeyState& state : registry_.key_states()) {
    if (state.id == provider) return std::move(state);
  }
  return Error{ErrorCode::kNotFound, "There is no such provider.", ""};
}

Result<void> ProviderKeys::load() {
  // By the writer, at the start: its connection is open already, and another one would cost that a millisecond.
  auto rows = database_.write([](store::Connection& c) { return store::list_provider_keys(c); });
  if (!rows.ok()) return std::move(rows).error();
  std::map<std::string, Secret, std::less<>> keys;
  for (const store::StoredKey& row : *rows) {
    const auto state = state_of(row.provider);
    if (!state.ok()) continue;  // not in the settings now; it may come back
    if (origin_of(state->base_url) != row.origin) {
      auto wiped = database_.write([&](store::Connection& c) -> Result<void> {
        if (auto gone = store::delete_provider_key(c, row.provider); !gone.ok()) return std::move(gone).error();
        return store::append_audit(c, {0, clock_.now().epoch_ms, "server", "provider key wiped", row.provider, "", "its address changed"});
      });
      if (!wiped) return wiped;
      log_.warning("accounts", "A stored key was wiped: its provider has another address now", {{"provider", row.provider}});
      continue;
    }
    auto key = accounts_.box().open({row.nonce, row.sealed}, owner(row.provider, row.origin));
    if (key) keys.emplace(row.provider, std::move(*key));
    else log_.error("accounts", "A stored key cannot be read: was the secret key changed? Enter it again", {{"provider", row.provider}});
  }
  registry_.set_stored_keys(std::move(keys));
  return {};
}

Result<void> ProviderKeys::put(const Identity& who, std::string_view provider, const Secret& key, const Client& client) {
  const auto state = state_of(provider);
  if (!state.ok()) return state.error();
  if (state->source == provider::KeySource::kSettings) return Error{ErrorCode::kConflict, "This provider's key comes from the server's settings.", ""};
  if (!is_key(key.reveal())) return Error{ErrorCode::kInvalidRequest, "A key has no spaces and no special characters. Copy it again.", ""};
  const std::string origin = origin_of(state->base_url);
  const Sealed sealed = accounts_.box().seal(key.reveal(), owner(provider, origin));
  const store::StoredKey row{state->id, origin, sealed.nonce, sealed.bytes, key.last4()};
  auto stored = database_.write([&](store::Connection& c) -> Result<void> {
    if (auto put = store::put_provider_key(c, row, clock_.now().epoch_ms); !put) return put;
    return store::append_audit(c, {0, clock_.now().epoch_ms, who.user_id, "provider key set", state->id, client.ip, row.last4});
  });
  if (!stored) return stored;
  return load();
}

Result<void> ProviderKeys::remove(const Identity& who, std::string_view provider, const Client& client) {
  auto gone = database_.write([&](store::Connection& c) -> Result<void> {
    auto deleted = store::delete_provider_key(c, provider);
    if (!deleted.ok()) return std::move(deleted).error();
    if (!*deleted) return Error{ErrorCode::kNotFound, "No key is stored for this provider.", ""};
    return store::append_audit(c, {0, clock_.now().epoch_ms, who.user_id, "provider key removed", std::string(provider), client.ip, ""});
  });
  if (!gone) return gone;
  return load();
}

}  // namespace whinchat::auth
