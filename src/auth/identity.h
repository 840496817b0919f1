// Who a request comes from. Found once per request, before its body is read; handlers believe nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/user.h"

namespace whinchat::auth {

// What an API token may do; a session may do everything its user may.
enum Scope : uint8_t { kScopeChat = 1, kScopeRead = 2, kScopeWrite = 4, kScopeAll = 7 };

std::string scope_text(uint8_t scopes);        // "chat read write"
uint8_t scope_named(std::string_view name);    // 0: there is none of that name

enum class Credential { kNone, kLocal, kSession, kToken };  // kLocal: open mode

struct Identity {
  Credential credential = Credential::kNone;
  std::string user_id;                     // empty: nobody
  UserRole role = UserRole::kUser;
  std::string session_id;                  // of the session or token, for lists and for ending what it began; "" in open mode
  uint8_t scopes = 0;
  uint64_t epoch = 0;                      // of RunningWork, when this was found out

  bool signed_in() const { return credential != Credential::kNone; }
  bool is_admin() const { return signed_in() && role == UserRole::kAdmin; }
};

}  // namespace whinchat::auth
