// Time-based one-time passwords: HMAC-SHA-1, 6 digits, 30 s. Sources: RFC 6238 (2011), RFC 4226 (2005), the otpauth: key
// URI format of authenticator apps (2026). Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace whinchat::auth {

inline constexpr int64_t kTotpStepS = 30;
inline constexpr size_t kTotpSecretBytes = 20;

std::string totp_code(std::string_view key, int64_t step);  // "042317"

// The step whose code this is: now's, the one before or the one after. A code must be good once only: remember the step.
std::optional<int64_t> find_totp_step(std::string_view key, std::string_view code, int64_t now_s);

// "otpauth://totp/Whinchat:anna?secret=...": for the app of the person's phone. secret: base32.
std::string totp_uri(std::string_view user_name, std::string_view secret);

// "abcd-efgh-ijkl-mnop": 80 random bits. What people type is compared without dashes, spaces and case.
Secret make_recovery_code();
std::string recovery_code_hash(std::string_view typed);

}  // namespace whinchat::auth
