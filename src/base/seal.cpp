#include "base/seal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <stdexcept>

#include "base/crypto.h"
#include "base/encodings.h"

namespace whinchat {

namespace {

constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
using Algorithm = std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)>;

// Fetched: EVP_aes_256_gcm() would link all of AES a second time, 33 KB.
Algorithm aes_256_gcm() { return {EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free}; }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void must(bool done) {
  if (!done) throw std::runtime_error("AES-256-GCM is not available");
}

}  // namespace

Sealed seal(const Secret& key, std::string_view plain, std::string_view belongs_to) {
  must(key.size() == kSealKeyBytes);
  Sealed out{std::string(kNonceBytes, '\0'), std::string(plain.size() + kTagBytes, '\0')};
  random_bytes(out.nonce.data(), out.nonce.size());
  const Algorithm algorithm = aes_256_gcm();
  must(algorithm != nullptr);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int written = 0;
  must(EVP_EncryptInit_ex(cipher.get(), algorithm.get(), nullptr, bytes_of(key.reveal()), bytes_of(std::string_view(out.nonce))) == 1);
  must(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(belongs_to), static_cast<int>(belongs_to.size())) == 1);
  must(EVP_EncryptUpdate(cipher.get(), bytes_of(out.bytes), &written, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), bytes_of(out.bytes) + plain.size(), &written) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes_of(out.bytes) + plain.size()) == 1);
  return out;
}

std::optional<Secret> open_sealed(const Secret& key, const Sealed& sealed, std::string_view belongs_to) {
  if (key.size() != kSealKeyBytes || sealed.nonce.size() != kNonceBytes || sealed.bytes.size() < kTagBytes) return std::nullopt;
  const size_t size = sealed.bytes.size() - kTagBytes;
  std::string plain(size + 1, '\0');
  std::string tag = sealed.bytes.substr(size);
  const Algorithm algorithm = aes_256_gcm();
  must(algorithm != nullptr);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int written = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), algorithm.get(), nullptr, bytes_of(key.reveal()), bytes_of(std::string_view(sealed.nonce))) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(belongs_to), static_cast<int>(belongs_to.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &written, bytes_of(std::string_view(sealed.bytes)), static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes_of(tag)) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + size, &written) == 1;
  std::optional<Secret> out;
  if (opened) out.emplace(std::string_view(plain).substr(0, size));
  wipe(plain.data(), plain.size());
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int written = 0;
  if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes_of(data), data.size(), bytes_of(out), &written)) {
    throw std::runtime_error("HMAC-SHA-1 is not available");
  }
  out.resize(written);
  return out;
}

Secret make_token() {
  std::string bytes(32, '\0');
  random_bytes(bytes.data(), bytes.size());
  Secret token{to_base64url(bytes)};
  wipe(bytes.data(), bytes.size());
  return token;
}

std::string secret_hash(std::string_view secret) {
  const auto digest = sha256(secret);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace whinchat
