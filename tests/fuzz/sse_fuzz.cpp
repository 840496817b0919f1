// Any bytes as an event stream, whole and in pieces: the same events come out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "http/sse.h"

using namespace whinchat;

namespace {

std::string events_of(std::string_view bytes, size_t piece) {
  http::SseParser parser(1 << 16);
  std::string out;
  const auto take = [&](const http::SseEvent& event) {
    if (!is_valid_utf8(event.data)) std::abort();
    out.append(event.name).append(1, '\1').append(event.data).append(1, '\1').append(event.id).append(1, '\2');
    return true;
  };
  while (!bytes.empty()) {
    const size_t n = std::min(piece, bytes.size());
    parser.feed(bytes.substr(0, n), take);
    bytes.remove_prefix(n);
  }
  parser.finish(take);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (events_of(bytes, bytes.size() + 1) != events_of(bytes, data[0] % 13 + 1u)) std::abort();
  return 0;
}
