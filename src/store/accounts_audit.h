// The table audit, which only grows (triggers see to it), and the table provider_key. Called within jobs of Database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/account.h"
#include "store/connection.h"

namespace whinchat::store {

Result<void> append_audit(Connection& c, const AuditEntry& entry);  // entry.id is not looked at
// Newest first, older than before_id (0: from the newest). Ids of users who are still there come as their names.
Result<std::vector<AuditEntry>> list_audit(Connection& c, int64_t before_id, int count_max);
Result<void> drop_audit_before(Connection& c, int64_t at_ms);  // what is kept shrinks to this moment, and never grows again

// A provider's key, sealed; it belongs to one origin.
struct StoredKey {
  std::string provider;
  std::string origin;
  std::string nonce;
  std::string sealed;
  std::string last4;
};
Result<std::vector<StoredKey>> list_provider_keys(Connection& c);
Result<void> put_provider_key(Connection& c, const StoredKey& key, int64_t now_ms);
Result<bool> delete_provider_key(Connection& c, std::string_view provider);

}  // namespace whinchat::store
