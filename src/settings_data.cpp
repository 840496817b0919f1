#include "settings_data.h"

#include "base/text.h"

namespace whinchat {
namespace {

constexpr const char* kFolderName = "whinchat";

std::string absolute(const std::string& cwd, const std::string& path) {
  return path.starts_with('/') || cwd.empty() ? path : cwd + '/' + path;
}

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : std::string(trim(found->second));
}

std::string default_data_folder(const Environment& environment) {
  // The specification: a relative path in XDG_DATA_HOME is invalid and to be ignored.
  if (const std::string data = value_of(environment, "XDG_DATA_HOME"); data.starts_with('/')) return data + '/' + kFolderName;
  if (const std::string home = value_of(environment, "HOME"); home.starts_with('/')) return home + "/.local/share/" + kFolderName;
  return "data";
}

}  // namespace

std::string set_database_url(Config& config, const SettingValue& value) {
  const std::string_view text = value.text;
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return "must be sqlite:///app.db (in the working folder) or sqlite:////var/lib/whinchat/app.db";
  const std::string_view scheme = text.substr(0, colon);
  if (!equals_ignoring_case(scheme, "sqlite") && !starts_with_ignoring_case(scheme, "sqlite+")) {
    return "names a database server, which this program does not use: it keeps everything in one SQLite file. Use "
           "sqlite:///app.db, or leave it out";
  }
  std::string_view rest = text.substr(colon + 3);
  if (!rest.empty() && !rest.starts_with('/')) return "names a host, and SQLite has none: sqlite:/// has three slashes before the file";
  if (!rest.empty()) rest.remove_prefix(1);
  if (rest.find('?') != std::string_view::npos) return "has parameters after ?, which are not supported";
  if (rest.empty() || rest == ":memory:") return "is a database in memory, which would forget everything at the end. Name a file: sqlite:///app.db";
  if (rest.ends_with('/')) return "names a folder; it must name a file";
  config.database_file = rest;
  return {};
}

void complete_data_places(Config& config, const Environment& environment, const std::string& cwd) {
  const std::string folder = config.data_folder.empty() ? default_data_folder(environment) : config.data_folder;
  config.data_folder = absolute(cwd, folder);
  while (config.data_folder.size() > 1 && config.data_folder.ends_with('/')) config.data_folder.pop_back();
  config.database_file = config.database_file.empty() ? config.data_folder + "/whinchat.db" : absolute(cwd, config.database_file);
}

}  // namespace whinchat
