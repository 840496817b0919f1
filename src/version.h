// What this program is, and what it is made of.
#pragma once

#include <string>

namespace whinchat {

inline constexpr const char* kVersion = "1.0.0";

// "whinchat 1.0.0" and a line for every library that is linked in, with its version.
std::string version_text();

}  // namespace whinchat
