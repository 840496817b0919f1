// Finding model servers on this machine. Only loopback addresses are ever asked, and each must prove what it is.
// Source: the servers' own documentation and measured answers, 2026-11.
#pragma once

#include <string>
#include <vector>

#include "http/client.h"
#include "model/provider_config.h"

namespace whinchat::provider {

// On a fiber; 700 ms for each of the four at most. ollama_host: OLLAMA_HOST as Ollama reads it; used if it is loopback.
std::vector<ProviderConfig> discover_local_servers(http::Client& client, const std::string& ollama_host);

// "0.0.0.0:11434", "localhost", "http://127.0.0.1:1234/" -> "http://127.0.0.1:11434" and the like; empty when not loopback.
std::string ollama_address(std::string_view ollama_host);

}  // namespace whinchat::provider
