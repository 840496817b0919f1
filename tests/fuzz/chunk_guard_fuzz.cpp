// Any bytes as a chunked body, whole and in pieces of every size: both readings must agree.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/chunk_guard.h"

using whinchat::http::ChunkGuard;

namespace {

ChunkGuard::Verdict read_in_pieces(std::string_view bytes, size_t piece, size_t& total) {
  ChunkGuard guard(1 << 16);
  auto verdict = ChunkGuard::Verdict::kMore;
  total = 0;
  while (!bytes.empty()) {
    size_t used = 0;
    const auto part = bytes.substr(0, std::min(piece, bytes.size()));
    verdict = guard.feed(part, used);
    if (used > part.size()) std::abort();
    total += used;
    if (verdict != ChunkGuard::Verdict::kMore) break;
    if (used != part.size()) std::abort();
    bytes.remove_prefix(used);
  }
  return verdict;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t whole = 0;
  size_t pieces = 0;
  const auto first = read_in_pieces(bytes, bytes.size() + 1, whole);
  const auto second = read_in_pieces(bytes, data[0] % 17 + 1u, pieces);
  if (first != second || whole != pieces) std::abort();
  return 0;
}
