// Which passwords are taken: 8 to 256 bytes as typed, nothing about kinds of characters, and none of the most frequent
// ones. Source: OWASP ASVS 5.0, 6.2.1 to 6.2.12 (2025). Pure; thread-safe.
#pragma once

#include <string_view>

#include "base/result.h"

namespace whinchat::auth {

// kInvalidRequest with a sentence. name: of the account; a password that is the name is refused.
Result<void> check_new_password(std::string_view password, std::string_view name);

bool is_frequent_password(std::string_view password);  // whatever its case

// frequent_passwords.txt: sorted, in lower case, 8 bytes or longer, between white space. From Django 3.2's list
// (common-passwords.txt.gz, by Royce Williams, in Debian's python3-django; BSD-3-Clause).
extern const std::string_view kFrequentPasswords;

}  // namespace whinchat::auth
