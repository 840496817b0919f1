// Reads values by kind and puts them into the Config. Each answer is a problem that completes "PORT ..." ("must be a whole
// number from 0 to 65535"), empty when all is well. Internal to the settings. Pure.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "settings_table.h"

namespace whinchat {

// Checks text against the setting's kind and fills value.
std::string read_value(const Setting& setting, std::string_view text, SettingValue& value);

// The example's texts ("sk-your-openai-key-here", "generate-a-strong-...") and the like: as good as not set.
bool is_placeholder(std::string_view text);

// --- what the table's rows apply -----------------------------------------------------------------------------------------
// A member of Config by its type. Choices are in the order of their enum.
template <auto Member>
std::string set(Config& config, const SettingValue& value) {
  auto& place = config.*Member;
  using Type = std::remove_reference_t<decltype(place)>;
  if constexpr (std::is_same_v<Type, bool>) {
    place = value.on;
  } else if constexpr (std::is_same_v<Type, double>) {
    place = value.number;
  } else if constexpr (std::is_integral_v<Type> || std::is_enum_v<Type>) {
    place = static_cast<Type>(value.integer);
  } else {
    place = Type(value.text);
  }
  return {};
}

std::string set_host(Config& config, const SettingValue& value);
std::string set_base_path(Config& config, const SettingValue& value);
std::string set_public_origins(Config& config, const SettingValue& value);
std::string set_trusted_proxies(Config& config, const SettingValue& value);
std::string set_cors_origins(Config& config, const SettingValue& value);
std::string set_log_level(Config& config, const SettingValue& value);
std::string set_no_color(Config& config, const SettingValue& value);
std::string set_https_proxy(Config& config, const SettingValue& value);
std::string set_http_proxy(Config& config, const SettingValue& value);
std::string set_system_prompt(Config& config, const SettingValue& value);

}  // namespace whinchat
