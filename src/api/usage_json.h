// Plans and quotas over the wire. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/user.h"
#include "store/ledger.h"

namespace whinchat::api {

nlohmann::ordered_json plan_json(const Plan& plan);

// {"messages_day": {"limit", "used", "remaining", "reset_at"}, ...}; limit and remaining are null without a limit.
nlohmann::ordered_json quotas_json(const store::QuotaStates& states);

}  // namespace whinchat::api
