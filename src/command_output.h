// What the commands that need no server print, and the exit codes that go with it: 0 when it was said, else 1.
#pragma once

#include <cstdio>
#include <string>

#include "base/result.h"

namespace whinchat {

inline int fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  if (!error.detail.empty()) std::fprintf(stderr, "  (%s)\n", error.detail.c_str());
  return 1;
}

inline int say(const std::string& text) {
  std::fprintf(stdout, "%s\n", text.c_str());
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace whinchat
