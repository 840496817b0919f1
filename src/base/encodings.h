// Bytes as text: base64 and base32. Pure; thread-safe. Source: RFC 4648 sections 4 to 6 (October 2006).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whinchat {

std::string to_base64url(std::string_view bytes);  // without padding
std::string to_base64(std::string_view bytes);     // the usual alphabet, without padding
std::string to_base32(std::string_view bytes);     // upper case, without padding

// The usual alphabet without padding; nothing for any other character, a length that cannot be, or bits left over.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace whinchat
