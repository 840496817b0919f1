#include "base/ids.h"

#include <algorithm>
#include <atomic>

#include "base/crypto.h"

namespace whinchat {

namespace {

constexpr size_t kIdChars = 36;
constexpr uint64_t kTickBits = 12;  // "rand_a" counts within a millisecond (RFC 9562, 6.2, method 1)

bool is_dash(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

// The next value of time and counter together, larger than all before.
uint64_t next_tick(int64_t epoch_ms) {
  static std::atomic<uint64_t> last{0};
  const uint64_t now = static_cast<uint64_t>(std::max<int64_t>(epoch_ms, 0)) << kTickBits;
  uint64_t before = last.load(std::memory_order_relaxed);
  uint64_t mine = 0;
  do {
    mine = std::max(now, before + 1);
  } while (!last.compare_exchange_weak(before, mine, std::memory_order_relaxed));
  return mine;
}

}  // namespace

std::string make_id(int64_t epoch_ms) {
  const uint64_t tick = next_tick(epoch_ms);
  unsigned char bytes[16];
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(tick >> (kTickBits + 8 * (5 - i)));
  random_bytes(bytes + 8, 8);
  bytes[6] = static_cast<unsigned char>(0x70 | ((tick >> 8) & 0x0f));
  bytes[7] = static_cast<unsigned char>(tick);
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
  std::string hex = to_hex({reinterpret_cast<const char*>(bytes), sizeof bytes});
  for (size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

bool is_id(std::string_view text) {
  if (text.size() != kIdChars) return false;
  for (size_t i = 0; i < kIdChars; ++i) {
    const char c = text[i];
    if (is_dash(i) ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  const char variant = text[19];
  return text[14] == '7' && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b');
}

int64_t id_epoch_ms(std::string_view id) {
  int64_t ms = 0;
  for (size_t i = 0, digits = 0; digits < 12; ++i) {
    if (is_dash(i)) continue;
    ms = ms * 16 + (id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
    ++digits;
  }
  return ms;
}

}  // namespace whinchat
