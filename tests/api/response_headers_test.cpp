// The whole set of headers for each kind of answer, word by word. A difference here is a decision, not an accident.
#include "api/response_headers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;

namespace {

const std::string kCommon =
    "Cross-Origin-Resource-Policy: same-origin\n"
    "Permissions-Policy: browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)\n"
    "Referrer-Policy: no-referrer\n"
    "X-Content-Type-Options: nosniff\n"
    "X-Frame-Options: DENY\n"
    "X-Request-Id: 0123456789abcdef\n";
const std::string kData = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\n";
const std::string kScript = "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'\n";
const std::string kPageRules =
    "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; frame-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types app; report-uri /api/csp-report";
const std::string kPage = "Content-Security-Policy: " + kPageRules + "\n" +
                          "Cross-Origin-Embedder-Policy: require-corp\nCross-Origin-Opener-Policy: same-origin\n";

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Tags and lengths of files differ from build to build; all else is compared.
std::vector<std::string> headers_of(const http::Response& response) {
  std::vector<std::string> lines;
  for (const auto& header : response.headers) {
    lines.push_back(header.name + ": " + (header.name == "ETag" ? "..." : header.value));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("a page") {
  ServerParts parts;
  CHECK(headers_of(parts.answer(request_for("GET", "/"))) ==
        sorted_lines(kCommon + kPage + "Cache-Control: no-cache\nContent-Type: text/html; charset=utf-8\nETag: ...\nVary: Accept-Encoding\n"));
}

TEST_CASE("the document in which HTML of a model is shown: scripts of its own, an origin of its own, no way out") {
  ServerParts parts;
  const auto expected = sorted_lines(
      "Connection-Allowlist: (response-origin)\n"
      "Content-Security-Policy: sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
      "img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'; "
      "frame-ancestors 'self'\n"
      "Cross-Origin-Embedder-Policy: require-corp\nCross-Origin-Resource-Policy: same-origin\n"
      "Permissions-Policy: browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)\n"
      "Referrer-Policy: no-referrer\nX-Content-Type-Options: nosniff\nX-Frame-Options: SAMEORIGIN\nX-Request-Id: 0123456789abcdef\n"
      "Cache-Control: no-cache\nContent-Type: text/html; charset=utf-8\nETag: ...\nVary: Accept-Encoding\n");
  for (const char* path : {"/preview", "/preview.html"}) {
    CAPTURE(path);
    const auto response = parts.answer(request_for("GET", path));
    CHECK(headers_of(response) == expected);
    const auto kept = parts.answer(request_for("GET", path, {{"If-None-Match", header_of(response, "ETag")}}));
    CHECK(kept.status == 304);
    CHECK(headers_of(kept) == expected);
  }
  for (const char* path : {"/preview/", "/preview2", "/preview/x", "/Preview"}) {
    CAPTURE(path);
    const auto page = parts.answer(request_for("GET", path, {{"Accept", "text/html"}}));
    CHECK(header_of(page, "Content-Security-Policy") == kPageRules);
    CHECK(header_of(page, "X-Frame-Options") == "DENY");
  }
}

TEST_CASE("a script, the service worker, and another asset") {
  ServerParts parts;
  CHECK(headers_of(parts.answer(request_for("GET", "/assets/app-1a2b3c4d.js"))) ==
        sorted_lines(kCommon + kScript + "Cache-Control: public, max-age=31536000, immutable\nContent-Type: text/javascript; charset=utf-8\n"
                     "ETag: ...\nVary: Accept-Encoding\n"));
  CHECK(headers_of(parts.answer(request_for("GET", "/sw.js"))) ==
        sorted_lines(kCommon + kScript + "Cache-Control: no-cache\nContent-Type: text/javascript; charset=utf-8\nETag: ...\n"
                     "Service-Worker-Allowed: /\nVary: Accept-Encoding\n"));
  CHECK(headers_of(parts.answer(request_for("GET", "/manifest.webmanifest"))) ==
        sorted_lines(kCommon + kData + "Cache-Control: no-cache\nContent-Type: application/manifest+json\nETag: ...\nVary: Accept-Encoding\n"));
}

TEST_CASE("a 304 keeps the headers of the page it stands for") {
  ServerParts parts;
  const std::string tag = header_of(parts.answer(request_for("GET", "/")), "ETag");
  const auto response = parts.answer(request_for("GET", "/", {{"If-None-Match", tag}}));
  CHECK(response.status == 304);
  CHECK(headers_of(response) == headers_of(parts.answer(request_for("GET", "/"))));
}

TEST_CASE("an answer of the API, an error, and a stream") {
  ServerParts parts({.limits_enabled = false});
  const std::string missing = kCommon + kData + "Cache-Control: no-store\nContent-Type: application/json\n";
  const auto api = sorted_lines(missing + "X-Whinchat-Version: 1.2.3\n");
  CHECK(headers_of(parts.answer(request_for("GET", "/api/health"))) == api);
  CHECK(headers_of(parts.answer(request_for("GET", "/api/nothing"))) == api);
  CHECK(headers_of(parts.answer(request_for("GET", "/missing.js"))) == sorted_lines(missing));
  CHECK(headers_of(parts.answer(chat_for(R"({"message":"hi"})", "/api/chat/stream"))) ==
        sorted_lines(kCommon + kData + "Cache-Control: no-store\nContent-Type: text/event-stream\nX-Accel-Buffering: no\n"
                     "X-Whinchat-Version: 1.2.3\n"));
}

TEST_CASE("over HTTPS a page asks for upgrades, and a real name is remembered") {
  ServerParts parts;
  parts.context.settings.origins.public_hosts = {{"chat.example.org", 0, std::nullopt}};
  parts.context.settings.origins.any_ip_host = true;
  const auto page = [&](std::string host, bool secure) {
    http::Request request = request_for("GET", "/");
    request.host = std::move(host);
    request.secure = secure;
    return parts.answer(request);
  };
  const auto response = page("chat.example.org", true);
  CHECK(header_of(response, "Content-Security-Policy") == kPageRules + "; report-to csp; upgrade-insecure-requests");
  CHECK(header_of(response, "Strict-Transport-Security") == "max-age=31536000; includeSubDomains");
  for (const auto& [host, secure] : {std::pair{"localhost:5443", true}, {"a.localhost:5443", true}, {"127.0.0.1:5443", true},
                                     {"192.0.2.1:5443", true}, {"[2001:db8::1]:5443", true}, {"chat.example.org", false}}) {
    CAPTURE(host);
    const auto other = page(host, secure);
    CHECK(other.status == 200);
    CHECK_FALSE(http::has_header(other.headers, "Strict-Transport-Security"));
  }
  parts.context.settings.hsts_subdomains = false;
  parts.context.settings.hsts_max_age_s = 60;
  CHECK(header_of(page("chat.example.org", true), "Strict-Transport-Security") == "max-age=60");
  parts.context.settings.hsts_max_age_s = 0;
  CHECK_FALSE(http::has_header(page("chat.example.org", true).headers, "Strict-Transport-Security"));
}

TEST_CASE("no answer tells what the server is made of, and none has a header twice") {
  ServerParts parts;
  for (const char* path : {"/", "/api/health", "/api/models", "/api/nothing", "/metrics", "/sw.js", "/missing.js"}) {
    CAPTURE(path);
    const auto response = parts.answer(request_for("GET", path));
    CHECK_FALSE(http::has_header(response.headers, "Server"));
    CHECK_FALSE(http::has_header(response.headers, "X-Powered-By"));
    CHECK_FALSE(http::has_header(response.headers, "Access-Control-Allow-Origin"));
    for (const auto& header : response.headers) {
      CHECK(std::count_if(response.headers.begin(), response.headers.end(), [&](const auto& h) { return h.name == header.name; }) == 1);
    }
  }
}
