// Keys of providers that administrators entered: sealed in the database, opened in memory, given to the registry. A key
// belongs to the origin it was entered for; when the settings name another address, it is wiped. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "auth/accounts.h"
#include "provider/registry.h"
#include "store/database.h"

namespace whinchat::auth {

class ProviderKeys {
 public:
  ProviderKeys(Accounts& accounts, store::Database& database, provider::Registry& registry, const WallClock& clock, Log& log);

  // Once at the start, and after each change: what is stored goes to the registry.
  Result<void> load();

  // kNotFound: no such provider. kConflict: its key comes from the settings. kInvalidRequest: that is no key.
  Result<void> put(const Identity& who, std::string_view provider, const Secret& key, const Client& client);
  Result<void> remove(const Identity& who, std::string_view provider, const Client& client);

 private:
  Result<provider::KeyState> state_of(std::string_view provider) const;

  Accounts& accounts_;
  store::Database& database_;
  provider::Registry& registry_;
  const WallClock& clock_;
  Log& log_;
};

}  // namespace whinchat::auth
