// Runs the settings on flags, an environment and a .env file of a test's own.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/temporary_folder.h"
#include "config.h"

struct ConfigRun {
  std::vector<std::string> flags = {};
  whinchat::Environment environment = {};
  std::string env_file = {};  // empty: there is none
  int mode = 0600;

  whinchat::ConfigReport read() const {
    const TemporaryFolder folder;
    if (!env_file.empty()) folder.write(".env", env_file, mode);
    return read_in(folder);
  }

  whinchat::ConfigReport read_in(const TemporaryFolder& folder) const {
    std::vector<const char*> arguments = {"whinchat"};
    for (const std::string& flag : flags) arguments.push_back(flag.c_str());
    return whinchat::read_config(static_cast<int>(arguments.size()), arguments.data(), environment, folder.path());
  }
};

inline bool mentions(const std::vector<std::string>& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& s) { return s.find(part) != std::string::npos; });
}

inline std::string all(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += sentence + '\n';
  return text;
}
