// From the settings of the person to what each part of the program wants. Pure.
#pragma once

#include <vector>

#include "api/context.h"
#include "config.h"
#include "provider/registry.h"
#include "store/database.h"

namespace whinchat {

LogOptions log_options(const Config& config);
auth::AuthSettings auth_settings(const Config& config);
Result<auth::SecretBox> open_secret_box(const Config& config);  // makes DATA_DIR/secret.key at the first start
store::DatabaseOptions database_options(const Config& config);
http::ClientOptions client_options(const Config& config);
quota::RateLimiterOptions limiter_options(const Config& config);
provider::RegistryOptions registry_options(const Config& config);
chat::PromptRules prompt_rules(const Config& config);
// ports: those really bound.
api::ApiSettings api_settings(const Config& config, const std::vector<int>& ports, int https_port);

}  // namespace whinchat
