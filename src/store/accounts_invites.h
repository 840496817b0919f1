// The table invite: links with which somebody makes an account, or chooses a new password. Called within jobs of Database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/account.h"
#include "store/connection.h"

namespace whinchat::store {

// kInvalidRequest: there is no such plan. invite.plan_id "": the default plan.
Result<void> insert_invite(Connection& c, const Invite& invite, std::string_view token_hash);
// Unused and not expired.
Result<std::optional<Invite>> find_invite(Connection& c, std::string_view token_hash, int64_t now_ms);
Result<std::vector<Invite>> list_invites(Connection& c, int64_t now_ms);  // open ones, newest first, 200 at most
Result<bool> use_invite(Connection& c, std::string_view id, int64_t now_ms);  // false: somebody was faster
Result<bool> delete_invite(Connection& c, std::string_view id);
Result<void> delete_old_invites(Connection& c, int64_t expired_before_ms);

}  // namespace whinchat::store
