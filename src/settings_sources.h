// Where settings come from: the command line, the environment, the .env file; and which one counts.
// Internal to the settings. Reading .env blocks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"

namespace whinchat {

struct CommandLine {
  Command command = Command::kServe;
  std::vector<std::string> operands;                            // as many as the command takes
  std::map<std::string, std::string, std::less<>> options;      // flags of the command itself
  std::string env_file;                                         // --env-file; empty: .env in the working folder, if there
  std::map<std::string, std::string, std::less<>> values;       // by variable name
  std::vector<std::string> problems;
};

CommandLine parse_command_line(int argc, const char* const* argv);

struct Sourced {
  std::string value;
  std::string variable;  // the name it was found under: the setting's own, or its alias
  std::string source;    // for messages: "the flag --port", "the environment", ".env line 3"
  bool from_file = false;
  bool from_environment = false;
};

// All that was set anywhere. An entry with an empty value hides lower sources and counts as not set.
class Sources {
 public:
  void add_flags(const CommandLine& line);
  void add_environment(const Environment& environment);
  // Problems: the file cannot be read, has bad lines, or holds secrets that others can read.
  void add_env_file(const std::string& path, bool required, std::vector<std::string>& problems, std::vector<std::string>& warnings);

  // The one that counts, trimmed and not empty; null otherwise.
  const Sourced* find(std::string_view variable) const;
  // With the alias looked at after the variable within each source.
  const Sourced* find(std::string_view variable, std::string_view alias) const;
  std::string text(std::string_view variable) const;  // "" when not set

  // Names of variables that end so, each once, sorted: "_BASE_URL".
  std::vector<std::string> names_ending(std::string_view ending) const;

 private:
  using Level = std::map<std::string, Sourced, std::less<>>;
  std::vector<Level> levels_;  // strongest first
};

// "[A-Z][A-Z0-9_]*"
bool is_provider_name(std::string_view name);

}  // namespace whinchat
