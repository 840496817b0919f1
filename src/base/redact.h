// Takes secrets out of text on its way to a log. A net under the rule that secrets are not passed to the log at all.
//
// Caught by shape: keys with a known beginning (sk-, sk-ant-, gsk_, xai-, AIza, pck_), "Bearer ..." and "Basic ...",
// values behind names that tell (Authorization, Cookie, x-api-key, password, token, secret, *_API_KEY), query strings and
// user info of URLs. Caught by value: the secrets given. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace whinchat {

inline constexpr std::string_view kRedacted = "[redacted]";

std::string redact_secrets(std::string_view text, const std::vector<Secret>& exact = {});

// A name whose value is never shown: "authorization", "Set-Cookie", "OPENAI_API_KEY", "password", "metrics_token".
bool is_secret_name(std::string_view name);

}  // namespace whinchat
