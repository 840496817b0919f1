// Unpacks what tools/embed_assets.cpp packed. Source: RFC 1952 (gzip).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat {

// One gzip member that unpacks to exactly `bytes`; anything else is kInternal. Any thread, blocks for about 3 us per kB.
Result<std::string> inflate_gzip(std::string_view gzip, size_t bytes);

const char* inflate_library_version();

}  // namespace whinchat
