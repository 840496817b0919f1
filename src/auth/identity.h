// Who a request comes from. Found once per request, before its body is read; handlers believe nothing else.
#pragma once

#include <cstdint>
#include <string>

#include "model/user.h"

namespace whinchat::auth {

// What an API token may do; a session may do everything its user may.
enum Scope : uint8_t { kScopeChat = 1, kScopeRead = 2, kScopeWrite = 4, kScopeAll = 7 };

enum class Credential { kNone, kLocal, kSession, kToken };  // kLocal: open mode

struct Identity {
  Credential credential = Credential::kNone;
  std::string user_id;                     // empty: nobody
  UserRole role = UserRole::kUser;
  std::string session_id;                  // of the session or token, for lists and for ending what it began
  uint8_t scopes = 0;

  bool signed_in() const { return credential != Credential::kNone; }
  bool is_admin() const { return signed_in() && role == UserRole::kAdmin; }
};

}  // namespace whinchat::auth
