// Health, readiness, models and limits, with the providers that a configuration makes.
#include <doctest/doctest.h>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

json get(ServerParts& parts, const char* path) {
  const auto response = parts.answer(request_for("GET", path));
  REQUIRE(response.status == 200);
  return json_of(response);
}

ServerPartsOptions with_claude() {
  ProviderConfig claude;
  claude.id = "claude";
  claude.name = "Claude";
  claude.kind = ProviderKind::kAnthropic;
  claude.base_url = "https://api.anthropic.com";
  claude.api_key = Secret("sk-ant-canary-0123456789");
  claude.key_variable = "ANTHROPIC_API_KEY";
  ServerPartsOptions options;
  options.providers.providers = {claude};
  return options;
}

}  // namespace

TEST_CASE("health has the guide's keys and tells the truth about what is configured") {
  ServerParts demo;
  CHECK(get(demo, "/api/health") ==
        json{{"status", "healthy"}, {"version", "1.2.3"}, {"services", {{"openai", false}, {"claude", false}, {"demo", true}}}});
  ServerParts claude(with_claude());
  CHECK(get(claude, "/api/health")["services"] == json{{"openai", false}, {"claude", true}});
}

TEST_CASE("readiness ends with the drain, health does not") {
  ServerParts parts;
  CHECK(get(parts, "/api/ready")["status"] == "ready");
  parts.context.ready = false;
  const auto response = parts.answer(request_for("GET", "/api/ready"));
  CHECK(response.status == 503);
  CHECK(json_of(response)["status"] == "draining");
  CHECK(get(parts, "/api/health")["status"] == "healthy");
}

TEST_CASE("models: the guide's two lists are always there; available means configured") {
  ServerParts demo;
  const json without = get(demo, "/api/models");
  for (const char* id : {"openai", "claude"}) {
    REQUIRE(without[id].is_array());
    for (const auto& model : without[id]) {
      CHECK(model["available"] == false);
      CHECK(model["id"].is_string());
      CHECK(model["name"].is_string());
    }
  }
  CHECK(without["demo"][0]["id"] == "demo");
  CHECK(without["demo"][0]["available"] == true);
  CHECK(without["default"] == json{{"provider", "demo"}, {"model", without["default"]["model"]}});

  ServerParts claude(with_claude());
  const json with = get(claude, "/api/models");
  CHECK_FALSE(with.contains("demo"));
  REQUIRE_FALSE(with["claude"].empty());
  for (const auto& model : with["claude"]) CHECK(model["available"] == true);
  CHECK(with["default"]["provider"] == "claude");
  CHECK(with.dump().find("canary") == std::string::npos);
}

TEST_CASE("why a provider is not available is said in words that name the variable") {
  ServerParts parts;
  const json models = get(parts, "/api/models");
  for (const auto& about : models["about"]["providers"]) {
    if (about["id"] == "openai") CHECK(about["reason"].get<std::string>().find("OPENAI_API_KEY") != std::string::npos);
    CHECK(about["available"] == (about["id"] == "demo"));
  }
}

TEST_CASE("rate-limit shows what is configured, left and when, and counts nothing") {
  ServerParts parts({.per_minute = 3, .per_hour = 20, .per_day = 30});
  for (int i = 0; i < 3; ++i) {
    CHECK(get(parts, "/api/rate-limit")["remaining"] == json{{"per_minute", 3}, {"per_hour", 20}, {"per_day", 30}});
  }
  parts.answer(chat_for("{}"));
  const json after = get(parts, "/api/rate-limit");
  CHECK(after["limits"] == json{{"per_minute", 3}, {"per_hour", 20}, {"per_day", 30}});
  CHECK(after["remaining"] == json{{"per_minute", 2}, {"per_hour", 19}, {"per_day", 29}});
  CHECK(after["reset"]["per_minute"] == 1'800'000'060);
  CHECK(after["enabled"] == true);
}

TEST_CASE("rate-limit with limits switched off says so") {
  ServerParts parts({.limits_enabled = false});
  CHECK(get(parts, "/api/rate-limit")["enabled"] == false);
}

TEST_CASE("metrics print what the server and its parts count") {
  ServerParts parts({.per_minute = 1});
  parts.answer(chat_for("{}"));
  parts.answer(chat_for("{}"));
  const auto response = parts.answer(request_for("GET", "/metrics"));
  CHECK(header_of(response, "Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(response.body.find("whinchat_rate_limit_hits_total 1\n") != std::string::npos);
  CHECK(response.body.find("whinchat_connections_open 3\n") != std::string::npos);
}
