#include "io/library_versions.h"

#include <ares.h>
#include <openssl/crypto.h>

#include <boost/version.hpp>

namespace whinchat::io {

std::vector<std::pair<std::string, std::string>> library_versions() {
  const int boost = BOOST_VERSION;
  return {{"OpenSSL", OpenSSL_version(OPENSSL_FULL_VERSION_STRING)},
          {"Boost (Asio, Context)", std::to_string(boost / 100000) + "." + std::to_string(boost / 100 % 1000) + "." + std::to_string(boost % 100)},
          {"c-ares", ares_version(nullptr)}};
}

}  // namespace whinchat::io
