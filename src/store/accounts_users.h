// The table user: who there is, with which password and role. Called within jobs of Database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/user.h"
#include "store/connection.h"

namespace whinchat::store {

struct NewUser {
  std::string name;
  std::string name_key;        // what names are compared by
  std::string password;        // PHC string; "": nobody can log in with a password
  UserRole role = UserRole::kUser;
  std::string plan_id;         // "": the default plan
  bool is_local = false;
};

// A user with what proves that somebody is that user.
struct Credentials {
  User user;
  std::string password;        // PHC string
  std::string totp_secret;     // sealed
  int64_t totp_last_step = 0;
};

// For the administrators' list.
struct UserSummary {
  User user;
  int64_t conversations = 0;
  int64_t month_messages = 0;
  int64_t month_tokens = 0;
  int64_t month_cost_micros = 0;
};

// kConflict: the name is taken. kInvalidRequest: there is no such plan.
Result<User> insert_user(Connection& c, const NewUser& user, int64_t now_ms);

Result<std::optional<User>> find_user(Connection& c, std::string_view id);
Result<std::optional<User>> find_user_named(Connection& c, std::string_view name_key);
Result<std::optional<User>> find_local_user(Connection& c);
Result<std::optional<Credentials>> find_credentials(Connection& c, std::string_view id);
Result<std::optional<Credentials>> find_credentials_named(Connection& c, std::string_view name_key);

// Enabled administrators who can log in. While there is none, the server is to be set up.
Result<int64_t> count_working_admins(Connection& c);
Result<std::vector<User>> list_admins(Connection& c);
Result<std::vector<std::string>> list_disabled_users(Connection& c);  // ids
// In order of creation, from after that id on ("": from the first). month: "2026-11".
Result<std::vector<UserSummary>> list_users(Connection& c, std::string_view after_id, int count_max, std::string_view month);

Result<void> set_user_name(Connection& c, std::string_view id, std::string_view name, std::string_view name_key);  // kConflict: taken
Result<void> set_user_password(Connection& c, std::string_view id, std::string_view password);
Result<void> set_user_role(Connection& c, std::string_view id, UserRole role);
Result<void> set_user_plan(Connection& c, std::string_view id, std::string_view plan_id);  // kInvalidRequest: no such plan
Result<void> set_user_disabled(Connection& c, std::string_view id, bool disabled);
Result<void> set_user_seen(Connection& c, std::string_view id, int64_t now_ms);
// The local user becomes an administrator with a name and a password.
Result<void> promote_local_user(Connection& c, std::string_view id, const NewUser& as);
// From here on nobody finds the user, and all that could let somebody in as the user is gone, with the usage; the name is free.
// What the user wrote is removed by remove_of_deleted_users(). False: there was no such user.
Result<bool> delete_user(Connection& c, std::string_view id);
Result<bool> has_deleted_users(Connection& c);
// Removes a little of what deleted users wrote, a few milliseconds of the writer, and at last the users.
Result<void> remove_of_deleted_users(Connection& c);

// --- the second factor ---
Result<void> set_totp(Connection& c, std::string_view user_id, std::string_view sealed_secret, bool enabled);  // "": none
// A code works once: false when this step or a later one was used before.
Result<bool> use_totp_step(Connection& c, std::string_view user_id, int64_t step);
Result<void> replace_recovery_codes(Connection& c, std::string_view user_id, const std::vector<std::string>& hashes);
Result<bool> use_recovery_code(Connection& c, std::string_view user_id, std::string_view hash);  // false: not one of them

// Tells a running server that another process changed accounts; the server looks at the counter twice a second.
Result<void> note_accounts_changed(Connection& c);
Result<int64_t> accounts_change_count(Connection& c);

}  // namespace whinchat::store
