// --help and .env.example come from the table, and the table is complete.
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "base/utf8.h"
#include "env_file.h"
#include "run_config.h"
#include "settings_table.h"
#include "settings_values.h"

using namespace whinchat;

namespace {

std::string without_comment_marks(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const size_t equals = line.find('=');
    const bool setting = line.starts_with("# ") && equals != std::string::npos && find_setting(line.substr(2, equals - 2)) != nullptr;
    out += (setting ? line.substr(2) : line) + '\n';
  }
  return out;
}

}  // namespace

TEST_CASE("every variable of the guide is a setting") {
  for (const char* name :
       {"FLASK_ENV", "SECRET_KEY", "FLASK_DEBUG", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DATABASE_URL", "REDIS_URL", "RATELIMIT_PER_MINUTE",
        "RATELIMIT_PER_HOUR", "RATELIMIT_PER_DAY", "RATELIMIT_ENABLED", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE", "SESSION_LIFETIME", "LOG_LEVEL", "LOG_FILE", "DEFAULT_MODEL", "MAX_TOKENS", "TEMPERATURE", "STREAM_ENABLED",
        "FORCE_HTTPS", "HSTS_MAX_AGE", "HSTS_INCLUDE_SUBDOMAINS", "CORS_ORIGINS", "PORT"}) {
    CAPTURE(name);
    CHECK(find_setting(name) != nullptr);
  }
}

TEST_CASE("the table is in order: names once, defaults valid, help given") {
  std::set<std::string_view> names;
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.env);
    CHECK(names.insert(setting.env).second);
    if (!setting.alias.empty()) CHECK(names.insert(setting.alias).second);
    CHECK(setting.help.size() > 10);
    SettingValue value;
    if (!setting.fallback.empty()) CHECK(read_value(setting, setting.fallback, value) == "");
    if (setting.kind == SettingKind::kInteger || setting.kind == SettingKind::kNumber) CHECK(setting.maximum > setting.minimum);
    CHECK((setting.kind == SettingKind::kChoice) == !setting.choices.empty());
    CHECK((setting.kind == SettingKind::kSecret) == flag_name(setting).empty());
  }
}

TEST_CASE("help names every setting and its flag, in 80 columns") {
  const std::string help = help_text();
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.env);
    CHECK(help.find(std::string(setting.env)) != std::string::npos);
    if (!flag_name(setting).empty()) CHECK(help.find("--" + flag_name(setting) + ' ') != std::string::npos);
    CHECK(help.find("default: ") != std::string::npos);
  }
  for (const char* part : {"whinchat check", "--env-file", "NAME_BASE_URL", "GROQ", "SIGHUP", "Exit codes"}) {
    CAPTURE(part);
    CHECK(help.find(part) != std::string::npos);
  }
  std::istringstream in(help);
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    CHECK(count_code_points(line) <= 80);
    CHECK_FALSE(line.ends_with(' '));
  }
}

TEST_CASE("the example has every setting, and works as it stands") {
  const std::string example = env_example_text();
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.env);
    CHECK(example.find('\n' + std::string(setting.active_in_example ? "" : "# ") + std::string(setting.env) + '=') != std::string::npos);
  }
  CHECK(parse_env_file(example).problems.empty());
  const ConfigReport report = ConfigRun{{}, {}, example, 0644}.read();
  CHECK(all(report.problems) == "");
  CHECK(report.config.warnings.size() == 2);  // both keys are still the example's
  CHECK(report.config.port == 5000);
  CHECK(report.config.log_file == "logs/app.log");
  std::istringstream in(example);
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    CHECK(count_code_points(line) <= 80);
  }
}

TEST_CASE("with every line of the example switched on, each setting is still read without a fault of form") {
  const EnvFile file = parse_env_file(without_comment_marks(env_example_text()));
  CHECK(file.problems.empty());
  std::set<std::string> names;
  for (const EnvFileEntry& entry : file.entries) {
    const Setting* setting = find_setting(entry.name);
    CAPTURE(entry.name);
    REQUIRE(setting != nullptr);
    names.insert(entry.name);
    SettingValue value;
    if (!entry.value.empty()) CHECK(read_value(*setting, entry.value, value) == "");
  }
  CHECK(names.size() == settings_table().size());
}
