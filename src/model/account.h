// What belongs to accounts beside the user: sessions, API tokens, invites, the audit. Plain values, as the store gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/user.h"

namespace whinchat {

struct Session {
  std::string id;
  std::string user_id;
  int64_t created_ms = 0;
  int64_t last_seen_ms = 0;
  int64_t idle_until_ms = 0;      // moves with use
  int64_t absolute_until_ms = 0;  // never moves
  std::string ip;                 // /24 or /48
  std::string user_agent;
};

struct ApiToken {
  std::string id;
  std::string user_id;
  std::string name;
  std::string scopes;             // "chat read write", in this order
  std::string last4;
  int64_t created_ms = 0;
  std::optional<int64_t> expires_ms;    // empty: never
  std::optional<int64_t> last_used_ms;
};

struct Invite {
  std::string id;
  UserRole role = UserRole::kUser;
  std::string plan_id;
  std::string user_id;            // set: a link with which this user chooses a new password
  std::string created_by;         // a user's id; empty: the command line
  int64_t created_ms = 0;
  int64_t expires_ms = 0;
};

struct AuditEntry {
  int64_t id = 0;
  int64_t at_ms = 0;
  std::string actor;              // a user's id, "command line", "server", "" for nobody known
  std::string action;             // "login", "login failed", "user created" ...
  std::string target;             // the id of what it was done to
  std::string ip;                 // /24 or /48
  std::string detail;             // never a secret, never what people write
};

}  // namespace whinchat
