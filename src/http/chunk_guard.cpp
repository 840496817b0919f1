#include "http/chunk_guard.h"

#include <algorithm>

namespace whinchat::http {

namespace {

constexpr int kSizeDigitsMax = 8;             // 4 GiB; every limit of ours is far below
constexpr size_t kExtensionBytesMax = 256;    // nobody needs extensions; a few bytes are harmless
constexpr size_t kTrailerBytesMax = 1024;      // browsers send none

}  // namespace

ChunkGuard::Verdict ChunkGuard::feed(std::string_view bytes, size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    if (state_ == State::kDone) return Verdict::kDone;
    if (state_ == State::kData) {
      const auto take = static_cast<size_t>(std::min<uint64_t>(chunk_, bytes.size() - used));
      used += take;
      chunk_ -= take;
      if (chunk_ == 0) state_ = State::kDataCr;
      continue;
    }
    const Verdict verdict = step(static_cast<unsigned char>(bytes[used]));
    if (verdict == Verdict::kMalformed || verdict == Verdict::kTooLarge) return verdict;
    ++used;
  }
  return state_ == State::kDone ? Verdict::kDone : Verdict::kMore;
}

ChunkGuard::Verdict ChunkGuard::size_digit(unsigned char c) {
  unsigned value = 0;
  if (c >= '0' && c <= '9') value = c - '0';
  else if (c >= 'a' && c <= 'f') value = c - 'a' + 10u;
  else if (c >= 'A' && c <= 'F') value = c - 'A' + 10u;
  else return Verdict::kMalformed;
  if (++digits_ > kSizeDigitsMax) return Verdict::kMalformed;
  chunk_ = chunk_ * 16 + value;
  return Verdict::kMore;
}

ChunkGuard::Verdict ChunkGuard::step(unsigned char c) {
  auto expect = [&](unsigned char wanted, State next) {
    if (c != wanted) return Verdict::kMalformed;
    state_ = next;
    return Verdict::kMore;
  };
  switch (state_) {
    case State::kSize:
      if (c == '\r' && digits_ > 0) return expect('\r', State::kSizeLf);
      if (c == ';' && digits_ > 0) return expect(';', State::kExtension);
      return size_digit(c);
    case State::kExtension:
      if (c == '\r') return expect('\r', State::kSizeLf);
      if (c < 0x20 || c == 0x7f || ++line_bytes_ > kExtensionBytesMax) return Verdict::kMalformed;
      return Verdict::kMore;
    case State::kSizeLf:
      total_ += chunk_;
      if (total_ > body_bytes_max_) return Verdict::kTooLarge;
      digits_ = 0;
      return expect('\n', chunk_ == 0 ? State::kTrailer : State::kData);
    case State::kDataCr: return expect('\r', State::kDataLf);
    case State::kDataLf: return expect('\n', State::kSize);
    case State::kTrailer:
      if (c == '\r') return expect('\r', State::kEndLf);
      state_ = State::kTrailerLine;
      [[fallthrough]];
    case State::kTrailerLine:
      if (c == '\r') return expect('\r', State::kTrailerLf);
      if ((c < 0x20 && c != '\t') || c == 0x7f || ++line_bytes_ > kTrailerBytesMax) return Verdict::kMalformed;
      return Verdict::kMore;
    case State::kTrailerLf: return expect('\n', State::kTrailer);
    case State::kEndLf: return expect('\n', State::kDone);
    case State::kData:
    case State::kDone: break;
  }
  return Verdict::kMalformed;
}

}  // namespace whinchat::http
