// Names of users: which are taken as names, what they are compared by, and which could be mistaken for each other.
//
// 1 to 64 characters, none of them control, format, bidirectional, private or unassigned-looking compatibility forms; no
// letters of two of Latin, Greek, Cyrillic, Armenian and Cherokee in one name; composed letters only (NFC). The key
// folds case and the look-alikes of other scripts, so that a name and its homoglyph are one name.
// Sources: Unicode Technical Standard 39 (2023), sections 4 and 5; Unicode 15.0 code charts. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat::auth {

struct CheckedName {
  std::string name;  // trimmed
  std::string key;
};

Result<CheckedName> check_name(std::string_view text);  // kInvalidRequest with a sentence

// The key of whatever somebody typed at the login; that of no user when it is no name.
std::string name_key(std::string_view text);

// Would people take one for the other ("admin", "adrnin", "ADM1N")? Stricter than equal keys; for names that matter.
bool easily_mistaken(std::string_view a, std::string_view b);

}  // namespace whinchat::auth
