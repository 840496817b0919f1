// Watches the framing of a chunked request body as its bytes pass by, and refuses what two readers could understand
// differently. The decoding itself is cpp-httplib's. Pure; no I/O. Source: RFC 9112 section 7.1 (June 2022).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace whinchat::http {

class ChunkGuard {
 public:
  explicit ChunkGuard(size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  enum class Verdict { kMore, kDone, kMalformed, kTooLarge };

  // Looks at the next bytes. used: how many belong to this body (all of them unless it ended among them).
  Verdict feed(std::string_view bytes, size_t& used);
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kSize, kExtension, kSizeLf, kData, kDataCr, kDataLf, kTrailer, kTrailerLine, kTrailerLf, kEndLf, kDone };
  Verdict step(unsigned char c);
  Verdict size_digit(unsigned char c);

  const size_t body_bytes_max_;
  State state_ = State::kSize;
  uint64_t chunk_ = 0;       // bytes of this chunk still to come
  uint64_t total_ = 0;
  int digits_ = 0;
  size_t line_bytes_ = 0;    // of the extension or the trailers
};

}  // namespace whinchat::http
