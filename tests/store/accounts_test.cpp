// The tables of accounts on a real database.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/seal.h"
#include "store/accounts_audit.h"
#include "store/accounts_invites.h"
#include "store/accounts_sessions.h"
#include "store/accounts_users.h"
#include "store/command_database.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

std::string add(TestDatabase& db, const std::string& name, UserRole role = UserRole::kUser, const std::string& password = "hash") {
  auto made = db->write([&](Connection& c) { return insert_user(c, {name, name, password, role, "", false}, 1000); });
  REQUIRE(made.ok());
  return made->id;
}

Session session_of(const std::string& user, const std::string& id, int64_t seen) { return {id, user, 1000, seen, 5000, 9000, "192.0.2.0/24", "test"}; }

}  // namespace

TEST_CASE("a name is taken once, a plan has to be there, and the default plan is free") {
  TestDatabase db;
  const std::string id = add(db, "anna");
  auto twice = db->write([](Connection& c) { return insert_user(c, {"Anna", "anna", "", UserRole::kUser, "", false}, 1); });
  CHECK(twice.error().code == ErrorCode::kConflict);
  auto planless = db->write([](Connection& c) { return insert_user(c, {"bert", "bert", "", UserRole::kUser, "none", false}, 1); });
  CHECK(planless.error().code == ErrorCode::kInvalidRequest);
  auto found = db->read([&](Connection& c) { return find_user(c, id); });
  CHECK((*found)->plan_id == "free");
  CHECK((*found)->has_password);
  auto local = db->write([](Connection& c) { return insert_user(c, {"l", "l", "", UserRole::kAdmin, "", true}, 1); });
  CHECK(local.ok());
  CHECK_FALSE(db->write([](Connection& c) { return insert_user(c, {"m", "m", "", UserRole::kAdmin, "", true}, 1); }).ok());
}

TEST_CASE("only enabled administrators with a password can administer") {
  TestDatabase db;
  const std::string boss = add(db, "boss", UserRole::kAdmin);
  add(db, "link", UserRole::kAdmin, "");
  add(db, "anna");
  CHECK(db->read([](Connection& c) { return count_working_admins(c); }).value() == 1);
  CHECK(db->write([&](Connection& c) { return set_user_disabled(c, boss, true); }).ok());
  CHECK(db->read([](Connection& c) { return count_working_admins(c); }).value() == 0);
  CHECK(db->read([](Connection& c) { return list_disabled_users(c); }).value() == std::vector<std::string>{boss});
}

TEST_CASE("sessions are found by their secret's hash, and only the newest are kept") {
  TestDatabase db;
  const std::string anna = add(db, "anna");
  for (int i = 0; i < 5; ++i) {
    CHECK(db->write([&](Connection& c) { return insert_session(c, session_of(anna, "s" + std::to_string(i), 2000 + i), secret_hash("token" + std::to_string(i))); }).ok());
  }
  auto dropped = db->write([&](Connection& c) { return keep_newest_sessions(c, anna, 3); }).value();
  std::sort(dropped.begin(), dropped.end());
  CHECK(dropped == std::vector<std::string>{"s0", "s1"});
  CHECK(db->read([](Connection& c) { return find_session(c, secret_hash("token4")); }).value()->user.id == anna);
  CHECK_FALSE(db->read([](Connection& c) { return find_session(c, secret_hash("token0")); }).value().has_value());
  CHECK_FALSE(db->write([&](Connection& c) { return delete_session(c, "somebody else", "s4"); }).value());
  CHECK(db->read([](Connection& c) { return is_live(c, "s4", 4999); }).value());
  CHECK_FALSE(db->read([](Connection& c) { return is_live(c, "s4", 5000); }).value());
  CHECK(db->write([&](Connection& c) { return delete_sessions_of(c, anna, "s4"); }).value().size() == 2);
  CHECK(db->write([](Connection& c) { return delete_expired_sessions(c, 5000); }).ok());
  CHECK(db->read([&](Connection& c) { return list_sessions(c, anna, 0); }).value().empty());
}

TEST_CASE("an invite is used once, even by two at the same moment") {
  TestDatabase db;
  Invite invite{"i1", UserRole::kUser, "", "", "", 1000, 2000};
  CHECK(db->write([&](Connection& c) { return insert_invite(c, invite, secret_hash("secret")); }).ok());
  auto found = db->read([](Connection& c) { return find_invite(c, secret_hash("secret"), 1999); }).value();
  REQUIRE(found.has_value());
  CHECK(found->plan_id == "free");
  CHECK_FALSE(db->read([](Connection& c) { return find_invite(c, secret_hash("secret"), 2000); }).value().has_value());
  CHECK(db->write([](Connection& c) { return use_invite(c, "i1", 1500); }).value());
  CHECK_FALSE(db->write([](Connection& c) { return use_invite(c, "i1", 1500); }).value());
  invite.id = "i2";
  invite.plan_id = "none";
  CHECK(db->write([&](Connection& c) { return insert_invite(c, invite, secret_hash("other")); }).error().code == ErrorCode::kInvalidRequest);
}

TEST_CASE("codes of the second factor work once") {
  TestDatabase db;
  const std::string anna = add(db, "anna");
  CHECK(db->write([&](Connection& c) { return use_totp_step(c, anna, 100); }).value());
  CHECK_FALSE(db->write([&](Connection& c) { return use_totp_step(c, anna, 100); }).value());
  CHECK_FALSE(db->write([&](Connection& c) { return use_totp_step(c, anna, 99); }).value());
  CHECK(db->write([&](Connection& c) { return replace_recovery_codes(c, anna, {secret_hash("a"), secret_hash("b")}); }).ok());
  CHECK(db->write([&](Connection& c) { return use_recovery_code(c, anna, secret_hash("a")); }).value());
  CHECK_FALSE(db->write([&](Connection& c) { return use_recovery_code(c, anna, secret_hash("a")); }).value());
}

TEST_CASE("a command works beside a running server, and the server can see that something changed") {
  TestDatabase db;
  add(db, "anna");
  const int64_t before = db->read([](Connection& c) { return accounts_change_count(c); }).value();
  DatabaseOptions options;
  options.folder = db.folder() / "data";
  auto command = CommandDatabase::open(options, db.log());
  REQUIRE_MESSAGE(command.ok(), (command.ok() ? "" : command.error().message));
  CHECK(command->beside_server());
  CHECK(command->write([](Connection& c) -> Result<void> {
    if (auto made = insert_user(c, {"bert", "bert", "", UserRole::kUser, "", false}, 1); !made.ok()) return std::move(made).error();
    return note_accounts_changed(c);
  }).ok());
  CHECK(db->read([](Connection& c) { return accounts_change_count(c); }).value() == before + 1);
  CHECK(db->read([](Connection& c) { return find_user_named(c, "bert"); }).value().has_value());
  // An error leaves nothing behind.
  CHECK_FALSE(command->write([](Connection& c) -> Result<void> {
    if (auto made = insert_user(c, {"carl", "carl", "", UserRole::kUser, "", false}, 1); !made.ok()) return std::move(made).error();
    return Error{ErrorCode::kInvalidRequest, "no", ""};
  }).ok());
  CHECK_FALSE(db->read([](Connection& c) { return find_user_named(c, "carl"); }).value().has_value());
  CHECK(db->write([](Connection& c) { return note_accounts_changed(c); }).ok());  // the server writes on
}

TEST_CASE("a command works without a server as well") {
  TestDatabase db;
  db.close();
  DatabaseOptions options;
  options.folder = db.folder() / "data";
  auto command = CommandDatabase::open(options, db.log());
  REQUIRE(command.ok());
  CHECK_FALSE(command->beside_server());
  CHECK(command->write([](Connection& c) { return note_accounts_changed(c); }).ok());
}
