// Reports of browsers about our Content-Security-Policy.
#include <doctest/doctest.h>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

http::Request report_for(std::string body, std::string type = "application/csp-report") {
  return request_for("POST", "/api/csp-report", {{"Content-Type", std::move(type)}}, std::move(body));
}

const char* const kOldForm = R"({"csp-report":{"document-uri":"http://localhost:5000/chat?q=canaryword#canaryword","effective-directive":"img-src",
  "blocked-uri":"https://evil.test/x.png?leak=canaryword","source-file":"http://localhost:5000/app.js","line-number":7,"script-sample":"canaryword"}})";
const char* const kNewForm = R"([{"type":"csp-violation","age":1,"url":"http://localhost:5000/","user_agent":"x","body":{"documentURL":"http://localhost:5000/",
  "effectiveDirective":"script-src-elem","blockedURL":"https://evil.test/y.js","sourceFile":"http://localhost:5000/app.js","lineNumber":9}},
  {"type":"deprecation","body":{"id":"old"}}])";

size_t lines_with(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("reports of both forms are logged without what people typed, and answered with nothing") {
  ServerParts parts;
  CHECK(parts.answer(report_for(kOldForm)).status == 204);
  CHECK(parts.answer(report_for(kNewForm, "application/reports+json")).status == 204);
  const std::string log = parts.log_text();
  for (const char* part : {"img-src", "https://evil.test/x.png", "http://localhost:5000/chat\"", "script-src-elem", "https://evil.test/y.js"}) {
    CAPTURE(part);
    CHECK(log.find(part) != std::string::npos);
  }
  CHECK(log.find("canaryword") == std::string::npos);
  CHECK(lines_with(log, "\"csp\"") == 2);
}

TEST_CASE("ten reports a minute and address are taken, however large the chat limit") {
  ServerParts parts({.limits_enabled = false});
  for (int i = 0; i < 10; ++i) CHECK(parts.answer(report_for(kOldForm)).status == 204);
  const auto refused = parts.answer(report_for(kOldForm));
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "60");
  http::Request other = report_for(kOldForm);
  other.peer_ip = "192.0.2.9";
  CHECK(parts.answer(other).status == 204);
  parts.clock.advance_ms(60'000);
  CHECK(parts.answer(report_for(kOldForm)).status == 204);
}

TEST_CASE("a report over 8 KiB is refused before it is read") {
  ServerParts parts;
  http::Request large = report_for("");
  large.headers.push_back({"Content-Length", "8193"});
  CHECK(parts.answer(large).status == 413);
  http::Request fits = report_for("");
  fits.headers.push_back({"Content-Length", "8192"});
  CHECK(parts.server.dispatch(fits).body_bytes_max == 8192);
}

TEST_CASE("a report needs no origin, but it must be one") {
  ServerParts parts;
  http::Request foreign = report_for(kOldForm);
  foreign.headers.push_back({"Origin", "null"});
  foreign.headers.push_back({"Cookie", "sid_5000=x"});
  CHECK(parts.answer(foreign).status == 204);  // browsers send them without Origin, with cookies, from sandboxed pages
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"}) CHECK(parts.answer(report_for(kOldForm, type)).status == 415);
  for (const char* body : {"", "{", "\xff", "[[[[[[[[[[[[[[[[[[[["}) CHECK(parts.answer(report_for(body)).status == 400);
  const size_t before = lines_with(parts.log_text(), "\"csp\"");
  for (const char* body : {"{}", "[]", "1", R"([1,{"type":"csp-violation"}])", R"({"csp-report":5})"}) {
    parts.clock.advance_ms(60'000);
    CHECK(parts.answer(report_for(body)).status == 204);
  }
  CHECK(lines_with(parts.log_text(), "\"csp\"") == before);
}

TEST_CASE("a body with many reports fills no log") {
  ServerParts parts;
  json many = json::array();
  for (int i = 0; i < 50; ++i) many.push_back({{"type", "csp-violation"}, {"body", {{"effectiveDirective", "img-src"}}}});
  CHECK(parts.answer(report_for(many.dump(), "application/reports+json")).status == 204);
  CHECK(lines_with(parts.log_text(), "\"csp\"") == 5);
}

TEST_CASE("pages name the address for reports: over TLS in both ways, else in the one that browsers heed there") {
  ServerParts parts;
  for (const bool secure : {false, true}) {
    http::Request request = request_for("GET", "/");
    request.secure = secure;
    http::Response page;
    page.headers.push_back({"Content-Type", "text/html; charset=utf-8"});
    parts.server.decorate(request, page);
    const std::string policy = header_of(page, "Content-Security-Policy");
    CHECK(policy.find("; report-uri /api/csp-report") != std::string::npos);
    CHECK((policy.find("; report-to csp") != std::string::npos) == secure);
    CHECK(header_of(page, "Reporting-Endpoints") == (secure ? "csp=\"/api/csp-report\"" : ""));
  }
}
