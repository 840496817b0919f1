// Who may call what: every route of the table against everybody who can come. A route without a row here fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "server_parts.h"
#include "store/conversations.h"

using namespace whinchat;
using namespace whinchat::api;

namespace {

enum class Who {
  kEverybody,     // signed in or not, tokens of any scope
  kVisitor,       // everybody, but no token
  kPerson,        // signed in; no token
  kChat,          // signed in, or a token with that scope
  kRead,
  kWrite,
  kAdmin,
  kOperator,
};

const std::map<std::string, Who>& rows() {
  using enum Who;
  static const std::map<std::string, Who> kRows = {
      {"GET /api/health", kEverybody}, {"GET /api/ready", kEverybody}, {"GET /api/openapi.json", kEverybody}, {"POST /api/csp-report", kEverybody},
      {"GET /api/session", kEverybody}, {"GET /metrics", kOperator},
      {"POST /api/login", kVisitor}, {"POST /api/setup", kVisitor}, {"POST /api/register", kVisitor}, {"POST /api/logout", kVisitor},
      {"POST /api/chat", kChat}, {"POST /api/chat/stream", kChat}, {"GET /api/models", kChat}, {"GET /api/rate-limit", kChat},
      {"GET /api/sessions", kPerson}, {"DELETE /api/sessions", kPerson}, {"DELETE /api/sessions/:id", kPerson},
      {"PATCH /api/account", kPerson}, {"DELETE /api/account", kPerson}, {"POST /api/account/password", kPerson}, {"POST /api/account/totp", kPerson},
      {"POST /api/account/totp/confirm", kPerson}, {"POST /api/account/totp/disable", kPerson},
      {"GET /api/tokens", kPerson}, {"POST /api/tokens", kPerson}, {"DELETE /api/tokens/:id", kPerson},
      {"GET /api/conversations", kRead}, {"POST /api/conversations", kWrite}, {"GET /api/conversations/:id", kRead}, {"PATCH /api/conversations/:id", kWrite},
      {"DELETE /api/conversations/:id", kWrite}, {"DELETE /api/conversations", kWrite}, {"POST /api/conversations/:id/restore", kWrite}, {"POST /api/conversations/:id/fork", kWrite},
      {"DELETE /api/conversations/:id/messages/:message_id", kWrite},
      {"GET /api/changes", kRead}, {"GET /api/search", kRead}, {"GET /api/conversations/:id/export", kRead}, {"GET /api/export", kRead},
      {"POST /api/import", kWrite}, {"GET /api/settings", kRead}, {"PUT /api/settings", kWrite}, {"GET /api/usage", kRead},
      {"POST /api/transcriptions", kChat}, {"POST /api/attachments", kChat}, {"GET /api/attachments/:id", kRead}, {"DELETE /api/attachments/:id", kChat},
      {"POST /api/conversations/:id/turns", kChat}, {"GET /api/turns/:id", kChat}, {"DELETE /api/turns/:id", kChat}, {"GET /api/turns/:id/events", kChat},
      {"GET /api/admin/users", kAdmin}, {"POST /api/admin/users", kAdmin}, {"PATCH /api/admin/users/:id", kAdmin}, {"DELETE /api/admin/users/:id", kAdmin},
      {"GET /api/admin/invites", kAdmin}, {"POST /api/admin/invites", kAdmin}, {"DELETE /api/admin/invites/:id", kAdmin}, {"GET /api/admin/audit", kAdmin},
      {"GET /api/admin/providers", kAdmin}, {"PUT /api/admin/providers/:id/key", kAdmin}, {"DELETE /api/admin/providers/:id/key", kAdmin},
      {"GET /api/admin/plans", kAdmin}, {"PUT /api/admin/plans/:id", kAdmin}, {"DELETE /api/admin/plans/:id", kAdmin}, {"GET /api/admin/usage", kAdmin},
      {"GET /api/admin/metrics", kAdmin},
  };
  return kRows;
}

std::string name_of(const Route& route) { return std::string(route.method) + " " + std::string(route.path); }

// "allowed", or the code of the refusal.
std::string outcome(ServerParts& parts, const Route& route, const std::string& id, http::Headers headers) {
  std::string path(route.path);
  if (const size_t at = path.find(":id"); at != std::string::npos) path.replace(at, 3, id);
  if (route.body != BodyKind::kNone) headers.push_back({"Content-Type", "application/json"});
  const auto response = parts.answer_on_fiber(request_for(std::string(route.method), path, std::move(headers), route.body == BodyKind::kNone ? "" : "{}"));
  CHECK_MESSAGE(response.status < 500, path);
  if (response.status < 400) return "allowed";
  const std::string code = json_of(response)["code"];
  const bool refused = code == "unauthenticated" || code == "forbidden" || (route.access == Access::kOperator && code == "not_found");
  return refused ? code : "allowed";  // refused for what was asked, not for who asked
}

std::string with_token(Who who, uint8_t scope) {
  const uint8_t needed = who == Who::kChat ? auth::kScopeChat : who == Who::kRead ? auth::kScopeRead : who == Who::kWrite ? auth::kScopeWrite : 0;
  return who == Who::kEverybody || (needed & scope) != 0 ? "allowed" : "forbidden";
}

constexpr const char* kNobodysId = "01900000-0000-7000-8000-000000000000";

}  // namespace

TEST_CASE("every route lets in whom it is for, and refuses everybody else") {
  ServerParts parts({.limits_enabled = false, .mode = auth::AuthMode::kAccounts});
  const std::string user = parts.add_user("anna");
  const std::string admin = parts.add_user("boss", UserRole::kAdmin);
  for (const Route& route : routes()) {
    const std::string name = name_of(route);
    CAPTURE(name);
    REQUIRE_MESSAGE(rows().contains(name), "a route without a row: say here who may call it");
    const Who who = rows().at(name);
    if (who == Who::kOperator) continue;  // tests/api/pipeline_test.cpp
    const bool open = who == Who::kEverybody || who == Who::kVisitor;
    CHECK(outcome(parts, route, kNobodysId, {}) == (open ? "allowed" : "unauthenticated"));
    CHECK(outcome(parts, route, kNobodysId, parts.browser_of(user)) == (who == Who::kAdmin ? "forbidden" : "allowed"));
    CHECK(outcome(parts, route, kNobodysId, parts.browser_of(admin)) == "allowed");
    for (const uint8_t scope : {auth::kScopeChat, auth::kScopeRead, auth::kScopeWrite}) {
      CHECK(outcome(parts, route, kNobodysId, parts.program_of(user, scope)) == with_token(who, scope));
      const std::string mine = parts.session_id;
      auth::Identity owner;
      owner.user_id = user;
      CHECK(parts.accounts.delete_token(owner, mine, {}).ok());
    }
    CHECK(outcome(parts, route, kNobodysId, {{"Cookie", "sid_5000=" + std::string(43, 'x')}, {"Sec-Fetch-Site", "same-origin"}}) == (open ? "allowed" : "unauthenticated"));
  }
}

TEST_CASE("in open mode everybody at this machine may do everything, and nobody else may") {
  ServerParts parts({.limits_enabled = false, .open_to_all = false});
  for (const Route& route : routes()) {
    if (route.access == Access::kOperator) continue;
    CAPTURE(name_of(route));
    const std::string here = outcome(parts, route, kNobodysId, {});
    CHECK((here == "allowed" || route.path == "/api/login"));
    for (const http::Headers& proxied : {http::Headers{{"X-Forwarded-For", "198.51.100.1"}}, http::Headers{{"Forwarded", "for=198.51.100.1"}}, http::Headers{{"X-Real-IP", "198.51.100.1"}}}) {
      CHECK(outcome(parts, route, kNobodysId, proxied) == (route.access == Access::kAnyone ? here : "forbidden"));
    }
    std::string path(route.path);
    std::replace(path.begin(), path.end(), ':', 'x');
    http::Request from_outside = request_for(std::string(route.method), "/api/models");
    from_outside.method = "GET";
    from_outside.peer_ip = "192.0.2.7";
    CHECK(parts.answer(from_outside).status == 403);
  }
}

TEST_CASE("another's conversation, session or token is not there") {
  ServerParts parts({.limits_enabled = false, .mode = auth::AuthMode::kAccounts});
  const std::string anna = parts.add_user("anna");
  const std::string bert = parts.add_user("bert", UserRole::kAdmin);  // administrators as well
  http::Headers browser = parts.browser_of(anna);
  const std::string session = parts.session_id;
  browser.push_back({"Content-Type", "application/json"});
  const auto made = parts.answer_on_fiber(request_for("POST", "/api/conversations", browser, R"({"title":"a secret plan"})"));
  REQUIRE(made.status == 201);
  const std::string conversation = json_of(made)["id"];
  parts.program_of(anna, auth::kScopeAll);
  const std::string token = parts.session_id;
  for (const Route& route : routes()) {
    if (route.path.find("/:id") == std::string_view::npos || route.access == Access::kAdmin) continue;
    CAPTURE(name_of(route));
    for (const std::string& id : {conversation, session, token}) {
      http::Headers headers = parts.browser_of(bert);
      if (route.body != BodyKind::kNone) headers.push_back({"Content-Type", "application/json"});
      std::string path(route.path);
      path.replace(path.find(":id"), 3, id);
      const auto response = parts.answer_on_fiber(request_for(std::string(route.method), path, std::move(headers), route.body == BodyKind::kNone ? "" : "{}"));
      CHECK((response.status == 404 || (response.status == 400 && route.body != BodyKind::kNone)));
      CHECK(response.body.find("secret plan") == std::string::npos);
    }
  }
  CHECK(parts.answer_on_fiber(request_for("GET", "/api/conversations/" + conversation, browser)).status == 200);
}
