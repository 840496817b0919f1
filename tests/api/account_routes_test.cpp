// Accounts from the outside: signing in and out, second factor, invites, tokens, administration.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <thread>

#include "auth/password_hash.h"
#include "auth/totp.h"
#include "base/file.h"
#include "server_parts.h"
#include "store/accounts_audit.h"
#include "store/accounts_users.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

constexpr const char* kPassword = "correct horse battery";

class AccountParts : public ServerParts {
 public:
  explicit AccountParts(auth::AuthMode mode = auth::AuthMode::kAccounts) : ServerParts({.limits_enabled = false, .mode = mode, .open_to_all = false}) {}

  http::Response ask(std::string method, std::string target, const json& body = nullptr, http::Headers headers = {}) {
    headers.push_back({"Sec-Fetch-Site", "same-origin"});
    if (!body.is_null()) headers.push_back({"Content-Type", "application/json"});
    http::Request request = request_for(std::move(method), target, std::move(headers), body.is_null() ? "" : body.dump());
    if (const size_t question = target.find('?'); question != std::string::npos) request.query = target.substr(question + 1);
    return answer_on_fiber(request);
  }

  static http::Headers cookie_of(const http::Response& response) {
    const std::string set = header_of(response, "Set-Cookie");
    return {{"Cookie", set.substr(0, set.find(';'))}};
  }

  // The first administrator's browser.
  http::Headers set_up(const std::string& name = "boss") {
    const auto response = ask("POST", "/api/setup", {{"token", setup_token}, {"name", name}, {"password", kPassword}});
    REQUIRE(response.status == 201);
    return cookie_of(response);
  }

  http::Response log_in(const std::string& name, const std::string& password = kPassword, const std::string& code = "") {
    json body{{"name", name}, {"password", password}};
    if (!code.empty()) body["code"] = code;
    return ask("POST", "/api/login", body);
  }

  std::string invite(const http::Headers& admin, const json& wanted = json::object()) {
    const std::string url = json_of(ask("POST", "/api/admin/invites", wanted, admin))["url"];
    return url.substr(url.find("#invite=") + 8);
  }

  http::Headers join(const http::Headers& admin, const std::string& name) {
    const auto response = ask("POST", "/api/register", {{"invite", invite(admin)}, {"name", name}, {"password", kPassword}});
    REQUIRE(response.status == 201);
    return cookie_of(response);
  }
};

// Runs the call on another thread up to its write; `meanwhile` is written before that.
template <class Call, class Job>
auto overtaken(AccountParts& parts, Call call, Job meanwhile) {
  std::optional<decltype(call())> out;
  std::thread caller;
  CHECK(parts.database->write([&](store::Connection& c) -> Result<void> {
    caller = std::thread([&] { out.emplace(call()); });
    for (int i = 0; i < 1000 && parts.database->stats().queued == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return meanwhile(c);
  }).ok());
  caller.join();
  return std::move(*out);
}

std::string code_of(const http::Response& response) { return json_of(response)["code"]; }

}  // namespace

TEST_CASE("the set-up link makes the first administrator, once") {
  AccountParts parts;
  CHECK(json_of(parts.ask("GET", "/api/session"))["setup_required"] == true);
  CHECK(parts.folder.read("setup-token") == parts.setup_token + "\n");
  const auto wrong = parts.ask("POST", "/api/setup", {{"token", std::string(43, 'x')}, {"name", "boss"}, {"password", kPassword}});
  CHECK(wrong.status == 403);
  for (const char* password : {"password1", "seven77", "boss"}) {
    CHECK(parts.ask("POST", "/api/setup", {{"token", parts.setup_token}, {"name", "boss"}, {"password", password}}).status == 400);
  }
  const auto browser = parts.set_up();
  const json session = json_of(parts.ask("GET", "/api/session", nullptr, browser));
  CHECK(session["user"]["role"] == "admin");
  CHECK(session["setup_required"] == false);
  CHECK(parts.ask("POST", "/api/setup", {{"token", parts.setup_token}, {"name", "other"}, {"password", kPassword}}).status == 404);
  CHECK_FALSE(file_exists(parts.folder / "setup-token"));
}

TEST_CASE("a wrong password and an unknown name get the same answer, and a wait after five") {
  AccountParts parts;
  parts.set_up();
  const std::string known = parts.log_in("boss", "wrong horse battery").body;
  CHECK(known == parts.log_in("nobody", "wrong horse battery").body);
  CHECK(json::parse(known)["code"] == "invalid_credentials");
  for (int i = 0; i < 4; ++i) CHECK(parts.log_in("BOSS", "wrong horse battery").status == 401);
  const auto refused = parts.log_in("boss");
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "30");
  parts.clock.advance_ms(30'000);
  CHECK(parts.log_in("Boss").status == 200);
}

TEST_CASE("a session ends when it is idle, when it is old, and at once when it is ended") {
  AccountParts parts;
  parts.set_up();
  const auto first = AccountParts::cookie_of(parts.log_in("boss"));
  const auto second = AccountParts::cookie_of(parts.log_in("boss"));
  const auto status = [&](const http::Headers& browser) { return parts.ask("GET", "/api/models", nullptr, browser).status; };
  CHECK(status(first) == 200);
  const json list = json_of(parts.ask("GET", "/api/sessions", nullptr, first))["sessions"];
  CHECK(list.size() == 3);
  CHECK(parts.ask("DELETE", "/api/sessions", nullptr, first).status == 204);
  CHECK(status(first) == 200);
  CHECK(status(second) == 401);
  for (int day = 0; day < 29; ++day) {
    parts.clock.advance_ms(86'400'000);
    CHECK(status(first) == 200);
  }
  parts.clock.advance_ms(86'400'000);
  CHECK(status(first) == 401);  // thirty days, however much it was used
  const auto third = AccountParts::cookie_of(parts.log_in("boss"));
  parts.clock.advance_ms(7 * 86'400'000LL);
  CHECK(status(third) == 401);
}

TEST_CASE("logging out ends the session and clears the browser, whatever else is sent with it") {
  AccountParts parts;
  const auto browser = parts.set_up();
  const auto response = parts.ask("POST", "/api/logout", json::object(), browser);
  CHECK(response.status == 204);
  CHECK(header_of(response, "Clear-Site-Data") == "\"cache\", \"storage\"");
  CHECK(header_of(response, "Set-Cookie").find("Max-Age=0") != std::string::npos);
  CHECK(parts.ask("GET", "/api/models", nullptr, browser).status == 401);
  CHECK(parts.ask("POST", "/api/logout").status == 204);
}

TEST_CASE("the twenty-first session takes the place of the oldest") {
  AccountParts parts;
  const auto first = parts.set_up();
  for (int i = 0; i < 20; ++i) {
    parts.clock.advance_ms(60'000);
    CHECK(parts.log_in("boss").status == 200);
  }
  CHECK(parts.ask("GET", "/api/models", nullptr, first).status == 401);
}

TEST_CASE("an invite makes one account, with its role; its secret is nowhere in the database") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const std::string secret = parts.invite(boss, {{"hours", 1}});
  const auto used = parts.ask("POST", "/api/register", {{"invite", secret}, {"name", "anna"}, {"password", kPassword}});
  CHECK(used.status == 201);
  CHECK(json_of(used)["user"]["role"] == "user");
  CHECK(code_of(parts.ask("POST", "/api/register", {{"invite", secret}, {"name", "bert"}, {"password", kPassword}})) == "registration_closed");
  const std::string late = parts.invite(boss, {{"hours", 1}});
  parts.clock.advance_ms(3'600'001);
  CHECK(parts.ask("POST", "/api/register", {{"invite", late}, {"name", "bert"}, {"password", kPassword}}).status == 403);
  const std::string withdrawn = parts.invite(boss);
  const std::string id = json_of(parts.ask("GET", "/api/admin/invites", nullptr, boss))["invites"][0]["id"];
  CHECK(parts.ask("DELETE", "/api/admin/invites/" + id, nullptr, boss).status == 204);
  CHECK(parts.ask("POST", "/api/register", {{"invite", withdrawn}, {"name", "bert"}, {"password", kPassword}}).status == 403);
}

TEST_CASE("names that are taken, look like an administrator's or hide something make no account") {
  AccountParts parts;
  const auto boss = parts.set_up("admin");
  const std::string secret = parts.invite(boss);
  for (const char* name : {"Admin", "adm1n", "ad\u200Bmin", "\u202Enimda", "<b>x</b>", "\u0430dmin", ""}) {
    const auto response = parts.ask("POST", "/api/register", {{"invite", secret}, {"name", name}, {"password", kPassword}});
    CHECK((response.status == 409 || response.status == 400));
  }
  CHECK(parts.ask("POST", "/api/register", {{"invite", secret}, {"name", std::string(65, 'x')}, {"password", kPassword}}).status == 400);
  CHECK(parts.ask("POST", "/api/register", {{"invite", secret}, {"name", "anna"}, {"password", kPassword}}).status == 201);  // it was not used up
}

TEST_CASE("the second factor: a code works once, a recovery code stands in once, without the password nothing helps") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const std::string shown = json_of(parts.ask("POST", "/api/account/totp", nullptr, boss))["secret"];
  auto found = parts.database->read([](store::Connection& c) { return store::find_credentials_named(c, "boss"); });
  REQUIRE(found.ok());
  const std::string key((*found)->totp_secret);
  const auto opened = parts.accounts.box().open_joined(key, "totp " + (*found)->user.id);
  REQUIRE(opened.has_value());
  CHECK(key.find(std::string(opened->reveal())) == std::string::npos);
  const auto code = [&](int64_t later = 0) { return auth::totp_code(opened->reveal(), parts.clock.now().epoch_ms / 30'000 + later); };
  CHECK(parts.log_in("boss").status == 200);  // not asked for before it is confirmed
  CHECK(parts.ask("POST", "/api/account/totp/confirm", {{"code", "000000"}}, boss).status == 401);
  const json codes = json_of(parts.ask("POST", "/api/account/totp/confirm", {{"code", code()}}, boss))["recovery_codes"];
  CHECK(codes.size() == 10);
  CHECK(code_of(parts.log_in("boss")) == "second_factor_required");
  CHECK(code_of(parts.log_in("boss", kPassword, code())) == "invalid_credentials");  // used for the confirmation
  parts.clock.advance_ms(30'000);
  CHECK(parts.log_in("boss", kPassword, code().insert(3, " ")).status == 200);
  CHECK(parts.log_in("boss", kPassword, code()).status == 401);
  CHECK(parts.log_in("boss", kPassword, codes[0]).status == 200);
  CHECK(parts.log_in("boss", kPassword, codes[0]).status == 401);
  CHECK(code_of(parts.log_in("boss", "wrong horse battery", codes[1])) == "invalid_credentials");
  CHECK(parts.ask("POST", "/api/account/totp/disable", {{"password", "wrong horse battery"}}, boss).status == 401);
  CHECK(parts.ask("POST", "/api/account/totp/disable", {{"password", kPassword}}, boss).status == 204);
  parts.clock.advance_ms(3'700'000);
  CHECK(parts.log_in("boss").status == 200);
  CHECK(shown.size() == 32);
}

TEST_CASE("a new password ends every session but gives the caller a new one") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const auto other = AccountParts::cookie_of(parts.log_in("boss"));
  CHECK(parts.ask("POST", "/api/account/password", {{"current", "wrong horse battery"}, {"new", "another good one"}}, boss).status == 401);
  CHECK(parts.ask("POST", "/api/account/password", {{"current", kPassword}, {"new", "password1"}}, boss).status == 400);
  const auto changed = parts.ask("POST", "/api/account/password", {{"current", kPassword}, {"new", "another good one"}}, boss);
  CHECK(changed.status == 204);
  CHECK(changed.body.empty());
  CHECK(parts.ask("GET", "/api/models", nullptr, boss).status == 401);
  CHECK(parts.ask("GET", "/api/models", nullptr, other).status == 401);
  CHECK(parts.ask("GET", "/api/models", nullptr, AccountParts::cookie_of(changed)).status == 200);
  CHECK(parts.log_in("boss").status == 401);
  CHECK(parts.log_in("boss", "another good one").status == 200);
}

TEST_CASE("API tokens: shown once, found by nobody in the database, good for their scopes until they end") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const json made = json_of(parts.ask("POST", "/api/tokens", {{"name", "script"}, {"scopes", {"chat"}}, {"expires_days", 1}}, boss));
  const std::string token = made["token"];
  CHECK(token.starts_with("wct_"));
  const http::Headers program{{"Authorization", "Bearer " + token}};
  CHECK(parts.ask("GET", "/api/models", nullptr, program).status == 200);
  CHECK(parts.ask("GET", "/api/conversations", nullptr, program).status == 403);
  CHECK(parts.ask("GET", "/api/admin/users", nullptr, program).status == 403);
  const json listed = json_of(parts.ask("GET", "/api/tokens", nullptr, boss));
  CHECK(listed.dump().find(token) == std::string::npos);
  CHECK(listed["tokens"][0]["last4"] == token.substr(token.size() - 4));
  parts.clock.advance_ms(86'400'001);
  CHECK(parts.ask("GET", "/api/models", nullptr, program).status == 401);
  const json second = json_of(parts.ask("POST", "/api/tokens", {{"name", "script"}, {"scopes", {"read", "chat", "write"}}}, boss));
  CHECK(second["scopes"] == json{"chat", "read", "write"});
  const http::Headers forever{{"Authorization", "Bearer " + second["token"].get<std::string>()}};
  CHECK(parts.ask("GET", "/api/models", nullptr, forever).status == 200);
  CHECK(parts.ask("DELETE", "/api/tokens/" + second["id"].get<std::string>(), nullptr, boss).status == 204);
  CHECK(parts.ask("GET", "/api/models", nullptr, forever).status == 401);
}

TEST_CASE("credentials that are none: 401, two of them: 400, anywhere but in Authorization and the cookie: nobody") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const std::string token = json_of(parts.ask("POST", "/api/tokens", {{"name", "script"}, {"scopes", {"chat"}}}, boss))["token"];
  for (const std::string& wrong : {std::string("Bearer "), std::string("Bearer"), std::string("Basic Ym9zczpjb3JyZWN0"), token, "Bearer " + token + "x", "Bearer wct_" + std::string(43, 'A'),
                                   std::string("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3NzIn0.")}) {
    CAPTURE(wrong);
    CHECK(parts.ask("GET", "/api/models", nullptr, {{"Authorization", wrong}}).status == 401);
  }
  CHECK(parts.ask("GET", "/api/models", nullptr, {{"Authorization", "Bearer " + token}, {"authorization", "Bearer " + token}}).status == 400);
  CHECK(parts.ask("GET", "/api/session", nullptr, {{"Authorization", "Bearer " + token}, {"Authorization", "Basic x"}}).status == 400);
  for (const char* name : {"X-Api-Key", "X-Auth-Token", "Proxy-Authorization"}) CHECK(parts.ask("GET", "/api/models", nullptr, {{name, "Bearer " + token}}).status == 401);
  CHECK(parts.ask("GET", "/api/models?token=" + token).status == 401);
  CHECK(parts.ask("GET", "/api/models", nullptr, {{"Cookie", "sid_5000=" + token}}).status == 401);
}

TEST_CASE("pages of other sites cannot read in somebody's name") {
  AccountParts parts;
  const auto boss = parts.set_up();
  for (const char* site : {"cross-site", "same-site"}) {
    http::Request request = request_for("GET", "/api/models", boss);
    request.headers.push_back({"Sec-Fetch-Site", site});
    CHECK(parts.answer(request).status == 403);
  }
}

TEST_CASE("administrators make, change and delete users; the last of them stays") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const json made = json_of(parts.ask("POST", "/api/admin/users", {{"name", "anna"}, {"role", "user"}}, boss));
  const std::string link = made["invite_url"];
  const std::string id = made["id"];
  CHECK(link.starts_with("http://localhost:5000/register#invite="));
  CHECK(parts.log_in("anna").status == 401);
  const auto chosen = parts.ask("POST", "/api/register", {{"invite", link.substr(link.find("#invite=") + 8)}, {"name", "anna"}, {"password", kPassword}});
  CHECK(chosen.status == 201);
  const auto anna = AccountParts::cookie_of(chosen);
  CHECK(parts.ask("GET", "/api/admin/users", nullptr, anna).status == 403);
  CHECK(parts.ask("PATCH", "/api/admin/users/" + id, {{"role", "admin"}}, boss).status == 200);
  CHECK(parts.ask("GET", "/api/models", nullptr, anna).status == 401);  // another role: sign in anew
  const auto again = AccountParts::cookie_of(parts.log_in("anna"));
  CHECK(parts.ask("GET", "/api/admin/users", nullptr, again).status == 200);
  CHECK(parts.ask("PATCH", "/api/admin/users/" + id, {{"disabled", true}}, boss).status == 200);
  CHECK(parts.ask("GET", "/api/models", nullptr, again).status == 401);
  CHECK(parts.log_in("anna").status == 401);
  const std::string own = json_of(parts.ask("GET", "/api/session", nullptr, boss))["user"]["id"];
  for (const json& change : {json{{"role", "user"}}, json{{"disabled", true}}}) CHECK(parts.ask("PATCH", "/api/admin/users/" + own, change, boss).status == 409);
  CHECK(parts.ask("DELETE", "/api/admin/users/" + own, nullptr, boss).status == 409);
  CHECK(parts.ask("DELETE", "/api/account", {{"password", kPassword}}, boss).status == 409);
  CHECK(parts.ask("PATCH", "/api/admin/users/" + id, {{"plan_id", "no such plan"}}, boss).status == 400);
  CHECK(parts.ask("DELETE", "/api/admin/users/" + id, nullptr, boss).status == 204);
  CHECK(parts.ask("PATCH", "/api/admin/users/" + id, {{"disabled", false}}, boss).status == 404);
}

TEST_CASE("a password opens nothing once another one was set, however long it takes to verify it") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const auto anna = parts.join(boss, "anna");
  const std::string id = json_of(parts.ask("GET", "/api/session", nullptr, anna))["user"]["id"];
  const auth::Identity who{auth::Credential::kSession, id, UserRole::kUser, "s", auth::kScopeAll, 0};
  const Secret old(kPassword), next("another horse battery");
  const std::string hash = *auth::hash_password_now(next), first_hash = *auth::hash_password_now(old);
  const auto reset = [&](store::Connection& c) { return store::set_user_password(c, id, hash); };
  const auto sessions = [&] { return parts.accounts.sessions(who)->size(); };
  const auto login = [&] { return parts.accounts.log_in("anna", old, "", {"", "", ""}); };
  const auto again = [&] { CHECK(parts.database->write([&](store::Connection& c) { return store::set_user_password(c, id, first_hash); }).ok()); };

  CHECK(overtaken(parts, login, reset).error().code == ErrorCode::kInvalidCredentials);
  again();
  CHECK(overtaken(parts, login, [&](store::Connection& c) { return store::set_user_disabled(c, id, true); }).error().code == ErrorCode::kInvalidCredentials);
  CHECK(parts.database->write([&](store::Connection& c) { return store::set_user_disabled(c, id, false); }).ok());
  CHECK(overtaken(parts, [&] { return parts.accounts.change_password(who, old, Secret("a third horse battery"), {"", "", ""}); }, reset).error().code == ErrorCode::kConflict);
  again();
  CHECK(overtaken(parts, [&] { return parts.accounts.disable_totp(who, old, {"", "", ""}); }, reset).error().code == ErrorCode::kConflict);
  CHECK(sessions() == 1);
  CHECK(parts.log_in("anna").status == 401);
  CHECK(parts.log_in("anna", "another horse battery").status == 200);
  // The same password, hashed anew by another login: that is no reason to refuse it.
  again();
  CHECK(overtaken(parts, login, [&](store::Connection& c) { return store::set_user_password(c, id, *auth::hash_password_now(old)); }).ok());
}

TEST_CASE("who deletes an account leaves nothing behind but its line in the audit") {
  AccountParts parts;
  const auto boss = parts.set_up();
  const auto anna = parts.join(boss, "anna");
  CHECK(parts.ask("POST", "/api/conversations", {{"title", "mine"}}, anna).status == 201);
  CHECK(parts.ask("DELETE", "/api/account", {{"password", "wrong horse battery"}}, anna).status == 401);
  CHECK(parts.ask("DELETE", "/api/account", {{"password", kPassword}}, anna).status == 204);
  CHECK(parts.ask("GET", "/api/models", nullptr, anna).status == 401);
  for (int i = 0; i < 10; ++i) CHECK(parts.database->write([](store::Connection& c) { return store::remove_of_deleted_users(c); }).ok());  // as the caretaker does
  for (const char* sql : {"SELECT count(*) FROM conversation", "SELECT count(*) FROM user WHERE name = 'anna'"}) {
    auto count = parts.database->read([&](store::Connection& c) { return store::one<int64_t>(c, sql, [](const store::Row& row) { return row.integer(0); }); });
    CHECK(**count == 0);
  }
  const json audit = json_of(parts.ask("GET", "/api/admin/audit", nullptr, boss))["entries"];
  CHECK(audit[0]["action"] == "user deleted");
  CHECK(audit[0]["detail"] == "anna");
}

TEST_CASE("the audit only grows, and forgets after 180 days") {
  AccountParts parts;
  const auto boss = parts.set_up();
  for (const char* sql : {"DELETE FROM audit", "UPDATE audit SET action = 'x'"}) {
    CHECK_FALSE(parts.database->write([&](store::Connection& c) { return store::run(c, sql); }).ok());
  }
  const int64_t later = parts.clock.now().epoch_ms + 1;
  CHECK(parts.database->write([&](store::Connection& c) { return store::drop_audit_before(c, later); }).ok());
  CHECK(json_of(parts.ask("GET", "/api/admin/audit", nullptr, boss))["entries"].empty());
}

TEST_CASE("a provider's key is stored sealed, shown by its end, bound to its address and in use at once") {
  provider::RegistryOptions options;
  ProviderConfig openai;
  openai.id = "openai";
  openai.name = "OpenAI";
  openai.kind = ProviderKind::kOpenAi;
  openai.base_url = "https://api.openai.com/v1";
  options.possible = {openai};
  ServerParts parts({.mode = auth::AuthMode::kAccounts, .providers = options});
  const auto boss = parts.browser_of(parts.add_user("boss", UserRole::kAdmin));
  const std::string key = "sk-canary-key-of-the-test-0123456789abcd";
  const auto ask = [&](const char* method, std::string path, std::string body = "") {
    http::Headers headers = boss;
    headers.push_back({"Content-Type", "application/json"});
    return parts.answer_on_fiber(request_for(method, std::move(path), std::move(headers), std::move(body)));
  };
  CHECK(parts.providers.find("openai") == nullptr);
  CHECK(ask("PUT", "/api/admin/providers/openai/key", json{{"key", key}}.dump()).status == 204);
  CHECK(parts.providers.find("openai") != nullptr);
  const auto listed = ask("GET", "/api/admin/providers");
  CHECK(json_of(listed)[0]["key_from"] == "stored");
  CHECK(json_of(listed)[0]["last4"] == "…abcd");
  CHECK(listed.body.find(key.substr(0, 20)) == std::string::npos);
  auto rows = parts.database->read([](store::Connection& c) { return store::list_provider_keys(c); });
  REQUIRE(rows.ok());
  CHECK(rows->at(0).sealed.find("canary") == std::string::npos);
  CHECK(parts.log_text().find("canary") == std::string::npos);
  // The settings name another address: the key is not for that.
  options.possible[0].base_url = "https://evil.test/v1";
  provider::Registry moved(options, *parts.client, *parts.log);
  auth::ProviderKeys keys(parts.accounts, *parts.database, moved, parts.clock, *parts.log);
  CHECK(keys.load().ok());
  CHECK(moved.find("openai") == nullptr);
  CHECK(parts.database->read([](store::Connection& c) { return store::list_provider_keys(c); })->empty());
  CHECK(ask("DELETE", "/api/admin/providers/openai/key").status == 404);
  CHECK(ask("PUT", "/api/admin/providers/nothing/key", json{{"key", key}}.dump()).status == 404);
  for (const char* bad : {"", "with space", "line\\nbreak"}) CHECK(ask("PUT", "/api/admin/providers/openai/key", std::string("{\"key\":\"") + bad + "\"}").status == 400);
}

TEST_CASE("without accounts nobody signs in, and the local user is there") {
  AccountParts parts(auth::AuthMode::kOpen);
  const json session = json_of(parts.ask("GET", "/api/session"));
  CHECK(session["mode"] == "open");
  CHECK(session["user"]["role"] == "admin");
  CHECK(session["session_id"] == nullptr);
  CHECK(parts.log_in("anyone").status == 403);
  CHECK(code_of(parts.ask("POST", "/api/register", {{"invite", "x"}, {"name", "x"}, {"password", kPassword}})) == "registration_closed");
  CHECK(parts.ask("DELETE", "/api/account", {{"password", kPassword}}).status == 409);
}

TEST_CASE("the time of a refusal does not tell whether the name exists") {
  AccountParts parts;
  parts.set_up();
  std::vector<double> known;
  std::vector<double> unknown;
  const auto refusal_ms = [&](const char* name) {
    parts.clock.advance_ms(3'700'000);  // past every back-off
    const auto since = std::chrono::steady_clock::now();
    CHECK(parts.log_in(name, "wrong horse battery").status == 401);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
  };
  for (int i = 0; i < 40; ++i) {
    known.push_back(refusal_ms("boss"));
    unknown.push_back(refusal_ms("nobody"));
  }
  std::nth_element(known.begin(), known.begin() + 20, known.end());
  std::nth_element(unknown.begin(), unknown.begin() + 20, unknown.end());
  MESSAGE("median of a refusal: ", known[20], " ms for a known name, ", unknown[20], " ms for an unknown one");
  // A refusal without a hash would take a tenth of the time; what is left is the noise of a busy machine.
  CHECK(std::abs(known[20] - unknown[20]) < 0.5 * std::max(known[20], unknown[20]));
}
