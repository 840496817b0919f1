// What single values cannot tell: settings that do not go together, modes, and advice. Internal to the settings.
#pragma once

#include <string>
#include <vector>

#include "config.h"

namespace whinchat {

// Sets what follows from the mode and from other settings (defaults, the demo, the default provider), then looks for
// problems and adds to config.warnings. Files are looked up relative to cwd.
void complete_and_check(Config& config, const std::string& cwd, std::vector<std::string>& problems);

}  // namespace whinchat
