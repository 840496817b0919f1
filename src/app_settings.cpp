#include "app_settings.h"

#include <algorithm>

#include "version.h"

namespace whinchat {

namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

}  // namespace

LogOptions log_options(const Config& config) {
  LogOptions options;
  options.level = config.debug && config.mode != Mode::kProduction ? LogLevel::kDebug : config.log_level;
  options.file = config.log_file;
  options.console_format = config.log_format;
  options.secrets = config.secrets();
  options.color = config.color;
  return options;
}

auth::AuthSettings auth_settings(const Config& config) {
  auth::AuthSettings settings;
  settings.mode = config.auth_mode == AuthSetting::kOpen ? auth::AuthMode::kOpen : auth::AuthMode::kAccounts;
  settings.open_to_all = settings.mode == auth::AuthMode::kOpen && config.is_given("AUTH_MODE");
  settings.idle_ms = config.session_lifetime_s * 1000;
  settings.absolute_ms = std::max(settings.absolute_ms, settings.idle_ms);
  settings.setup_token_file = config.data_folder + "/setup-token";
  for (const PublicOrigin& origin : config.public_origins) {
    if (origin.scheme != "https") continue;
    const std::string host = origin.host.find(':') != std::string::npos ? "[" + origin.host + "]" : origin.host;
    settings.cookies.https_hosts.push_back(origin.port == 0 || origin.port == 443 ? host : host + ":" + std::to_string(origin.port));
  }
  settings.cookies.path = config.base_path;
  switch (config.session_cookie_samesite) {
    case SameSite::kLax: settings.cookies.same_site = auth::CookieSameSite::kLax; break;
    case SameSite::kNone: settings.cookies.same_site = auth::CookieSameSite::kNone; break;
    case SameSite::kStrict: settings.cookies.same_site = auth::CookieSameSite::kStrict; break;
  }
  return settings;
}

Result<auth::SecretBox> open_secret_box(const Config& config) {
  if (!config.secret_key_file.empty()) return auth::SecretBox::from_file(config.secret_key_file, false);
  if (config.secret_key_chosen) return auth::SecretBox(config.secret_key);
  return auth::SecretBox::from_file(config.data_folder + "/secret.key", true);
}

store::DatabaseOptions database_options(const Config& config) {
  store::DatabaseOptions options;
  options.folder = config.data_folder;
  options.path = config.database_file;
  options.daily_backup = config.backup_daily;
  return options;
}

http::ClientOptions client_options(const Config& config) {
  return {config.ca_file, config.https_proxy, config.http_proxy, config.no_proxy, std::string("whinchat/") + kVersion};
}

quota::RateLimiterOptions limiter_options(const Config& config) {
  quota::RateLimiterOptions options;
  options.windows = {{config.ratelimit_per_minute, kMinute}, {config.ratelimit_per_hour, kHour}, {config.ratelimit_per_day, kDay}};
  options.strategy = config.ratelimit_strategy;
  options.enabled = config.ratelimit_enabled;
  return options;
}

provider::RegistryOptions registry_options(const Config& config) {
  provider::RegistryOptions options;
  options.providers = config.providers;
  options.possible = config.possible_providers;
  options.default_provider = config.default_provider;
  options.default_model = config.default_model;
  options.local_discovery = config.local_discovery;
  options.ollama_host = config.ollama_host;
  options.connect_max = std::chrono::seconds(config.provider_connect_s);
  options.head_max = std::chrono::seconds(config.provider_head_s);
  options.idle_max = std::chrono::seconds(config.provider_idle_s);
  options.failures_max = static_cast<size_t>(config.provider_failures_max);
  options.demo_when_empty = config.demo == DemoMode::kAuto;
  options.demo_always = config.demo == DemoMode::kOn;
  return options;
}

chat::PromptRules prompt_rules(const Config& config) {
  chat::PromptRules rules;
  if (!config.system_prompt.empty()) rules.system_prompt = config.system_prompt;
  rules.system_prompt_locked = config.system_prompt_locked;
  if (config.is_given("MAX_TOKENS")) rules.max_tokens = config.max_tokens;
  if (config.is_given("TEMPERATURE")) rules.temperature = config.temperature;
  return rules;
}

api::ApiSettings api_settings(const Config& config, const std::vector<int>& ports, int https_port) {
  api::ApiSettings settings;
  settings.version = kVersion;
  settings.base_path = config.base_path;
  settings.origins.ports = ports;
  for (const PublicOrigin& origin : config.public_origins) {
    settings.origins.public_hosts.push_back({origin.host, origin.port, IpAddress::parse(origin.host)});
    if (origin.scheme.empty()) continue;
    const bool usual = origin.port == 0 || origin.port == (origin.scheme == "https" ? 443 : 80);
    const std::string host = origin.host.find(':') != std::string::npos ? "[" + origin.host + "]" : origin.host;
    settings.origins.public_origins.push_back(origin.scheme + "://" + host + (usual ? "" : ":" + std::to_string(origin.port)));
  }
  for (const std::string& address : config.bind_addresses) {
    const auto ip = IpAddress::parse(address);
    if (ip && !ip->is_loopback()) settings.origins.any_ip_host = true;
  }
  settings.origins.cors_origins = config.cors_origins;
  settings.origins.cors_credentials = config.cors_credentials;
  settings.trusted_proxies = config.trusted_proxies;
  settings.prompt = prompt_rules(config);
  settings.stream_enabled = config.stream_enabled;
  settings.limit_per_minute = config.ratelimit_per_minute;
  settings.limit_per_hour = config.ratelimit_per_hour;
  settings.limit_per_day = config.ratelimit_per_day;
  settings.ietf_limit_headers = config.ratelimit_ietf_headers;
  settings.force_https = config.force_https;
  if (https_port > 0) settings.https_port = https_port;
  settings.hsts_max_age_s = static_cast<int>(config.force_https ? config.hsts_max_age_s : 0);
  settings.hsts_subdomains = config.hsts_include_subdomains;
  settings.secure_login_only = config.session_cookie_secure;
  settings.metrics_token = config.metrics_token;
  return settings;
}

}  // namespace whinchat
