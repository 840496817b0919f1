// What a person keeps for every device, over its routes.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "conversation_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

json prompt(const std::string& id, const std::string& name = "Name", const std::string& text = "Text") { return {{"id", id}, {"name", name}, {"text", text}}; }
std::string body_of(const json& settings, const json& revision = 0) { return json{{"settings", settings}, {"revision", revision}}.dump(); }

std::string repeated(const std::string& one, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += one;
  return out;
}

}  // namespace

TEST_CASE("settings come back as they were sent, without what nobody knows, and for their owner alone") {
  ConversationParts parts;
  CHECK(json_of(parts.ask("GET", "/api/settings")) == json{{"settings", json::object()}, {"revision", 0}});
  json sent{{"instructions", "Be brief.\n\"\\ \xF0\x9F\x90\xA6"}, {"prompts", {prompt("a", "First"), prompt("01900000-0000-7000-8000-000000000000", "\xE9\xB3\xA5")}}};
  json more = sent;
  more["theme"] = "dark";
  more["prompts"][0]["colour"] = "red";
  const auto put = parts.ask("PUT", "/api/settings", body_of(more));
  CHECK(put.status == 200);
  CHECK(json_of(put) == json{{"revision", 1}});
  CHECK(json_of(parts.ask("GET", "/api/settings")) == json{{"settings", sent}, {"revision", 1}});
  CHECK(json_of(parts.ask("GET", "/api/settings", "", "bert")) == json{{"settings", json::object()}, {"revision", 0}});
  CHECK(json_of(parts.ask("PUT", "/api/settings", body_of({{"instructions", "Bert's"}}), "bert"))["revision"] == 1);
  CHECK(json_of(parts.ask("GET", "/api/settings"))["settings"] == sent);
}

TEST_CASE("of two devices that saw the same settings the second is refused with what the first made of them") {
  ConversationParts parts;
  REQUIRE(parts.ask("PUT", "/api/settings", body_of({{"instructions", "first"}})).status == 200);
  for (const int seen : {0, 2, 77}) {
    const auto late = parts.ask("PUT", "/api/settings", body_of({{"instructions", "second"}}, seen));
    CHECK(late.status == 409);
    const json told = json_of(late);
    CHECK(told["code"] == "conflict");
    CHECK(told["revision"] == 1);
    CHECK(told["settings"]["instructions"] == "first");
  }
  CHECK(parts.ask("PUT", "/api/settings", body_of({{"instructions", "second"}}, 1)).status == 200);
  const json now = json_of(parts.ask("GET", "/api/settings"));
  CHECK(now == json{{"settings", {{"instructions", "second"}, {"prompts", json::array()}}}, {"revision", 2}});
  const auto again = parts.ask("PUT", "/api/settings", body_of({{"instructions", "second"}}, 1));  // the answer before may have been lost
  CHECK(again.status == 200);
  CHECK(json_of(again)["revision"] == 2);
}

TEST_CASE("settings as large as they may be are kept, and larger ones refused with a reason") {
  ConversationParts parts;
  const std::string bird = "\xF0\x9F\x90\xA6";
  json most{{"instructions", repeated(bird, 4000)}, {"prompts", json::array()}};
  for (size_t i = 0; i < limits::kPromptsPerUser; ++i) most["prompts"].push_back(prompt("id-" + std::to_string(i), repeated(bird, 60), repeated(bird, 4000)));
  REQUIRE(parts.ask("PUT", "/api/settings", body_of(most)).status == 200);
  CHECK(json_of(parts.ask("GET", "/api/settings"))["settings"] == most);

  const auto refused = [&](const json& settings, const json& revision = 1) {
    const auto response = parts.ask("PUT", "/api/settings", body_of(settings, revision));
    CAPTURE(response.body);
    CHECK(response.status == 400);
    CHECK(json_of(response)["code"] == "invalid_request");
  };
  refused({{"instructions", repeated(bird, 4001)}});
  refused({{"instructions", 5}});
  refused({{"prompts", json::object()}});
  refused({{"prompts", {5}}});
  refused({{"prompts", {json::object()}}});
  refused({{"prompts", {prompt("a"), prompt("a")}}});
  for (const std::string& id : {std::string(), std::string("a b"), std::string("\""), std::string(65, 'x')}) refused({{"prompts", {prompt(id)}}});
  for (const std::string& name : {std::string(), std::string("  "), repeated(bird, 61)}) refused({{"prompts", {prompt("a", name)}}});
  for (const std::string& text : {std::string(), repeated(bird, 4001)}) refused({{"prompts", {prompt("a", "Name", text)}}});
  json many = most;
  many["prompts"].push_back(prompt("one-more"));
  refused(many);
  for (const json& revision : {json(-1), json(1.5), json("1"), json(nullptr), json(1e300), json(UINT64_MAX)}) refused(json::object(), revision);
  CHECK(parts.ask("PUT", "/api/settings", "{}", "anna", {{"Content-Length", std::to_string(limits::kSettingsBodyBytes + 1)}}).status == 413);
  CHECK(json_of(parts.ask("GET", "/api/settings")) == json{{"settings", most}, {"revision", 1}});
}
