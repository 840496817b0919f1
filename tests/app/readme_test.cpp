// The README's table of settings and the program's table say the same.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "settings_table.h"

using namespace whinchat;

namespace {

std::string readme() {
  std::ifstream in("../../README.md", std::ios::binary);  // suites run in their own folder
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("the README has every setting once, with its default") {
  const std::string text = readme();
  const std::string all = text.substr(text.find("<summary>All settings"), text.find("</details>") - text.find("<summary>All settings"));
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.env);
    const std::string start = "\n| `" + std::string(setting.env) + "` | ";
    const size_t row = all.find(start);
    REQUIRE(row != std::string::npos);
    CHECK(all.find(start, row + 1) == std::string::npos);
    const std::string wanted = setting.fallback.empty() ? std::string(setting.fallback_words.empty() ? "none" : setting.fallback_words)
                                                        : "`" + std::string(setting.fallback) + "`";
    CHECK(all.substr(row + start.size(), wanted.size()) == wanted);
  }
}

TEST_CASE("the README has no setting that does not exist") {
  const std::string text = readme();
  std::istringstream in(text.substr(text.find("<summary>All settings"), text.find("</details>") - text.find("<summary>All settings")));
  size_t rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string name = line.substr(3, line.find('`', 3) - 3);
    CAPTURE(name);
    CHECK(find_setting(name) != nullptr);
    ++rows;
  }
  CHECK(rows == settings_table().size());
}
