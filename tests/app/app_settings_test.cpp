// From what a person sets to what the parts of the program get.
#include "app_settings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "provider/endpoint.h"
#include "settings_table.h"

using namespace whinchat;

namespace {

Config with(Environment environment) {
  const char* argv[] = {"whinchat"};
  environment.insert({"SECRET_KEY", "0123456789abcdef0123456789abcdef"});
  const ConfigReport report = read_config(1, argv, environment, "/nonexistent");
  REQUIRE_MESSAGE(report.problems.empty(), (report.problems.empty() ? "" : report.problems.front()));
  return report.config;
}

api::ApiSettings api_with(Environment environment, std::vector<int> ports = {5000}, int https_port = 0) {
  return api_settings(with(std::move(environment)), ports, https_port);
}

}  // namespace

TEST_CASE("without settings: this machine only, the guide's limits, no CORS, nothing sent to models unasked") {
  const api::ApiSettings settings = api_with({});
  CHECK(settings.origins.host_allowed("localhost:5000"));
  CHECK_FALSE(settings.origins.host_allowed("chat.example.org"));
  CHECK_FALSE(settings.origins.any_ip_host);
  CHECK(settings.origins.cors_origins.empty());
  CHECK(settings.trusted_proxies.empty());
  CHECK(settings.prompt.system_prompt == "You are a helpful AI assistant.");
  CHECK_FALSE(settings.prompt.max_tokens.has_value());
  CHECK_FALSE(settings.prompt.temperature.has_value());
  CHECK_FALSE(settings.force_https);
  CHECK(settings.hsts_max_age_s == 0);
  CHECK(settings.metrics_token.empty());
  CHECK(settings.limit_per_minute == 10);
  CHECK(settings.limit_per_hour == 100);
  CHECK(settings.limit_per_day == 500);
}

TEST_CASE("the public origin is a host to answer for and an origin to trust, whatever its port") {
  const api::ApiSettings settings = api_with({{"PUBLIC_ORIGIN", "https://chat.example.org,https://alt.example.org:8443,http://[2001:db8::1]:8080"}});
  CHECK(settings.origins.host_allowed("chat.example.org"));
  CHECK(settings.origins.host_allowed("alt.example.org:8443"));
  CHECK_FALSE(settings.origins.host_allowed("evil.test"));
  const auto& origins = settings.origins.public_origins;
  CHECK(origins == std::vector<std::string>{"https://chat.example.org", "https://alt.example.org:8443", "http://[2001:db8::1]:8080"});
}

TEST_CASE("a public bind answers for addresses, a local one only for its own") {
  CHECK(api_with({{"HOST", "0.0.0.0"}}).origins.any_ip_host);
  CHECK(api_with({{"HOST", "127.0.0.1,192.0.2.7"}}).origins.any_ip_host);
  CHECK_FALSE(api_with({{"HOST", "localhost"}}).origins.any_ip_host);
}

TEST_CASE("an empty CORS_ORIGINS is off") {
  CHECK(api_with({{"CORS_ORIGINS", ""}}).origins.cors_origins.empty());
  CHECK(api_with({{"CORS_ORIGINS", "https://app.example.org"}}).origins.cors_origins == std::vector<std::string>{"https://app.example.org"});
}

TEST_CASE("MAX_TOKENS and TEMPERATURE count only when somebody set them") {
  const api::ApiSettings settings = api_with({{"MAX_TOKENS", "77"}, {"TEMPERATURE", "0.7"}, {"SYSTEM_PROMPT", "Be brief."}, {"SYSTEM_PROMPT_LOCKED", "true"}});
  CHECK(settings.prompt.max_tokens == 77);
  CHECK(settings.prompt.temperature == 0.7);
  CHECK(settings.prompt.system_prompt == "Be brief.");
  CHECK(settings.prompt.system_prompt_locked);
  const api::ApiSettings unset = api_with({});
  CHECK_FALSE(unset.prompt.max_tokens.has_value());
  CHECK_FALSE(unset.prompt.temperature.has_value());
  for (const char* name : {"MAX_TOKENS", "TEMPERATURE"}) CHECK(find_setting(name)->fallback.empty());  // --help promises no figure
}

TEST_CASE("the warning about a retired default model says what the program then does") {
  const auto warning_with = [](Environment environment, const std::string& model) {
    environment.insert({"DEFAULT_MODEL", model});
    const Config config = with(environment);
    for (const std::string& warning : config.warnings) {
      if (warning.starts_with("DEFAULT_MODEL=" + model + " was shut down")) return std::pair(warning, config);
    }
    return std::pair(std::string(), config);
  };
  for (const auto& [key, model] : {std::pair{"OPENAI_API_KEY", "gpt-4"}, {"OPENAI_API_KEY", "gpt-4-turbo"}, {"OPENAI_API_KEY", "gpt-3.5-turbo"},
                                   {"ANTHROPIC_API_KEY", "claude-3-5-sonnet-20241022"}, {"ANTHROPIC_API_KEY", "claude-3-opus-20240229"},
                                   {"ANTHROPIC_API_KEY", "claude-3-sonnet"}, {"ANTHROPIC_API_KEY", "claude-3-sonnet-20240229"}}) {
    CAPTURE(model);
    const auto [warning, config] = warning_with({{key, "sk-0123456789abcdef"}}, model);
    ProviderConfig asked = config.providers.at(0);
    asked.model = config.default_model;
    const std::string used = provider::make_endpoint(asked, "2026-11-25").default_model;
    CHECK(used != model);
    CHECK(warning.find(". " + used + " is asked in its place.") != std::string::npos);
  }
  const auto [elsewhere, config] = warning_with({{"OPENAI_API_KEY", "sk-0123456789abcdef"}, {"OPENAI_BASE_URL", "https://gateway.example/v1"}}, "gpt-4");
  CHECK(elsewhere.find("may not know it") != std::string::npos);
  ProviderConfig asked = config.providers.at(0);
  asked.model = config.default_model;
  CHECK(provider::make_endpoint(asked, "2026-11-25").default_model == "gpt-4");
}

TEST_CASE("HSTS comes with FORCE_HTTPS, and the redirect goes to the port that is bound") {
  const Environment https{{"FORCE_HTTPS", "true"}, {"PUBLIC_ORIGIN", "https://chat.example.org"}, {"TRUSTED_PROXIES", "127.0.0.1"}, {"HSTS_MAX_AGE", "60"}};
  CHECK(api_with(https).hsts_max_age_s == 60);
  CHECK(api_with(https).https_port == 443);
  CHECK(api_with(https, {5000, 5443}, 5443).https_port == 5443);
}

TEST_CASE("the limiter gets all three windows, finest first, and testing counts nothing") {
  const auto options = limiter_options(with({{"RATELIMIT_PER_MINUTE", "3"}, {"RATELIMIT_PER_HOUR", "4"}, {"RATELIMIT_PER_DAY", "5"}}));
  REQUIRE(options.windows.size() == 3);
  CHECK(options.windows[0].hits_max == 3);
  CHECK(options.windows[0].period_s == 60);
  CHECK(options.windows[1].hits_max == 4);
  CHECK(options.windows[1].period_s == 3'600);
  CHECK(options.windows[2].hits_max == 5);
  CHECK(options.windows[2].period_s == 86'400);
  CHECK(options.enabled);
  CHECK_FALSE(limiter_options(with({{"FLASK_ENV", "testing"}})).enabled);
}

TEST_CASE("the log knows the secrets that it must not show") {
  const auto options = log_options(with({{"OPENAI_API_KEY", "sk-canary-0123456789abcdef"}, {"METRICS_TOKEN", "canary-token-0123456789"}}));
  const auto hides = [&](std::string_view text) {
    return std::any_of(options.secrets.begin(), options.secrets.end(), [&](const Secret& secret) { return secret.equals(text); });
  };
  CHECK(hides("sk-canary-0123456789abcdef"));
  CHECK(hides("canary-token-0123456789"));
  CHECK(hides("0123456789abcdef0123456789abcdef"));
}

TEST_CASE("FLASK_DEBUG logs more, but not in production") {
  CHECK(log_options(with({{"FLASK_DEBUG", "True"}})).level == LogLevel::kDebug);
  CHECK(log_options(with({})).level == LogLevel::kInfo);
  CHECK(log_options(with({{"FLASK_DEBUG", "True"}, {"FLASK_ENV", "production"}, {"OPENAI_API_KEY", "sk-canary-0123456789abcdef"}})).level == LogLevel::kInfo);
}

TEST_CASE("providers and the demo reach the registry as configured") {
  const auto none = registry_options(with({{"LOCAL_DISCOVERY", "false"}}));
  CHECK_FALSE(none.local_discovery);
  CHECK(none.demo_when_empty);
  const auto one = registry_options(with({{"OPENAI_API_KEY", "sk-canary-0123456789abcdef"}, {"DEMO", "true"}}));
  CHECK(one.demo_always);
  CHECK(std::any_of(one.providers.begin(), one.providers.end(), [](const ProviderConfig& p) { return p.id == "openai"; }));
  CHECK_FALSE(registry_options(with({{"DEMO", "false"}, {"OPENAI_API_KEY", "sk-canary-0123456789abcdef"}})).demo_when_empty);
}
