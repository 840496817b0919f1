#include "auth/totp.h"

#include <cstdio>

#include "base/crypto.h"
#include "base/encodings.h"
#include "base/seal.h"
#include "base/text.h"

namespace whinchat::auth {

namespace {

constexpr uint32_t kModulus = 1'000'000;
constexpr size_t kRecoveryBytes = 10;  // 16 characters of base32

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    out += plain ? std::string(1, c) : "%" + upper_ascii(to_hex(std::string_view(&c, 1)));
  }
  return out;
}

}  // namespace

std::string totp_code(std::string_view key, int64_t step) {
  std::string counter(8, '\0');
  for (int i = 7; i >= 0; --i, step >>= 8) counter[static_cast<size_t>(i)] = static_cast<char>(step & 0xff);
  const std::string mac = hmac_sha1(key, counter);
  const size_t at = static_cast<unsigned char>(mac.back()) & 0x0f;
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(mac[at + i]);
  char text[8];
  std::snprintf(text, sizeof text, "%06u", (value & 0x7fffffff) % kModulus);
  return text;
}

std::optional<int64_t> find_totp_step(std::string_view key, std::string_view code, int64_t now_s) {
  std::optional<int64_t> found;
  for (int64_t step = now_s / kTotpStepS - 1; step <= now_s / kTotpStepS + 1; ++step) {
    if (equal_in_constant_time(totp_code(key, step), code)) found = step;
  }
  return found;
}

std::string totp_uri(std::string_view user_name, std::string_view secret) {
  return "otpauth://totp/Whinchat:" + percent_encoded(user_name) + "?secret=" + std::string(secret) +
         "&issuer=Whinchat&algorithm=SHA1&digits=6&period=30";
}

Secret make_recovery_code() {
  std::string bytes(kRecoveryBytes, '\0');
  random_bytes(bytes.data(), bytes.size());
  std::string code = lower_ascii(to_base32(bytes));
  for (const size_t at : {12, 8, 4}) code.insert(at, "-");
  Secret out(code);
  wipe(bytes.data(), bytes.size());
  wipe(code.data(), code.size());
  return out;
}

std::string recovery_code_hash(std::string_view typed) {
  std::string plain;
  for (const char c : typed) {
    if (c != '-' && c != ' ') plain += lower_ascii(c);
  }
  return secret_hash(plain);
}

}  // namespace whinchat::auth
