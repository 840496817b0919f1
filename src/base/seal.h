// Secrets at rest: encrypted so that nobody reads them without the key, and bound to what they belong to, so that a sealed
// value cannot be moved elsewhere. AES-256-GCM, NIST SP 800-38D (2007); HMAC-SHA-1 for RFC 4226. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace whinchat {

inline constexpr size_t kSealKeyBytes = 32;

struct Sealed {
  std::string nonce;  // 12 random bytes, new for each sealing
  std::string bytes;  // ciphertext and its 16-byte tag
};

// key: kSealKeyBytes. belongs_to: authenticated, not stored; the same text must be given to open it.
Sealed seal(const Secret& key, std::string_view plain, std::string_view belongs_to);
std::optional<Secret> open_sealed(const Secret& key, const Sealed& sealed, std::string_view belongs_to);  // nothing: not ours, or changed

std::string hmac_sha1(std::string_view key, std::string_view data);  // 20 bytes

// 32 random bytes as 43 characters for URLs and cookies. What is stored of it is secret_hash().
Secret make_token();
std::string secret_hash(std::string_view secret);  // SHA-256, 32 bytes

}  // namespace whinchat
