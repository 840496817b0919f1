// Any bytes as a .env file: entries have names, problems never repeat the text of a line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "env_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = whinchat::parse_env_file({reinterpret_cast<const char*>(data), size});
  for (const auto& entry : file.entries) {
    if (entry.name.empty() || entry.line < 1) std::abort();
  }
  for (const auto& problem : file.problems) {
    if (problem.size() > 300) std::abort();
  }
  return 0;
}
