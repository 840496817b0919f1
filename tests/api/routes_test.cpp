#include "api/routes.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::api;

TEST_CASE("every route says who may call it, what it is for, and has a handler") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    CHECK(route.summary.size() > 10);
    CHECK(static_cast<bool>(route.handle));
    CHECK(route.path.starts_with('/'));
    CHECK(seen.insert({route.method, route.path}).second);
  }
}

TEST_CASE("only metrics are the operator's, and only what asks a model is counted") {
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    CHECK((route.access == Access::kOperator) == (route.path == "/metrics"));
    CHECK((route.counted == Counted::kChat) == (route.path.starts_with("/api/chat") || route.path.ends_with("/turns") || route.path == "/api/transcriptions"));
  }
}

TEST_CASE("routes that read take no body, and bodies are within the limit") {
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    CHECK((route.body_bytes_max > 0) == (route.body != BodyKind::kNone));
    if (route.method == "GET") CHECK(route.body == BodyKind::kNone);
    CHECK(route.body_bytes_max <= limits::kBodyBytesMax);
  }
}

TEST_CASE("find_route tells the route, or the methods, or nothing") {
  std::string allow;
  const Route* chat = find_route("POST", "/api/chat", allow);
  REQUIRE(chat != nullptr);
  CHECK(chat->path == "/api/chat");
  CHECK(allow == "POST");
  CHECK(find_route("GET", "/api/chat", allow) == nullptr);
  CHECK(allow == "POST");
  REQUIRE(find_route("HEAD", "/api/models", allow) != nullptr);
  CHECK(allow == "GET, HEAD");
  CHECK(find_route("POST", "/api/models", allow) == nullptr);
  CHECK(allow == "GET, HEAD");
  for (const char* path : {"", "/", "/api", "/API/chat", "/api/chat/", "/api/chatx", "/metrics/"}) {
    CHECK(find_route("GET", path, allow) == nullptr);
    CHECK(allow.empty());
  }
  CHECK(find_route("get", "/api/models", allow) == nullptr);
}

TEST_CASE("administrators' routes are closed to API tokens") {
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    if (route.path.starts_with("/api/admin/")) CHECK(route.access == Access::kAdmin);
    if (route.access == Access::kAdmin || route.access == Access::kOperator) CHECK(route.scope == 0);
  }
}

TEST_CASE("the limits count IPv4 addresses one by one and IPv6 by /64") {
  http::Request request;
  const auto key = [&](std::string ip) { request.client_ip = std::move(ip); return limit_key(request); };
  CHECK(key("192.0.2.1") != key("192.0.2.2"));
  CHECK(key("::ffff:192.0.2.1") == key("192.0.2.1"));
  CHECK(key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"));
  CHECK(key("2001:db8:1:2::1") != key("2001:db8:1:3::1"));
  CHECK(key("no address") == "no address");
}
