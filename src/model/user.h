// Who uses this server. Plain values, as the store gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace whinchat {

enum class UserRole { kUser, kAdmin };

struct User {
  std::string id;
  std::string name;
  UserRole role = UserRole::kUser;
  std::string plan_id;
  bool is_local = false;      // the one user of open mode
  bool disabled = false;
  bool has_password = false;
  bool totp_enabled = false;
  int64_t created_ms = 0;
  std::optional<int64_t> last_seen_ms;
};

// What a user may use up. Empty: no limit.
struct Plan {
  std::string id;
  std::string name;
  std::optional<int64_t> messages_day;
  std::optional<int64_t> tokens_day;
  std::optional<int64_t> tokens_month;
  std::optional<int64_t> cost_month_micros;
  bool is_default = false;
};

}  // namespace whinchat
