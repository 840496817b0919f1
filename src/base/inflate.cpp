#include "base/inflate.h"

#include <zlib.h>

#include <limits>

namespace whinchat {

Result<std::string> inflate_gzip(std::string_view gzip, size_t bytes) {
  constexpr int kGzipWrapper = 16;  // added to the window bits
  constexpr size_t kMax = std::numeric_limits<uInt>::max();
  const Error failed{ErrorCode::kInternal, "A compressed file is damaged.", ""};
  z_stream stream{};
  if (gzip.size() > kMax || bytes > kMax || inflateInit2(&stream, MAX_WBITS + kGzipWrapper) != Z_OK) return failed;
  std::string out(bytes, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.total_out == bytes;
  inflateEnd(&stream);
  if (!whole) return failed;
  return out;
}

const char* inflate_library_version() { return zlibVersion(); }

}  // namespace whinchat
