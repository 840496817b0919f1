// Every field of every body, missing or of a wrong type: refused with a reason, nothing written. Made from the API's own
// description, so that it knows each route.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

// Literals: the connection keeps prepared statements by their text's address.
constexpr const char* kCounts[] = {"SELECT count(*) FROM user", "SELECT count(*) FROM session", "SELECT count(*) FROM invite", "SELECT count(*) FROM api_token",
                                   "SELECT count(*) FROM conversation", "SELECT count(*) FROM message", "SELECT count(*) FROM turn", "SELECT count(*) FROM audit",
                                   "SELECT count(*) FROM plan", "SELECT count(*) FROM provider_key", "SELECT count(*) FROM reservation",
                                   "SELECT count(*) FROM user_settings"};

std::string rows_of(ServerParts& parts) {
  std::string out;
  for (const char* sql : kCounts) {
    auto count = parts.database->read([&](store::Connection& c) { return store::one<int64_t>(c, sql, [](const store::Row& row) { return row.integer(0); }); });
    REQUIRE(count.ok());
    out += std::string(sql) + " " + std::to_string(count->value_or(-1)) + "\n";
  }
  return out;
}

json resolved(const json& document, const json& schema) {
  if (!schema.contains("$ref")) return schema;
  return document[json::json_pointer(schema["$ref"].get<std::string>().substr(1))];
}

// Something of that type.
json example(const json& document, const json& given) {
  const json schema = resolved(document, given);
  if (schema.contains("enum")) return schema["enum"][0];
  const std::string type = !schema.contains("type") ? "string" : schema["type"].is_array() ? schema["type"][0].get<std::string>() : schema["type"].get<std::string>();
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return json::array({schema.contains("items") ? example(document, schema["items"]) : json("x")});
  if (type == "object") return json::object();
  return "01900000-0000-7000-8000-00000000000x";
}

bool takes(const json& schema, const char* type) {
  if (!schema.contains("type")) return true;
  const json& types = schema["type"];
  return types.is_array() ? std::find(types.begin(), types.end(), type) != types.end() : types == type;
}

}  // namespace

TEST_CASE("every body with a field missing or of a wrong type is refused with a reason, and nothing is written") {
  ServerParts parts({.limits_enabled = false, .mode = auth::AuthMode::kAccounts});
  const std::string boss = parts.add_user("boss", UserRole::kAdmin);
  const json document = json_of(parts.answer(request_for("GET", "/api/openapi.json")));
  int tried = 0;
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (!operation.contains("requestBody") || !operation["requestBody"]["content"].contains("application/json")) continue;
      std::string target = path;
      if (const size_t at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "01900000-0000-7000-8000-000000000000");
      std::string verb = method;
      for (char& c : verb) c = static_cast<char>(c - 'a' + 'A');
      http::Headers headers = parts.browser_of(boss);
      headers.push_back({"Content-Type", "application/json"});
      const std::string before = rows_of(parts);
      const auto refused = [&](const std::string& body) {
        const std::string what = verb + " " + target + " " + body.substr(0, 200);
        CAPTURE(what);
        const auto response = parts.answer_on_fiber(request_for(verb, target, headers, body));
        CHECK(response.status >= 400);
        CHECK(response.status < 500);
        CHECK_FALSE(json_of(response)["error"].get<std::string>().empty());
        CHECK(response.body.find("sqlite") == std::string::npos);
        ++tried;
      };
      for (const char* body : {"", "null", "[]", "\"x\"", "1", "{", "{}x", "{\"a\":\"\\ud800\"}", "{\"a\":1,\"a\":2}", "{\"a\":1e999}", "\xEF\xBB\xBF{}"}) {
        if (*body == '\0' && !operation["requestBody"].value("required", true)) continue;
        if (*body == '\0' && path == "/api/logout") continue;
        if ((*body == '\0' || std::string(body) == "[]") && path == "/api/import") continue;  // any JSON is looked at; tested there
        if (path == "/api/logout" || path == "/api/account/totp" || path.ends_with("/restore") || (*body == '\0' && path == "/api/admin/invites")) continue;  // nothing is asked for
        if (*body == '\0' && path == "/api/conversations") continue;
        refused(body);
      }
      const json schema = resolved(document, operation["requestBody"]["content"]["application/json"]["schema"]);
      if (!schema.contains("properties")) continue;
      json whole = json::object();
      for (const auto& [name, property] : schema["properties"].items()) whole[name] = example(document, property);
      for (const auto& required : schema.value("required", json::array())) {
        json body = whole;
        body.erase(required.get<std::string>());
        refused(body.dump());
      }
      for (const auto& [name, given] : schema["properties"].items()) {
        const json property = resolved(document, given);
        for (const auto& [type, value] : {std::pair<const char*, json>{"string", "x"}, {"integer", 5}, {"boolean", true}, {"array", json::array({1})}, {"object", {{"a", 1}}}}) {
          if (takes(property, type) || (std::string(type) == "integer" && takes(property, "number"))) continue;
          json body = whole;
          body[name] = value;
          refused(body.dump());
        }
      }
      CHECK(rows_of(parts) == before);
    }
  }
  CHECK(tried > 150);
}
