#include "settings_values.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "base/utf8.h"

namespace whinchat {
namespace {

// "0.7", "5000": as a person writes it.
std::string plain(double number) {
  char text[40];
  const bool whole = std::floor(number) == number;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%g", number);
  return text;
}

std::string range_text(const Setting& setting) {
  std::string text = "from " + plain(setting.minimum) + " to " + plain(setting.maximum);
  if (!setting.unit.empty()) text += " (" + std::string(setting.unit) + ')';
  return text;
}

// Some programs that read .env files leave the comment in the value.
std::string_view without_comment(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) return trim(text.substr(0, i));
  }
  return text;
}

std::string read_bool(std::string_view text, SettingValue& value) {
  for (const std::string_view word : {"true", "1", "yes", "on"}) {
    if (equals_ignoring_case(text, word)) value.on = true;
    if (equals_ignoring_case(text, word)) return {};
  }
  for (const std::string_view word : {"false", "0", "no", "off"}) {
    if (equals_ignoring_case(text, word)) return {};
  }
  return "must be true or false";
}

std::string read_choice(const Setting& setting, std::string_view text, SettingValue& value) {
  const auto choices = split_list(setting.choices, '|');
  for (size_t i = 0; i < choices.size(); ++i) {
    value.integer = static_cast<int64_t>(i);
    if (equals_ignoring_case(text, choices[i])) return {};
  }
  std::string list;
  for (const std::string_view choice : choices) {
    list += (list.empty() ? "" : choice == choices.back() ? " or " : ", ") + std::string(choice);
  }
  return "must be " + list;
}

std::string read_base_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return "must be an address such as https://api.example.org/v1, but it " + url.error().message;
  if (url->path.find('?') != std::string::npos) return "must be an address without a query ('?')";
  return {};
}

std::string shown(std::string_view text) { return '"' + escape_for_log(text, 100) + '"'; }

// "http://[user:password@]host:port"; the scheme may be left out.
std::string read_proxy(std::string_view text, std::string& place) {
  constexpr std::string_view kScheme = "http://";
  if (text.find("://") != std::string_view::npos && !starts_with_ignoring_case(text, kScheme)) {
    return "must begin with http:// (only plain HTTP proxies are supported; to go without one, set it to nothing)";
  }
  if (starts_with_ignoring_case(text, kScheme)) text.remove_prefix(kScheme.size());
  const size_t sign = text.rfind('@');
  const std::string user = sign == std::string_view::npos ? "" : std::string(text.substr(0, sign + 1));
  const auto url = parse_origin("http://" + std::string(sign == std::string_view::npos ? text : text.substr(sign + 1)));
  if (!url) return "must be a proxy such as http://proxy.example.org:3128, but it " + url.error().message;
  const std::string host = url->host.find(':') == std::string::npos ? url->host : '[' + url->host + ']';
  place = "http://" + user + host + ':' + std::to_string(url->port);
  return {};
}

}  // namespace

std::string read_value(const Setting& setting, std::string_view text, SettingValue& value) {
  value.text = text;
  switch (setting.kind) {
    case SettingKind::kText:
    case SettingKind::kSecret:
    case SettingKind::kFile: return {};
    case SettingKind::kUrl: return read_base_url(text);
    case SettingKind::kBool: return read_bool(without_comment(text), value);
    case SettingKind::kChoice: return read_choice(setting, without_comment(text), value);
    case SettingKind::kInteger: {
      const auto number = parse_integer(without_comment(text));
      value.integer = number.value_or(0);
      const bool fits = number && value.integer >= static_cast<int64_t>(setting.minimum) &&
                        value.integer <= static_cast<int64_t>(setting.maximum);
      return fits ? "" : "must be a whole number " + range_text(setting);
    }
    case SettingKind::kNumber: {
      const auto number = parse_number(without_comment(text));
      value.number = number.value_or(0);
      const bool fits = number && value.number >= setting.minimum && value.number <= setting.maximum;
      return fits ? "" : "must be a number " + range_text(setting);
    }
  }
  return {};
}

bool is_placeholder(std::string_view text) {
  const std::string lower = lower_ascii(trim(text));
  for (const std::string_view word : {"changeme", "change-me", "change_me", "...", "sk-...", "sk-ant-...", "todo", "your_api_key",
                                      "dev-secret-key-change-in-production", "secret", "your-secret-key"}) {
    if (lower == word) return true;
  }
  const bool example = lower.find("your-") != std::string::npos || lower.find("your_") != std::string::npos ||
                       lower.starts_with("generate-a-");
  const bool of_key = lower.ends_with("-here") || lower.ends_with("_here") || lower.ends_with("key");
  const bool bracketed = lower.starts_with('<') && lower.ends_with('>');
  const bool crossed = lower.size() >= 3 && lower.find_first_not_of("x*") == std::string::npos;
  return (example && of_key) || bracketed || crossed;
}

std::string set_host(Config& config, const SettingValue& value) {
  config.host = value.text;
  config.bind_addresses.clear();
  for (const std::string_view part : split_list(value.text)) {
    if (equals_ignoring_case(part, "localhost")) {
      config.bind_addresses.insert(config.bind_addresses.end(), {"127.0.0.1", "::1"});
      continue;
    }
    const bool bracketed = part.starts_with('[') && part.ends_with(']');
    const auto address = IpAddress::parse(bracketed ? part.substr(1, part.size() - 2) : part);
    if (!address) {
      return "must be the address to listen on (127.0.0.1, ::1, localhost, or 0.0.0.0 for all), but has " + shown(part);
    }
    config.bind_addresses.push_back(address->to_string());
  }
  return config.bind_addresses.empty() ? "must name an address: 127.0.0.1, or 0.0.0.0 for all" : "";
}

// Only characters that need no escaping in a URL, in HTML or in JSON: the pages carry the path as it is.
std::string set_base_path(Config& config, const SettingValue& value) {
  constexpr size_t kCharsMax = 200;
  constexpr const char* kWrong = "must be a path such as /chat/ (letters, digits, '-', '_', '~' and dots inside names)";
  std::string path = "/";
  for (const std::string_view part : split_list(value.text, '/')) {
    const auto plain = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '~' || c == '.'); };
    if (part.starts_with('.') || !std::all_of(part.begin(), part.end(), plain)) return kWrong;
    path += std::string(part) + '/';
  }
  if (!value.text.starts_with('/') || value.text.find("//") != std::string_view::npos || path.size() > kCharsMax) return kWrong;
  config.base_path = path;
  return {};
}

std::string set_public_origins(Config& config, const SettingValue& value) {
  for (const std::string_view part : split_list(value.text)) {
    if (part.find("://") != std::string_view::npos) {
      const auto url = parse_origin(part);
      if (!url) return "must list addresses such as https://chat.example.org, but " + shown(part) + ' ' + url.error().message;
      config.public_origins.push_back({url->scheme, url->host, url->port});
    } else {
      const auto host = parse_host_port(part);
      if (!host) return "must list addresses such as https://chat.example.org, but " + shown(part) + ' ' + host.error().message;
      config.public_origins.push_back({"", host->host, host->port});
    }
  }
  return {};
}

std::string set_trusted_proxies(Config& config, const SettingValue& value) {
  for (const std::string_view part : split_list(value.text)) {
    const auto range = IpRange::parse(part);
    if (!range) return "must list addresses or ranges such as 127.0.0.1 or 10.0.0.0/8, but has " + shown(part);
    config.trusted_proxies.push_back(*range);
  }
  return {};
}

std::string set_cors_origins(Config& config, const SettingValue& value) {
  for (const std::string_view part : split_list(value.text)) {
    if (part == "*" || equals_ignoring_case(part, "null")) {
      return "must not be " + shown(part) + ": that would let any web page use this server. List the exact origins, such as "
             "https://app.example.org";
    }
    const auto url = parse_origin(part);
    if (!url) return "must list origins such as https://app.example.org, but " + shown(part) + ' ' + url.error().message;
    config.cors_origins.push_back(url->origin());
  }
  return {};
}

std::string set_log_level(Config& config, const SettingValue& value) {
  constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError,
                                  LogLevel::kError, LogLevel::kWarning};  // CRITICAL and WARN are Python's other names
  config.log_level = kLevels[value.integer];
  return {};
}

// no-color.org: set to anything but nothing.
std::string set_no_color(Config& config, const SettingValue& value) {
  config.color = value.text.empty() || equals_ignoring_case(value.text, "false");
  return {};
}

std::string set_https_proxy(Config& config, const SettingValue& value) { return read_proxy(value.text, config.https_proxy); }
std::string set_http_proxy(Config& config, const SettingValue& value) { return read_proxy(value.text, config.http_proxy); }

std::string set_system_prompt(Config& config, const SettingValue& value) {
  if (count_code_points(value.text) > limits::kSystemPromptCodePoints) {
    return "must not be longer than " + std::to_string(limits::kSystemPromptCodePoints) + " characters";
  }
  config.system_prompt = value.text;
  return {};
}

}  // namespace whinchat
