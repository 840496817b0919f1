// Asking a person at the terminal. Blocks.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace whinchat {

// A password: asked for twice without showing it when stdin is a terminal, else the first line of stdin. kInvalidRequest:
// the two differ, or there is none.
Result<Secret> ask_new_password(const std::string& whose);

}  // namespace whinchat
