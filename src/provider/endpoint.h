// From a provider's settings to where and how it is asked: addresses, headers, and the habits of known servers as data.
// Source: each server's API reference, 2026-11. Pure.
#pragma once

#include "model/provider_config.h"
#include "provider/http_provider.h"

namespace whinchat::provider {

// config.kind is not kDemo; config.base_url is absolute and was checked by the settings.
Endpoint make_endpoint(const ProviderConfig& config, std::string_view today);

}  // namespace whinchat::provider
