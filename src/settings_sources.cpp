#include "settings_sources.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "env_file.h"
#include "settings_table.h"
#include "settings_values.h"

namespace whinchat {
namespace {

constexpr std::string_view kProviderEndings[] = {"_BASE_URL", "_API_KEY", "_MODEL"};

std::string variable_of_flag(std::string_view flag) {
  std::string name = upper_ascii(flag);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool is_secret_variable(std::string_view name) {
  const Setting* setting = find_setting(name);
  return setting != nullptr ? setting->kind == SettingKind::kSecret : is_secret_name(name);
}

// NAME_BASE_URL and the like, of a provider that is not in the table.
bool is_provider_variable(std::string_view name) {
  return std::any_of(std::begin(kProviderEndings), std::end(kProviderEndings), [&](std::string_view ending) {
    return name.ends_with(ending) && is_provider_name(name.substr(0, name.size() - ending.size()));
  });
}

bool is_bool_word(std::string_view text) {
  for (const std::string_view word : {"true", "false", "yes", "no", "on", "off", "1", "0"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  return false;
}

std::string unknown_flag(std::string_view flag) {
  std::vector<std::string> names = {"help", "version", "env-file"};
  for (const Setting& setting : settings_table()) {
    if (!flag_name(setting).empty()) names.push_back(flag_name(setting));
  }
  const std::string_view near = closest_match(flag, {names.begin(), names.end()});
  return "--" + escape_for_log(flag, 64) + " is no flag of this program." +
         (near.empty() ? " whinchat --help lists them." : " Did you mean --" + std::string(near) + "?");
}

class CommandLineReader {
 public:
  CommandLineReader(int argc, const char* const* argv) : arguments_(argv + std::min(argc, 1), argv + argc) {}

  CommandLine read() {
    bool has_command = false;
    for (at_ = 0; at_ < arguments_.size(); ++at_) {
      const std::string_view argument = arguments_[at_];
      if (argument == "-h") {
        line_.command = Command::kHelp;
      } else if (argument == "-V") {
        line_.command = Command::kVersion;
      } else if (argument.starts_with("--") && argument.size() > 2) {
        read_flag(argument.substr(2));
      } else if (!has_command && !argument.starts_with("-")) {
        has_command = true;
        read_command(argument);
      } else if (line_.operands.size() < operands_wanted_ && !argument.starts_with("-")) {
        read_operand(argument);
      } else {
        problem("\"" + escape_for_log(argument, 64) + "\" is not expected here. Flags begin with --; whinchat --help lists them.");
      }
    }
    if (line_.operands.size() < operands_wanted_) problem(what_is_missing());
    return std::move(line_);
  }

 private:
  void problem(std::string text) { line_.problems.push_back(std::move(text)); }

  void read_command(std::string_view word) {
    struct Row {
      std::string_view name;
      Command command;
      size_t operands = 0;
    };
    constexpr Row kCommands[] = {{"serve", Command::kServe},         {"check", Command::kCheck},         {"env-example", Command::kEnvExample},
                                 {"backup", Command::kBackup, 1},    {"verify", Command::kVerify, 1},    {"restore", Command::kRestore, 1},
                                 {"user", Command::kUser, 1},        {"invite", Command::kInvite},
                                 {"help", Command::kHelp},           {"version", Command::kVersion}};
    std::vector<std::string_view> names;
    for (const Row& row : kCommands) {
      names.push_back(row.name);
      if (word != row.name) continue;
      operands_wanted_ = row.operands;
      command_name_ = row.name;
      return choose(row.command);
    }
    const std::string_view near = closest_match(word, names);
    problem("\"" + escape_for_log(word, 64) + "\" is no command." +
            (near.empty() ? " whinchat --help lists them." : " Did you mean " + std::string(near) + "?"));
  }

  // "whinchat user" takes what to do, and all but "list" take a name after that.
  void read_operand(std::string_view argument) {
    line_.operands.emplace_back(argument);
    if (command_name_ != "user" || line_.operands.size() != 1) return;
    const std::vector<std::string_view> words = {"add", "list", "reset-password", "disable", "enable"};
    if (std::find(words.begin(), words.end(), argument) == words.end()) {
      const std::string_view near = closest_match(argument, words);
      problem("whinchat user cannot \"" + escape_for_log(argument, 64) + "\"." + (near.empty() ? " It can add, list, reset-password, disable, enable." : " Did you mean " + std::string(near) + "?"));
    } else if (argument != "list") {
      operands_wanted_ = 2;
    }
  }

  std::string what_is_missing() const {
    if (command_name_ != "user") return "whinchat " + command_name_ + " needs the name of a file: whinchat " + command_name_ + " FILE.";
    if (line_.operands.empty()) return "whinchat user needs to know what to do: add NAME, list, reset-password NAME, disable NAME or enable NAME.";
    return "whinchat user " + line_.operands[0] + " needs a name: whinchat user " + line_.operands[0] + " NAME.";
  }

  // A flag of the command itself. False: it has none of that name.
  bool read_option(std::string_view flag, std::string_view text) {
    struct Option {
      std::string_view command;
      std::string_view name;
      bool bare;
    };
    constexpr Option kOptions[] = {{"user", "admin", true},   {"user", "plan", false},    {"user", "drop-second-factor", true}, {"invite", "admin", true},
                                   {"invite", "plan", false}, {"invite", "hours", false}, {"invite", "user", false}};
    for (const Option& option : kOptions) {
      if (option.command != command_name_ || option.name != flag) continue;
      std::string value = option.bare ? "true" : "";
      if (text.size() > flag.size()) value = text.substr(flag.size() + 1);
      else if (!option.bare && at_ + 1 < arguments_.size()) value = arguments_[++at_];
      if (value.empty()) problem("--" + std::string(flag) + " needs a value: --" + std::string(flag) + "=...");
      line_.options[std::string(flag)] = value;
      return true;
    }
    return false;
  }

  // --help wins over everything: "whinchat check --help" asks for help.
  void choose(Command command) {
    if (line_.command != Command::kHelp && line_.command != Command::kVersion) line_.command = command;
  }

  void read_flag(std::string_view text) {
    const size_t equals = text.find('=');
    const std::string_view flag = text.substr(0, equals);
    const bool has_value = equals != std::string_view::npos;
    const std::string variable = variable_of_flag(flag);
    if (flag == "help" || flag == "version") {
      line_.command = flag == "help" ? Command::kHelp : Command::kVersion;
      return;
    }
    if (read_option(flag, text)) return;
    const Setting* setting = find_setting(variable);
    const bool known = flag == "env-file" || (flag == lower_ascii(flag) && flag.find('_') == std::string_view::npos &&
                                              (setting != nullptr || is_provider_variable(variable)));
    if (!known) return problem(unknown_flag(flag));
    if (is_secret_variable(variable)) {
      if (!has_value) ++at_;  // the secret itself is no argument to complain about
      return problem("--" + std::string(flag) + " is refused: every user of this machine can read flags in the process list. Put " +
                     variable + " into the environment or into .env.");
    }
    const bool bare = setting != nullptr && (setting->kind == SettingKind::kBool || setting->bare_flag);
    std::string value;
    if (has_value) {
      value = text.substr(equals + 1);
    } else if (bare) {
      const bool next_is_value = at_ + 1 < arguments_.size() && is_bool_word(arguments_[at_ + 1]);
      value = next_is_value ? arguments_[++at_] : "true";
    } else if (at_ + 1 < arguments_.size() && !std::string_view(arguments_[at_ + 1]).starts_with("--")) {
      value = arguments_[++at_];
    } else {
      return problem("--" + std::string(flag) + " needs a value: --" + std::string(flag) + "=...");
    }
    if (flag == "env-file") line_.env_file = value;
    else line_.values[variable] = value;
  }

  std::vector<const char*> arguments_;
  size_t at_ = 0;
  size_t operands_wanted_ = 0;
  std::string command_name_;
  CommandLine line_;
};

// A name in the file that nothing reads, but that looks like one that is read.
void warn_of_slip(const std::string& path, const EnvFileEntry& entry, std::vector<std::string>& warnings) {
  if (find_setting(entry.name) != nullptr || is_provider_variable(entry.name)) return;
  std::vector<std::string_view> names;
  for (const Setting& setting : settings_table()) names.push_back(setting.env);
  const std::string_view near = closest_match(upper_ascii(entry.name), names);
  if (near.empty()) return;
  warnings.push_back(escape_for_log(entry.name, 64) + " (" + path + " line " + std::to_string(entry.line) +
                     ") is not a setting and has no effect. Did you mean " + std::string(near) + "?");
}

}  // namespace

bool is_provider_name(std::string_view name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return !name.empty() && name.size() <= 32 && upper(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return upper(c) || (c >= '0' && c <= '9') || c == '_'; });
}

CommandLine parse_command_line(int argc, const char* const* argv) { return CommandLineReader(argc, argv).read(); }

void Sources::add_flags(const CommandLine& line) {
  Level level;
  for (const auto& [name, value] : line.values) {
    std::string flag = lower_ascii(name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    level[name] = {std::string(trim(value)), name, "the flag --" + flag, false, false};
  }
  levels_.push_back(std::move(level));
}

void Sources::add_environment(const Environment& environment) {
  Level level;
  for (const auto& [name, value] : environment) level[name] = {std::string(trim(value)), name, "the environment", false, true};
  levels_.push_back(std::move(level));
}

void Sources::add_env_file(const std::string& path, bool required, std::vector<std::string>& problems,
                           std::vector<std::string>& warnings) {
  const auto text = read_file(path, limits::kEnvFileBytes);
  if (!text) {
    if (required || text.error().code != ErrorCode::kNotFound) problems.push_back(text.error().message + ".");
    return;
  }
  const EnvFile file = parse_env_file(*text);
  for (const std::string& problem : file.problems) problems.push_back(path + ' ' + problem + '.');
  for (const std::string& warning : file.warnings) warnings.push_back(path + ' ' + warning + '.');

  Level level;
  bool holds_secrets = false;
  for (const EnvFileEntry& entry : file.entries) {
    const std::string value(trim(entry.value));
    holds_secrets = holds_secrets || (is_secret_variable(entry.name) && !value.empty() && !is_placeholder(value));
    level[entry.name] = {value, entry.name, path + " line " + std::to_string(entry.line), true, false};
    warn_of_slip(path, entry, warnings);
  }
  if (holds_secrets) {
    if (auto checked = check_private(path); !checked) problems.push_back(checked.error().message);
  }
  levels_.push_back(std::move(level));
}

const Sourced* Sources::find(std::string_view variable) const { return find(variable, {}); }

const Sourced* Sources::find(std::string_view variable, std::string_view alias) const {
  for (const Level& level : levels_) {
    auto found = level.find(variable);
    if (found == level.end() && !alias.empty()) found = level.find(alias);
    if (found != level.end()) return found->second.value.empty() ? nullptr : &found->second;
  }
  return nullptr;
}

std::string Sources::text(std::string_view variable) const {
  const Sourced* found = find(variable);
  return found == nullptr ? "" : found->value;
}

std::vector<std::string> Sources::names_ending(std::string_view ending) const {
  std::set<std::string> names;
  for (const Level& level : levels_) {
    for (const auto& [name, sourced] : level) {
      if (name.ends_with(ending)) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace whinchat
