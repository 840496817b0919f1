#include "version.h"

#include <nlohmann/json.hpp>

#include "base/inflate.h"
#include "http/httplib_engine.h"
#include "io/library_versions.h"
#include "store/connection.h"

namespace whinchat {

std::string version_text() {
  std::string text = std::string("whinchat ") + kVersion + "\n";
  auto libraries = io::library_versions();
  libraries.insert(libraries.begin(), {"cpp-httplib", http::library_version()});
  libraries.push_back({"SQLite", store::library_version()});
  libraries.push_back({"nlohmann/json", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." + std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
                                            std::to_string(NLOHMANN_JSON_VERSION_PATCH)});
  libraries.push_back({"zlib", inflate_library_version()});
  libraries.push_back({"minizip", MINIZIP_VERSION});
  libraries.push_back({"libargon2", ARGON2_RELEASE});
#ifdef _GLIBCXX_RELEASE
  libraries.push_back({"libstdc++ of GCC", std::to_string(_GLIBCXX_RELEASE)});
#endif
#ifdef __GLIBC__
  libraries.push_back({"glibc", std::to_string(__GLIBC__) + "." + std::to_string(__GLIBC_MINOR__)});
#endif
  for (const auto& [name, version] : libraries) text += "  " + name + " " + version + "\n";
  return text;
}

}  // namespace whinchat
