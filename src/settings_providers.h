// From NAME_API_KEY, NAME_BASE_URL and NAME_MODEL to the list of providers. Internal to the settings.
//
// Well-known names have an address already and need only the key (local servers: any one of the three). Any other NAME
// needs an address, and a key unless the server runs on this machine. The id is the name in lower case; OPENAI is
// "openai" and ANTHROPIC is "claude", as the guide has it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"
#include "settings_sources.h"

namespace whinchat {

struct KnownProvider {
  std::string_view variable;  // "GROQ"
  std::string_view id;
  std::string_view name;
  ProviderKind kind;
  std::string_view base_url;
  bool local;                 // runs on this machine and needs no key
};
std::span<const KnownProvider> known_providers();

// Fills config.providers (the demo not yet).
void add_providers(Config& config, const Sources& sources, std::vector<std::string>& problems);

}  // namespace whinchat
