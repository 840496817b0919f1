// whinchat backup, verify, restore: what is done with the database's file from a terminal. None needs a running server;
// the first two work beside one.
#pragma once

#include "config.h"

namespace whinchat {

bool is_store_command(Command command);

// Prints what was done to stdout and what went wrong to stderr. The exit code: 0 or 1. Blocks.
int run_store_command(const Config& config);

}  // namespace whinchat
