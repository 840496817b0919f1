// The libraries below this layer, with the versions that run: for --version.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace whinchat::io {

std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace whinchat::io
