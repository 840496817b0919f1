#include "base/encodings.h"

#include <cstdint>

namespace whinchat {

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// The bytes' bits, `bits` at a time, each as a character; zeros fill the last one up.
std::string encode(std::string_view bytes, int bits, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() * 8 + bits - 1) / bits);
  uint32_t pending = 0;
  int have = 0;
  for (const char c : bytes) {
    pending = (pending << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= bits) {
      have -= bits;
      out += alphabet[(pending >> have) & ((1u << bits) - 1)];
    }
    pending &= (1u << have) - 1;
  }
  if (have > 0) out += alphabet[(pending << (bits - have)) & ((1u << bits) - 1)];
  return out;
}

}  // namespace

std::string to_base64url(std::string_view bytes) { return encode(bytes, 6, kBase64Url); }
std::string to_base64(std::string_view bytes) { return encode(bytes, 6, kBase64); }
std::string to_base32(std::string_view bytes) { return encode(bytes, 5, kBase32); }

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  uint32_t pending = 0;
  int have = 0;
  for (const char c : text) {
    const size_t value = kBase64.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    pending = ((pending << 6) | static_cast<uint32_t>(value)) & 0xffff;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>((pending >> have) & 0xff);
  }
  if ((pending & ((1u << have) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace whinchat
