#include "base/crypto.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Init and its like; see sha256()
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <bit>

namespace whinchat {
namespace {

uint64_t load_little_endian(const char* bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

struct SipState {
  uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1; v1 = std::rotl(v1, 13); v1 ^= v0; v0 = std::rotl(v0, 32);
      v2 += v3; v3 = std::rotl(v3, 16); v3 ^= v2;
      v0 += v3; v3 = std::rotl(v3, 21); v3 ^= v0;
      v2 += v1; v1 = std::rotl(v1, 17); v1 ^= v2; v2 = std::rotl(v2, 32);
    }
  }

  void absorb(uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
};

}  // namespace

std::string random_hex(size_t bytes) {
  std::string raw(bytes, '\0');
  random_bytes(raw.data(), raw.size());
  return to_hex(raw);
}

std::string RandomIds::next() {
  constexpr size_t kBytes = 8;
  if (left_ < kBytes) {
    random_bytes(block_.data(), block_.size());
    left_ = block_.size();
  }
  left_ -= kBytes;
  return to_hex({block_.data() + left_, kBytes});
}

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

SipKey random_sip_key() {
  SipKey key;
  random_bytes(&key, sizeof key);
  return key;
}

uint64_t siphash24(const SipKey& key, std::string_view data) {
  SipState state{key.k0 ^ 0x736f6d6570736575u, key.k1 ^ 0x646f72616e646f6du, key.k0 ^ 0x6c7967656e657261u,
                 key.k1 ^ 0x7465646279746573u};
  const size_t whole = data.size() & ~size_t{7};
  for (size_t i = 0; i < whole; i += 8) state.absorb(load_little_endian(data.data() + i, 8));
  const uint64_t last = (uint64_t{data.size()} << 56) | load_little_endian(data.data() + whole, data.size() - whole);
  state.absorb(last);
  state.v2 ^= 0xff;
  state.rounds(4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// Not by way of EVP, which would load configuration and providers: five times as long for a token, and a part of each start.
std::array<unsigned char, 32> sha256(std::string_view data) {
  std::array<unsigned char, 32> digest{};
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, data.data(), data.size());
  SHA256_Final(digest.data(), &state);
  OPENSSL_cleanse(&state, sizeof state);
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(void* memory, size_t bytes) { OPENSSL_cleanse(memory, bytes); }

}  // namespace whinchat
