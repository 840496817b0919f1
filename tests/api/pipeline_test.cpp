// The way of a request up to its handler, as the server runs it.
#include "api/pipeline.h"

#include <doctest/doctest.h>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;

namespace {

int status_of(ServerParts& parts, http::Request request) { return parts.answer(std::move(request)).status; }

http::Request on_host(http::Request request, std::string host) {
  request.host = std::move(host);
  return request;
}

http::Request with_header(http::Request request, std::string name, std::string value) {
  http::set_header(request.headers, name, value);
  return request;
}

}  // namespace

TEST_CASE("unknown API addresses are 404 in JSON, never a page") {
  ServerParts parts;
  for (const char* path : {"/api", "/api/", "/api/nothing", "/api/chat/", "/api/chat/stream/x", "/api/../etc/passwd"}) {
    CAPTURE(path);
    for (const char* method : {"GET", "POST", "DELETE"}) {
      const auto response = parts.answer(request_for(method, path, {{"Accept", "text/html"}}));
      CHECK(response.status == 404);
      CHECK(header_of(response, "Content-Type") == "application/json");
      CHECK(json_of(response)["code"] == "not_found");
    }
  }
}

TEST_CASE("a known address with the wrong method is 405 and says what it takes") {
  ServerParts parts;
  for (const auto& [method, path, allow] : {std::tuple{"GET", "/api/chat", "POST"}, {"PUT", "/api/chat", "POST"}, {"HEAD", "/api/chat/stream", "POST"},
                                            {"POST", "/api/models", "GET, HEAD"}, {"DELETE", "/api/health", "GET, HEAD"}, {"POST", "/", "GET, HEAD"}}) {
    CAPTURE(path);
    const auto response = parts.answer(request_for(method, path));
    CHECK(response.status == 405);
    CHECK(header_of(response, "Allow") == allow);
    CHECK(json_of(response)["code"] == "method_not_allowed");
  }
  CHECK(status_of(parts, request_for("POST", "/missing.js")) == 404);
  const auto options = parts.answer(request_for("OPTIONS", "/api/chat"));
  CHECK(options.status == 204);
  CHECK(header_of(options, "Allow") == "POST");
}

TEST_CASE("hosts that are not ours are 421, whatever they ask for") {
  ServerParts parts;
  for (const char* host : {"evil.test", "localhost:9", "127.0.0.1.evil.test:5000", "localhost", "", "localhost:5000@evil.test"}) {
    CAPTURE(host);
    for (const char* path : {"/", "/api/health", "/api/nothing", "/metrics"}) CHECK(status_of(parts, on_host(request_for("GET", path), host)) == 421);
    CHECK(status_of(parts, on_host(chat_for(), host)) == 421);
  }
  for (const char* host : {"LOCALHOST:5000", "127.0.0.1:5000", "[::1]:5443", "a1b2.localhost:5000"}) {
    CHECK(status_of(parts, on_host(request_for("GET", "/api/health"), host)) == 200);
  }
}

TEST_CASE("a chat takes JSON in UTF-8 and nothing else") {
  ServerParts parts;
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
                           "application/jsonp", "application/json-patch+json", "text/plain; application/json"}) {
    CAPTURE(type);
    for (const char* path : {"/api/chat", "/api/chat/stream"}) {
      const auto response = parts.answer(with_header(chat_for("{}", path), "Content-Type", type));
      CHECK(response.status == 415);
      CHECK(json_of(response)["code"] == "unsupported_media_type");
    }
  }
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
                           "application/json; profile=x; charset=UTF-8"}) {
    CAPTURE(type);
    CHECK(status_of(parts, with_header(chat_for("{}"), "Content-Type", type)) == 400);
  }
  CHECK(status_of(parts, with_header(chat_for(), "Content-Encoding", "gzip")) == 415);
}

TEST_CASE("a body that is announced too large is refused before it is read, and the connection ends") {
  ServerParts parts;
  for (const char* length : {"1048577", "2147483648", "9223372036854775807"}) {
    const auto response = parts.answer(with_header(chat_for(), "Content-Length", length));
    CHECK(response.status == 413);
    CHECK(response.close);
    CHECK(json_of(response)["code"] == "too_large");
  }
  http::Request request = with_header(chat_for(), "Content-Length", "1048576");
  const http::Dispatch dispatch = parts.server.dispatch(request);
  CHECK_FALSE(dispatch.instead.has_value());
  CHECK(dispatch.body_bytes_max == 1'048'576);
}

TEST_CASE("what is refused for its form costs nothing, and comes in a fixed order") {
  ServerParts parts({.per_minute = 1});
  const http::Request foreign = with_header(with_header(chat_for(), "Origin", "https://evil.test"), "Content-Type", "text/plain");
  CHECK(status_of(parts, on_host(foreign, "evil.test")) == 421);
  CHECK(status_of(parts, foreign) == 403);
  CHECK(status_of(parts, with_header(with_header(chat_for(), "Content-Type", "text/plain"), "Content-Length", "9999999")) == 415);
  CHECK(status_of(parts, with_header(chat_for(), "Content-Length", "9999999")) == 413);
  http::Request wrong = foreign;
  wrong.method = "PUT";
  CHECK(status_of(parts, wrong) == 405);
  CHECK(status_of(parts, chat_for("{}")) == 400);  // the one that counts
  CHECK(status_of(parts, chat_for("{}")) == 429);
}

TEST_CASE("pages of other sites cannot post; programs without cookies can") {
  ServerParts parts({.limits_enabled = false});
  CHECK(status_of(parts, chat_for("{}")) == 400);
  CHECK(status_of(parts, with_header(chat_for("{}"), "Sec-Fetch-Site", "same-origin")) == 400);
  CHECK(status_of(parts, with_header(chat_for("{}"), "Origin", "http://localhost:5000")) == 400);
  for (const auto& [name, value] : {std::pair{"Origin", "https://evil.test"}, {"Origin", "null"}, {"Origin", "https://localhost:5000"},
                                    {"Origin", "http://localhost:5001"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
                                    {"Sec-Fetch-Site", "none"}, {"Cookie", "sid=1"}}) {
    CAPTURE(value);
    const auto response = parts.answer(with_header(chat_for("{}"), name, value));
    CHECK(response.status == 403);
    CHECK(json_of(response)["code"] == "cross_origin");
    CHECK_FALSE(http::has_header(response.headers, "Access-Control-Allow-Origin"));
  }
  CHECK(parts.log_text().find("evil.test") != std::string::npos);
}

TEST_CASE("the limit is one over both chat routes, and other routes are free") {
  ServerParts parts({.per_minute = 4});
  for (int i = 0; i < 4; ++i) {
    const auto response = parts.answer(chat_for("{}", i % 2 ? "/api/chat" : "/api/chat/stream"));
    CHECK(response.status == 400);
    CHECK(header_of(response, "X-RateLimit-Limit") == "4");
    CHECK(header_of(response, "X-RateLimit-Remaining") == std::to_string(3 - i));
    CHECK(header_of(response, "X-RateLimit-Reset") == std::to_string(1'800'000'000 + 60));
    CHECK_FALSE(http::has_header(response.headers, "Retry-After"));
  }
  for (const char* path : {"/api/chat", "/api/chat/stream"}) {
    const auto refused = parts.answer(chat_for("{}", path));
    CHECK(refused.status == 429);
    CHECK(header_of(refused, "Retry-After") == "60");
    CHECK(header_of(refused, "X-RateLimit-Remaining") == "0");
    CHECK(json_of(refused) == nlohmann::json{{"error", "Rate limit exceeded"}, {"message", "Too many requests. Please try again later."},
                                             {"code", "rate_limited"}, {"retry_after", 60}});
  }
  for (const char* path : {"/", "/api/health", "/api/models", "/api/rate-limit", "/api/ready"}) CHECK(status_of(parts, request_for("GET", path)) == 200);
  parts.clock.advance_ms(60'000);
  CHECK(status_of(parts, chat_for("{}")) == 400);
}

TEST_CASE("a refusal by the hourly limit speaks of the hour") {
  ServerParts parts({.per_minute = 5, .per_hour = 2});
  status_of(parts, chat_for("{}"));
  status_of(parts, chat_for("{}"));
  const auto refused = parts.answer(chat_for("{}"));
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "X-RateLimit-Limit") == "2");
  CHECK(header_of(refused, "Retry-After") == "3600");
}

TEST_CASE("the draft's limit headers are sent only when they are asked for") {
  ServerParts parts;
  CHECK_FALSE(http::has_header(parts.answer(chat_for("{}")).headers, "RateLimit"));
  parts.context.settings.ietf_limit_headers = true;
  const auto response = parts.answer(chat_for("{}"));
  CHECK(header_of(response, "RateLimit").find("r=8") != std::string::npos);
  CHECK(header_of(response, "RateLimit-Policy").find("q=10;w=60") != std::string::npos);
  parts.clock.advance_ms(42'000);
  CHECK(header_of(parts.answer(chat_for("{}")), "RateLimit") == "\"chat60\";r=7;t=18");  // what is left of the window, not its length
}

TEST_CASE("without limits there are no limit headers") {
  ServerParts parts({.per_minute = 1, .limits_enabled = false});
  for (int i = 0; i < 5; ++i) {
    const auto response = parts.answer(chat_for("{}"));
    CHECK(response.status == 400);
    CHECK_FALSE(http::has_header(response.headers, "X-RateLimit-Limit"));
  }
}

TEST_CASE("limits go by the client's address: only a trusted proxy may name it, and a /64 is one client") {
  ServerParts parts({.per_minute = 1});
  parts.context.settings.trusted_proxies = {*IpRange::parse("127.0.0.1")};
  const auto from = [&](std::string peer, std::string forwarded) {
    http::Request request = chat_for("{}");
    request.peer_ip = std::move(peer);
    if (!forwarded.empty()) request.headers.push_back({"X-Forwarded-For", std::move(forwarded)});
    return status_of(parts, std::move(request));
  };
  CHECK(from("127.0.0.1", "198.51.100.1") == 400);
  CHECK(from("127.0.0.1", "198.51.100.2") == 400);
  CHECK(from("127.0.0.1", "198.51.100.1") == 429);
  CHECK(from("127.0.0.1", "6.6.6.6, 198.51.100.2") == 429);  // the left part is the client's own words
  CHECK(from("203.0.113.9", "198.51.100.3") == 400);
  CHECK(from("203.0.113.9", "198.51.100.4") == 429);         // not a proxy: the header is not believed
  CHECK(from("127.0.0.1", ",") == 400);                      // unreadable: the proxy's own
  CHECK(from("127.0.0.1", "") == 429);
  CHECK(from("2001:db8::1", "") == 400);
  CHECK(from("2001:db8::ffff:2", "") == 429);
  CHECK(from("2001:db8:0:1::1", "") == 400);
}

TEST_CASE("metrics are for this machine, and for nobody who came through a proxy") {
  ServerParts parts;
  const auto from = [&](std::string peer, http::Headers headers = {}) {
    http::Request request = request_for("GET", "/metrics", std::move(headers));
    request.peer_ip = std::move(peer);
    return status_of(parts, std::move(request));
  };
  CHECK(from("127.0.0.1") == 200);
  CHECK(from("::1") == 200);
  CHECK(from("192.0.2.1") == 404);
  CHECK(from("127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}}) == 404);
  for (const char* header : {"Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"}) CHECK(from("127.0.0.1", {{header, "for=127.0.0.1"}}) == 404);
  parts.context.settings.origins.public_hosts = {{"chat.example.org", 0, std::nullopt}};
  CHECK(status_of(parts, on_host(request_for("GET", "/metrics"), "chat.example.org")) == 404);  // a proxy that tells nothing but the name
  parts.context.settings.metrics_token = Secret("a-token-of-some-length");
  CHECK(from("192.0.2.1") == 404);
  CHECK(from("192.0.2.1", {{"Authorization", "Bearer a-token-of-some-length"}}) == 200);
  for (const char* wrong : {"Bearer ", "Bearer a-token-of-some-lengthx", "Bearer a-token-of-some-lengt", "Basic a-token-of-some-length", "a-token-of-some-length"}) {
    CAPTURE(wrong);
    CHECK(from("192.0.2.1", {{"Authorization", wrong}}) == 404);
  }
}

TEST_CASE("FORCE_HTTPS sends readers over, refuses what carries data, and spares this machine and probes") {
  ServerParts parts;
  parts.context.settings.force_https = true;
  parts.context.settings.origins.public_hosts = {{"chat.example.org", 0, std::nullopt}};
  const auto location = [&](http::Request request) { return header_of(parts.answer(on_host(std::move(request), "chat.example.org")), "Location"); };
  CHECK(status_of(parts, on_host(request_for("GET", "/chat"), "chat.example.org")) == 301);
  CHECK(location(request_for("GET", "/chat?x=1&y=%20")) == "https://chat.example.org/chat?x=1&y=%20");
  CHECK(location(request_for("HEAD", "/")) == "https://chat.example.org/");
  CHECK(location(request_for("GET", "//evil.test/")) == "https://chat.example.org//evil.test/");
  http::Request absolute = request_for("GET", "/chat");
  absolute.target = "http://chat.example.org/chat?x=1";
  CHECK(location(absolute) == "https://chat.example.org/chat?x=1");
  absolute.target = "http://chat.example.org";
  CHECK(location(absolute) == "https://chat.example.org/");
  CHECK(status_of(parts, on_host(chat_for(), "chat.example.org")) == 403);
  CHECK(status_of(parts, on_host(request_for("GET", "/api/health"), "chat.example.org")) == 200);
  CHECK(status_of(parts, on_host(request_for("GET", "/api/ready"), "chat.example.org")) == 200);
  CHECK(status_of(parts, request_for("GET", "/")) == 200);
  parts.context.settings.https_port = 5443;
  CHECK(location(request_for("GET", "/")) == "https://chat.example.org:5443/");
}

TEST_CASE("behind a proxy that speaks HTTPS there is no redirect loop, and only a trusted one is believed") {
  ServerParts parts;
  parts.context.settings.force_https = true;
  parts.context.settings.origins.public_hosts = {{"chat.example.org", 0, std::nullopt}};
  http::Request request = on_host(request_for("GET", "/", {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-Proto", "https"}}), "chat.example.org");
  CHECK(status_of(parts, request) == 301);
  parts.context.settings.trusted_proxies = {*IpRange::parse("127.0.0.0/8")};
  CHECK(status_of(parts, request) == 200);
}

TEST_CASE("files: pages where pages are, 404 where a name has a dot") {
  ServerParts parts;
  CHECK(status_of(parts, request_for("GET", "/chat")) == 200);
  CHECK(status_of(parts, request_for("GET", "/c/123", {{"Accept", "text/html"}})) == 200);
  for (const char* path : {"/.env", "/.git/config", "/data.db", "/wp-login.php", "/assets/gone-1a2b3c4d.js"}) {
    CHECK(status_of(parts, request_for("GET", path, {{"Accept", "text/html"}})) == 404);
  }
  CHECK(status_of(parts, request_for("GET", "/debug")) == 404);
}

TEST_CASE("BASE_PATH: everything is under it, the way there is shown, and nothing is beside it") {
  ServerParts parts;
  parts.context.settings.base_path = "/a/b/";
  for (const char* path : {"/a/b/", "/a/b/chat", "/a/b/api/health", "/a/b/api/models"}) {
    CAPTURE(path);
    CHECK(status_of(parts, request_for("GET", path)) == 200);
  }
  CHECK(status_of(parts, request_for("GET", "/a/b/c/123", {{"Accept", "text/html"}})) == 200);
  for (const char* path : {"/chat", "/api/health", "/a/", "/a", "/a/bc", "/b/a/b/", "/a/b/api/a/b/api/health", "/A/B/"}) {
    CAPTURE(path);
    CHECK(status_of(parts, request_for("GET", path, {{"Accept", "text/html"}})) == 404);
  }
  auto request = request_for("GET", "/a/b");
  request.query = "x=1";
  const auto near = parts.server.dispatch(request);
  REQUIRE(near.instead);
  CHECK(near.instead->status == 308);
  CHECK(header_of(*near.instead, "Location") == "/a/b/?x=1");
  CHECK(status_of(parts, request_for("GET", "/")) == 302);
  CHECK(status_of(parts, request_for("POST", "/")) == 404);
  http::Response page;
  page.headers.push_back({"Content-Type", "text/html; charset=utf-8"});
  parts.server.decorate(request_for("GET", "/"), page);
  CHECK(header_of(page, "Content-Security-Policy").ends_with("report-uri /a/b/api/csp-report"));
}

TEST_CASE("requests that are not understood and handlers that throw get their answers in JSON, without details") {
  ServerParts parts;
  const auto refused = parts.server.refuse(431, "The header fields are too large.");
  CHECK(refused.status == 431);
  CHECK(json_of(refused)["error"] == "The header fields are too large.");
  CHECK(header_of(refused, "X-Content-Type-Options") == "nosniff");
  const auto thrown = parts.server.on_throw(request_for("GET", "/api/models"), "bad optional access in secret place");
  CHECK(thrown.status == 500);
  CHECK(json_of(thrown) == nlohmann::json{{"error", "Internal server error"}, {"message", "Something went wrong. Please try again."},
                                          {"code", "internal"}, {"request_id", "0123456789abcdef"}});
  CHECK(parts.log_text().find("secret place") != std::string::npos);
}

TEST_CASE("what was done is counted under the route's pattern and logged without the query") {
  ServerParts parts;
  parts.server.on_done(request_for("GET", "/api/models?key=hidden"), 200, 1.5, 10);
  parts.server.on_done(request_for("GET", "/some/made/up/name"), 404, 1, 10);
  parts.server.on_done(request_for("GET", "/api/made-up"), 404, 1, 10);
  const std::string text = parts.metrics.print({}, {}, 1);
  CHECK(text.find("whinchat_http_requests_total{route=\"/api/models\",status=\"200\"} 1\n") != std::string::npos);
  CHECK(text.find("route=\"static\",status=\"404\"} 1\n") != std::string::npos);
  CHECK(text.find("route=\"/api/*\",status=\"404\"} 1\n") != std::string::npos);
  CHECK(text.find("made-up") == std::string::npos);
  CHECK(text.find("made/up") == std::string::npos);
  CHECK(parts.log_text().find("\"path\":\"/api/models\"") != std::string::npos);
  CHECK(parts.log_text().find("hidden") == std::string::npos);
}
