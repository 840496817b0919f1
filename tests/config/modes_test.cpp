#include <doctest/doctest.h>

#include "run_config.h"

using namespace whinchat;

namespace {

const Environment kProduction = {
    {"FLASK_ENV", "production"}, {"SECRET_KEY", "0123456789abcdef"}, {"ANTHROPIC_API_KEY", "sk-ant-0123456789"}};

ConfigReport production(const char* name, const std::string& value) {
  Environment environment = kProduction;
  environment[name] = value;
  return ConfigRun{{}, environment}.read();
}

}  // namespace

TEST_CASE("production starts with a secret and one provider, whichever it is") {
  const ConfigReport report = ConfigRun{{}, kProduction}.read();
  CHECK(all(report.problems) == "");
  CHECK(report.config.force_https);
  CHECK(report.config.session_cookie_secure);
  CHECK_FALSE(report.config.debug);
  CHECK(report.config.providers.size() == 1);
  CHECK(report.config.default_provider == "claude");
  CHECK(report.config.secret_key.equals("0123456789abcdef"));
}

TEST_CASE("production names everything that is missing") {
  const ConfigReport report = ConfigRun{{}, {{"FLASK_ENV", "production"}}}.read();
  REQUIRE(report.problems.size() == 2);
  CHECK(mentions(report.problems, "SECRET_KEY is not set"));
  CHECK(mentions(report.problems, "No provider is set"));
  CHECK_FALSE(mentions(report.problems, "REDIS"));
}

TEST_CASE("production refuses a secret that is none") {
  CHECK(mentions(production("SECRET_KEY", "generate-a-strong-secret-key-here").problems, "SECRET_KEY is still the example's text"));
  CHECK(mentions(production("SECRET_KEY", "dev-secret-key-change-in-production").problems, "still the example's text"));
  CHECK(mentions(production("SECRET_KEY", "0123456789abcde").problems, "SECRET_KEY is shorter than 16 characters"));
  CHECK(mentions(production("SECRET_KEY", "").problems, "SECRET_KEY is not set"));
}

TEST_CASE("in production a local or compatible server counts as a provider, the demo only when asked for") {
  Environment base = kProduction;
  base.erase("ANTHROPIC_API_KEY");
  const auto starts = [&](Environment more) {
    more.insert(base.begin(), base.end());
    return ConfigRun{{}, more}.read().problems.empty();
  };
  CHECK_FALSE(starts({}));
  CHECK_FALSE(starts({{"OPENAI_API_KEY", "sk-your-openai-key-here"}}));
  CHECK(starts({{"OPENAI_API_KEY", "sk-0123456789"}}));
  CHECK(starts({{"OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1"}}));
  CHECK(starts({{"MINE_BASE_URL", "https://llm.example.org/v1"}, {"MINE_API_KEY", "abc"}}));
  CHECK(starts({{"DEMO", "true"}}));
}

TEST_CASE("production keeps its cookies on HTTPS and its debugging off") {
  const ConfigReport cookie = production("SESSION_COOKIE_SECURE", "False");
  CHECK(cookie.config.session_cookie_secure);
  CHECK(mentions(cookie.config.warnings, "SESSION_COOKIE_SECURE"));
  const ConfigReport debug = production("FLASK_DEBUG", "True");
  CHECK_FALSE(debug.config.debug);
  CHECK(mentions(debug.config.warnings, "FLASK_DEBUG"));
  CHECK_FALSE(production("FORCE_HTTPS", "false").config.force_https);
}

TEST_CASE("development makes its own secret at each start, and keeps one that was given") {
  const Config first = ConfigRun{}.read().config;
  const Config second = ConfigRun{}.read().config;
  CHECK(first.secret_key.size() == 64);
  CHECK_FALSE(first.secret_key.equals(second.secret_key.reveal()));
  CHECK(ConfigRun{{}, {{"SECRET_KEY", "mine"}}}.read().config.secret_key.equals("mine"));
}

TEST_CASE("testing counts no limits unless told to") {
  CHECK_FALSE(ConfigRun{{}, {{"FLASK_ENV", "testing"}}}.read().config.ratelimit_enabled);
  CHECK(ConfigRun{{}, {{"FLASK_ENV", "testing"}, {"RATELIMIT_ENABLED", "true"}}}.read().config.ratelimit_enabled);
  const Config off = ConfigRun{{}, {{"RATELIMIT_ENABLED", "false"}}}.read().config;
  CHECK_FALSE(off.ratelimit_enabled);
  CHECK(mentions(off.warnings, "RATELIMIT_ENABLED=false"));
}

TEST_CASE("debugging logs more, unless the level is set") {
  CHECK(ConfigRun{{}, {{"FLASK_DEBUG", "1"}}}.read().config.log_level == LogLevel::kDebug);
  CHECK(ConfigRun{{}, {{"FLASK_DEBUG", "1"}, {"LOG_LEVEL", "ERROR"}}}.read().config.log_level == LogLevel::kError);
}
