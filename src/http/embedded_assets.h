// The built app inside the binary: made by tools/embed_assets.cpp from the folder that Vite writes, in identity, gzip and
// brotli. All views point at read-only memory that lives as long as the process. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace whinchat::http {

struct EmbeddedAsset {
  std::string_view path;          // "/assets/app-abc123.js", as in a URL, not percent-encoded
  std::string_view content_type;  // with charset for text
  std::string_view etag;          // strong and quoted, of the identity form; an encoded form appends "-gz" or "-br" inside the quotes
  bool immutable = false;         // the name carries a hash of the content: may be cached for ever
  size_t bytes = 0;               // of the file as it is
  std::string_view identity;      // empty for a large file that is kept compressed only: inflate_gzip(gzip, bytes) gives it
  std::string_view gzip;          // empty when not worth it
  std::string_view brotli;        // empty when not worth it
};

std::span<const EmbeddedAsset> embedded_assets();                      // sorted by path
const EmbeddedAsset* find_embedded_asset(std::string_view path);       // null: there is no such file

}  // namespace whinchat::http
