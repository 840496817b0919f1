// Accounts as JSON: what several handlers of accounts answer. Internal to api/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/error_response.h"
#include "api/routes.h"
#include "auth/accounts.h"

namespace whinchat::api {

inline constexpr size_t kNewPasswordBytes = 4096;  // what is read of one; the rules for passwords say what is too long

nlohmann::ordered_json user_json(const User& user, std::string_view plan_name);
std::string_view role_name(UserRole role);
nlohmann::ordered_json time_or_null(std::optional<int64_t> epoch_ms);
http::Response json_answer(const nlohmann::ordered_json& json, int status = 200);

// The answer to whoever has just signed in: as GET /api/session, with the cookie.
http::Response signed_in_response(Context& context, const http::Request& request, const auth::SignedIn& in, int status);

// "https://chat.example.org/register#invite=...": the secret stands where no server and no log sees it.
std::string page_link(const Context& context, const http::Request& request, std::string_view page_and_fragment);

}  // namespace whinchat::api
