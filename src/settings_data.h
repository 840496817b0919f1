// Where the program keeps what it keeps. Internal to the settings. Pure.
//
// DATA_DIR's default is that of the XDG Base Directory Specification 0.8: $XDG_DATA_HOME/whinchat, else
// ~/.local/share/whinchat. DATABASE_URL is read as SQLAlchemy 2.0 reads it: three slashes and a path relative to the
// working folder, or four slashes and an absolute path.
#pragma once

#include <string>

#include "config.h"
#include "settings_table.h"

namespace whinchat {

std::string set_database_url(Config& config, const SettingValue& value);

// Makes config.data_folder and config.database_file absolute, or sets their defaults.
void complete_data_places(Config& config, const Environment& environment, const std::string& cwd);

}  // namespace whinchat
