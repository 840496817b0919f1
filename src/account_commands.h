// whinchat user add|list|reset-password|disable|enable, whinchat invite: accounts from a terminal. None needs a running
// server; beside one they take effect within a second.
#pragma once

#include "config.h"

namespace whinchat {

bool is_account_command(Command command);

// Prints what was done to stdout and what went wrong to stderr. The exit code: 0 or 1. Blocks.
int run_account_command(const Config& config);

}  // namespace whinchat
