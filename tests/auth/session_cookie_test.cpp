#include "auth/session_cookie.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::auth;

namespace {

http::Request on_host(std::string host, bool secure = false, http::Headers headers = {}) {
  http::Request request;
  request.host = std::move(host);
  request.secure = secure;
  request.headers = std::move(headers);
  return request;
}

}  // namespace

TEST_CASE("over TLS the cookie is __Host- and Secure, on plain HTTP it is named after the port") {
  CookieRules rules;
  CHECK(set_cookie(rules, on_host("chat.example.org", true), "v", 60) == "__Host-sid=v; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=60");
  CHECK(set_cookie(rules, on_host("localhost:5000"), "v", 60) == "sid_5000=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
  CHECK(cookie_name(rules, on_host("localhost")) == "sid_80");
  CHECK(cookie_name(rules, on_host("[::1]:8080")) == "sid_8080");
}

TEST_CASE("behind a proxy that ends TLS the public origin's host has the secure cookie") {
  CookieRules rules;
  rules.https_hosts = {"chat.example.org"};
  CHECK(cookie_name(rules, on_host("Chat.Example.org")) == "__Host-sid");
  CHECK(cookie_name(rules, on_host("chat.example.org:5000")) == "sid_5000");
  rules.path = "/chat/";
  CHECK(set_cookie(rules, on_host("chat.example.org"), "v", 0) == "__Secure-sid=v; Path=/chat/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
}

TEST_CASE("SameSite=None without Secure would be dropped by browsers, so it is Lax") {
  CookieRules rules;
  rules.same_site = CookieSameSite::kNone;
  CHECK(set_cookie(rules, on_host("localhost:5000"), "v", 60).find("SameSite=Lax") != std::string::npos);
  CHECK(set_cookie(rules, on_host("a.example", true), "v", 60).find("SameSite=None; Secure") != std::string::npos);
}

TEST_CASE("only the cookie of this name counts, in whichever header it is") {
  CookieRules rules;
  CHECK(read_cookie(rules, on_host("localhost:5000", false, {{"Cookie", "a=b; sid_5000=value; c=d"}})) == "value");
  CHECK(read_cookie(rules, on_host("localhost:5000", false, {{"Cookie", "a=b"}, {"cookie", "sid_5000=value"}})) == "value");
  for (const char* other : {"sid_5001=value", "xsid_5000=value", "sid=value", "__Host-sid=value", "sid_5000", "", ";;;="}) {
    CHECK(read_cookie(rules, on_host("localhost:5000", false, {{"Cookie", other}})) == "");
  }
  CHECK(read_cookie(rules, on_host("localhost:5000", true, {{"Cookie", "sid_5000=value"}})) == "");
}
