#include "config.h"

#include <cstring>
#include <utility>

#include "base/text.h"
#include "settings_checks.h"
#include "settings_data.h"
#include "settings_providers.h"
#include "settings_sources.h"
#include "settings_table.h"
#include "settings_values.h"

namespace whinchat {
namespace {

// One row of the table: find its text, check it, put it into the Config.
void apply_setting(const Setting& setting, const Sources& sources, ConfigReport& report) {
  const Sourced* found = sources.find(setting.env, setting.alias);
  SettingValue value;
  if (found == nullptr) {
    if (setting.fallback.empty() || setting.apply == nullptr) return;
    if (read_value(setting, setting.fallback, value).empty()) setting.apply(report.config, value);
    return;
  }
  report.config.given.insert(std::string(setting.env));
  std::string problem = read_value(setting, found->value, value);
  if (problem.empty() && setting.apply != nullptr) problem = setting.apply(report.config, value);
  if (problem.empty()) return;
  const bool showable = setting.kind != SettingKind::kSecret && found->value.find('@') == std::string::npos;
  const std::string shown = showable ? " is \"" + escape_for_log(found->value, 100) + "\" (" + found->source + "): it "
                                     : " (" + found->source + ") ";
  report.problems.push_back(found->variable + shown + problem + '.');
}

// An address inside http://user:password@host is half a secret.
void add_password_of(const std::string& proxy, std::vector<Secret>& secrets) {
  const size_t begin = proxy.find("://");
  const size_t sign = proxy.rfind('@');
  if (begin == std::string::npos || sign == std::string::npos || sign < begin) return;
  const std::string user = proxy.substr(begin + 3, sign - begin - 3);
  secrets.emplace_back(user);
  if (user.find(':') != std::string::npos) secrets.emplace_back(user.substr(user.find(':') + 1));
}

}  // namespace

std::vector<Secret> Config::secrets() const {
  std::vector<Secret> all = {secret_key, metrics_token};
  for (const ProviderConfig& provider : providers) all.push_back(provider.api_key);
  add_password_of(https_proxy, all);
  add_password_of(http_proxy, all);
  std::erase_if(all, [](const Secret& secret) { return secret.empty(); });
  return all;
}

Environment environment_from(const char* const* environ_strings) {
  Environment environment;
  for (; environ_strings != nullptr && *environ_strings != nullptr; ++environ_strings) {
    const char* equals = std::strchr(*environ_strings, '=');
    if (equals != nullptr) environment.emplace(std::string(*environ_strings, equals), equals + 1);
  }
  return environment;
}

ConfigReport read_config(int argc, const char* const* argv, const Environment& environment, const std::string& cwd) {
  ConfigReport report;
  CommandLine line = parse_command_line(argc, argv);
  report.config.command = line.command;
  if (line.command == Command::kHelp || line.command == Command::kVersion || line.command == Command::kEnvExample) {
    if (line.command == Command::kEnvExample) report.problems = std::move(line.problems);
    report.usage = !report.problems.empty();
    return report;  // help must come even when nothing else is right
  }
  report.problems = std::move(line.problems);
  report.usage = !report.problems.empty();
  report.config.operands = line.operands;
  report.config.options = line.options;

  Sources sources;
  sources.add_flags(line);
  sources.add_environment(environment);
  const bool chosen = !line.env_file.empty();
  const std::string name = chosen ? line.env_file : ".env";
  const std::string path = name.starts_with('/') || cwd.empty() || cwd == "." ? name : cwd + '/' + name;
  sources.add_env_file(path, chosen, report.problems, report.config.warnings);

  for (const Setting& setting : settings_table()) apply_setting(setting, sources, report);
  complete_data_places(report.config, environment, cwd);
  const bool about_data = line.command == Command::kBackup || line.command == Command::kVerify || line.command == Command::kRestore;
  if (about_data) return report;  // a backup must be possible while, say, a provider's key is missing
  add_providers(report.config, sources, report.problems);
  complete_and_check(report.config, cwd, report.problems);
  return report;
}

Result<Config> load_config(int argc, const char* const* argv, const Environment& environment, const std::string& cwd) {
  ConfigReport report = read_config(argc, argv, environment, cwd);
  if (report.problems.empty()) return std::move(report.config);
  return Error{ErrorCode::kConfig, join(report.problems, "\n"), {}};
}

}  // namespace whinchat
