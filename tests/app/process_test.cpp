#include "process.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

using namespace whinchat;

#ifdef __linux__
namespace {

// How many files this process could have open before the kernel's table grows (proc_pid_status(5)).
size_t table_size() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("FDSize:")) return std::stoul(line.substr(7));
  }
  return 0;
}

}  // namespace

TEST_CASE("room for files is made at once") {
  const size_t before = table_size();
  REQUIRE(before > 0);
  REQUIRE(raise_descriptor_limit(before + 1) > before);
  CHECK(table_size() > before);
}
#endif
