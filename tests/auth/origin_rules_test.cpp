// Who may talk to the server from where. One row, one spelling of an attack or of an honest browser.
#include "auth/origin_rules.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace whinchat;
using namespace whinchat::auth;

namespace {

OriginRules local() {
  OriginRules rules;
  rules.ports = {5000, 5443};
  return rules;
}

OriginRules public_server() {
  OriginRules rules = local();
  rules.public_hosts = {{"chat.example.org", 0, std::nullopt}, {"alt.example.org", 8443, std::nullopt}};
  rules.public_origins = {"https://chat.example.org"};
  return rules;
}

http::Request request(std::string method, http::Headers headers = {}, std::string host = "localhost:5000", bool secure = false) {
  http::Request out;
  out.method = std::move(method);
  out.path = "/api/chat";
  out.headers = std::move(headers);
  out.host = std::move(host);
  out.secure = secure;
  return out;
}

bool refused(const OriginRules& rules, const http::Request& request) {
  const auto error = rules.check_cross_origin(request);
  if (error) CHECK(error->code == ErrorCode::kForbidden);
  return error.has_value();
}

}  // namespace

TEST_CASE("localhost has a few spellings, and the port must be ours") {
  const OriginRules rules = local();
  for (const char* host : {"localhost:5000", "LOCALHOST:5000", "localhost:5443", "127.0.0.1:5000", "127.1.2.3:5000", "[::1]:5000", "1a2b3c4d.localhost:5000",
                           "[0:0:0:0:0:0:0:1]:5000"}) {
    CHECK_MESSAGE(rules.host_allowed(host), host);
  }
  for (const char* host : {"", "evil.test", "evil.test:5000", "localhost", "localhost:", "localhost:9", "localhost:80", "localhost:05000x", "localhost.evil.test:5000",
                           "127.0.0.1.evil.test:5000", "evillocalhost:5000", "192.0.2.1:5000", "0.0.0.0:5000", "[::]:5000", "[::1", "127.1:5000", "2130706433:5000",
                           "0x7f000001:5000", "localhost:5000:5000", "user@localhost:5000", "localhost:5000/", "localhost :5000", "chat.example.org"}) {
    CHECK_FALSE_MESSAGE(rules.host_allowed(host), host);
  }
}

TEST_CASE("on the usual ports a host needs no port") {
  OriginRules rules;
  rules.ports = {80};
  CHECK(rules.host_allowed("localhost"));
  CHECK(rules.host_allowed("localhost:80"));
  CHECK_FALSE(rules.host_allowed("localhost:5000"));
}

TEST_CASE("names of PUBLIC_ORIGIN are served at their port, at the usual ones and at ours") {
  const OriginRules rules = public_server();
  for (const char* host : {"chat.example.org", "CHAT.example.org", "chat.example.org:443", "chat.example.org:80", "chat.example.org:5443", "alt.example.org:8443"}) {
    CHECK_MESSAGE(rules.host_allowed(host), host);
  }
  for (const char* host : {"chat.example.org:81", "example.org", "x.chat.example.org", "chat.example.org.evil.test", "alt.example.org", "alt.example.org:443"}) {
    CHECK_FALSE_MESSAGE(rules.host_allowed(host), host);
  }
}

TEST_CASE("a public bind takes any address as host, because no name can be rebound to one, but no other name") {
  OriginRules rules = local();
  rules.any_ip_host = true;
  CHECK(rules.host_allowed("192.0.2.1:5000"));
  CHECK(rules.host_allowed("[2001:db8::1]:5443"));
  CHECK_FALSE(rules.host_allowed("192.0.2.1:9"));
  CHECK_FALSE(rules.host_allowed("evil.test:5000"));
}

TEST_CASE("reading is free for everybody, writing only for our own pages and for programs") {
  const OriginRules rules = local();
  for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
    CHECK_FALSE(refused(rules, request(method, {{"Origin", "https://evil.test"}, {"Sec-Fetch-Site", "cross-site"}, {"Cookie", "a=b"}})));
  }
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "BREW"}) {
    CAPTURE(method);
    CHECK_FALSE(refused(rules, request(method)));
    CHECK_FALSE(refused(rules, request(method, {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://localhost:5000"}, {"Cookie", "a=b"}})));
    CHECK_FALSE(refused(rules, request(method, {{"Origin", "http://LOCALHOST:5000"}})));
    for (const char* site : {"cross-site", "same-site", "none", "nonsense"}) CHECK(refused(rules, request(method, {{"Sec-Fetch-Site", site}})));
    for (const char* origin : {"https://evil.test", "null", "https://localhost:5000", "http://localhost:5001", "http://127.0.0.1:5000", "http://localhost:5000/",
                               "http://localhost:5000.evil.test"}) {
      CHECK_MESSAGE(refused(rules, request(method, {{"Origin", origin}})), origin);
    }
    CHECK(refused(rules, request(method, {{"Cookie", "a=b"}})));
    CHECK(refused(rules, request(method, {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://evil.test"}})));
    CHECK(refused(rules, request(method, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://localhost:5000"}})));
  }
}

TEST_CASE("the public origin is our own, whatever the proxy made of the host") {
  const OriginRules rules = public_server();
  CHECK_FALSE(refused(rules, request("POST", {{"Origin", "https://chat.example.org"}}, "chat.example.org", true)));
  CHECK_FALSE(refused(rules, request("POST", {{"Origin", "https://chat.example.org"}}, "localhost:5000", false)));
  CHECK(refused(rules, request("POST", {{"Origin", "http://chat.example.org"}}, "chat.example.org", true)));
  CHECK(refused(rules, request("POST", {{"Origin", "https://chat.example.org:444"}}, "chat.example.org", true)));
}

TEST_CASE("CORS is off unless it is configured: no header, and preflights are refused") {
  const OriginRules rules = local();
  http::Headers headers;
  rules.add_cors_headers(request("POST", {{"Origin", "https://evil.test"}}), headers);
  CHECK(headers.empty());
  const auto answer = rules.preflight(request("OPTIONS", {{"Origin", "https://evil.test"}, {"Access-Control-Request-Method", "POST"}}));
  REQUIRE(answer.has_value());
  CHECK(answer->status == 403);
  CHECK(answer->headers.empty());
  CHECK_FALSE(rules.preflight(request("OPTIONS", {{"Origin", "https://evil.test"}})).has_value());
  CHECK_FALSE(rules.preflight(request("POST", {{"Access-Control-Request-Method", "POST"}})).has_value());
}

TEST_CASE("an allowed origin is reflected exactly, any other gets nothing but Vary") {
  OriginRules rules = local();
  rules.cors_origins = {"https://app.example.org"};
  const auto cors = [&](const char* origin) {
    http::Headers headers;
    rules.add_cors_headers(request("GET", {{"Origin", origin}}), headers);
    CHECK(http::find_header(headers, "Vary") == "Origin");
    return std::string(http::find_header(headers, "Access-Control-Allow-Origin"));
  };
  CHECK(cors("https://app.example.org") == "https://app.example.org");
  for (const char* origin : {"", "null", "*", "https://app.example.org.evil.test", "https://evil.test", "http://app.example.org", "https://app.example.org:8443"}) {
    CHECK(cors(origin).empty());
  }
  CHECK_FALSE(refused(rules, request("POST", {{"Origin", "https://app.example.org"}, {"Sec-Fetch-Site", "cross-site"}})));
  CHECK(refused(rules, request("POST", {{"Origin", "https://evil.test"}, {"Sec-Fetch-Site", "cross-site"}})));
  const auto answer = rules.preflight(request("OPTIONS", {{"Origin", "https://app.example.org"}, {"Access-Control-Request-Method", "POST"}}));
  REQUIRE(answer.has_value());
  CHECK(answer->status == 204);
  CHECK(http::find_header(answer->headers, "Access-Control-Max-Age") == "600");
  CHECK(http::find_header(answer->headers, "Access-Control-Allow-Headers").find("Content-Type") != std::string_view::npos);
}

TEST_CASE("cookies from other origins are allowed only when asked for") {
  OriginRules rules = local();
  rules.cors_origins = {"https://app.example.org"};
  for (bool credentials : {false, true}) {
    rules.cors_credentials = credentials;
    http::Headers headers;
    rules.add_cors_headers(request("GET", {{"Origin", "https://app.example.org"}}), headers);
    CHECK(http::has_header(headers, "Access-Control-Allow-Credentials") == credentials);
    http::Headers foreign;
    rules.add_cors_headers(request("GET", {{"Origin", "https://evil.test"}}), foreign);
    CHECK_FALSE(http::has_header(foreign, "Access-Control-Allow-Credentials"));
  }
}
