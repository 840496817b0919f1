// Random bytes, hashes and comparing secrets. Thread-safe.
//
// Sources: RAND_bytes, EVP_Digest, CRYPTO_memcmp, OPENSSL_cleanse (OpenSSL 3.0 manual pages); SipHash-2-4 after Aumasson
// and Bernstein, "SipHash: a fast short-input PRF" (2012), with its test vectors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace whinchat {

// Cryptographically strong. Throws std::runtime_error when the system has no randomness: nobody can repair that.
void random_bytes(void* out, size_t bytes);
std::string random_hex(size_t bytes);  // two lower-case digits a byte

// Names of 16 hex digits that are no secrets, from a block that is filled now and then: far cheaper than asking each time.
// One thread at a time.
class RandomIds {
 public:
  std::string next();

 private:
  std::array<char, 512> block_{};
  size_t left_ = 0;
};

std::string to_hex(std::string_view bytes);

// A keyed hash for tables whose keys come from outside: without the key nobody can aim at a bucket.
struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};
SipKey random_sip_key();
uint64_t siphash24(const SipKey& key, std::string_view data);

std::array<unsigned char, 32> sha256(std::string_view data);

// Time depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// Overwrites memory in a way that no optimiser drops.
void wipe(void* memory, size_t bytes);

}  // namespace whinchat
