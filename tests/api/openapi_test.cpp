#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/text.h"
#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

json description() {
  ServerParts parts;
  const auto response = parts.answer(request_for("GET", "/api/openapi.json"));
  REQUIRE(response.status == 200);
  return json_of(response);
}

// "/api/turns/:id" as OpenAPI writes it.
std::string described_path(std::string_view path) {
  std::string out;
  for (const std::string_view part : split_list(path, '/')) out += part.starts_with(':') ? "/{" + std::string(part.substr(1)) + "}" : "/" + std::string(part);
  return out;
}

// Every object in the tree, with the place it stands at.
template <class F>
void walk(const json& node, const std::string& place, const F& visit) {
  visit(node, place);
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) walk(value, place + "/" + key, visit);
  } else if (node.is_array()) {
    for (const auto& value : node) walk(value, place + "[]", visit);
  }
}

}  // namespace

TEST_CASE("every route of the table is described, and nothing else is") {
  const json document = description();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["info"]["version"] == "1.2.3");
  size_t operations = 0;
  for (const auto& [path, item] : document["paths"].items()) operations += item.size();
  CHECK(operations == routes().size());
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    const json& operation = document["paths"][described_path(route.path)][lower_ascii(route.method)];
    CHECK(operation["summary"] == route.summary);
    CHECK_FALSE(operation["description"].get<std::string>().empty());
    int successes = 0;
    for (const auto& [status, response] : operation["responses"].items()) {
      if (!status.starts_with('2')) continue;
      ++successes;
      CHECK(response.contains("content") == (status != "204"));
    }
    CHECK(successes == 1);
    CHECK(operation.contains("requestBody") == (route.body_bytes_max > 0));
    CHECK(operation["responses"].contains("429") == (route.counted != Counted::kNo));
  }
}

TEST_CASE("every reference leads somewhere, every schema is used, every response has its words") {
  const json document = description();
  std::set<std::string> used;
  walk(document, "", [&](const json& node, const std::string& place) {
    if (!node.is_object() || !node.contains("$ref")) return;
    CAPTURE(place);
    const std::string target = node["$ref"];
    REQUIRE(target.starts_with("#/"));
    CHECK(document.contains(json::json_pointer(target.substr(1))));
    used.insert(target.substr(target.rfind('/') + 1));
  });
  for (const auto& [name, schema] : document["components"]["schemas"].items()) CHECK_MESSAGE(used.count(name) == 1, name);
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      for (const auto& [status, response] : operation["responses"].items()) CHECK_MESSAGE(response.contains("description"), (path + " " + status));
    }
  }
}

TEST_CASE("lists of names are lists, and types are types") {
  const json document = description();
  walk(document["components"], "", [&](const json& node, const std::string& place) {
    if (!node.is_object() || place.ends_with("/properties")) return;
    CAPTURE(place);
    if (node.contains("required")) {
      REQUIRE(node["required"].is_array());
      for (const auto& name : node["required"]) CHECK(node["properties"].contains(name.get<std::string>()));
    }
    if (node.contains("enum")) CHECK(node["enum"].is_array());
    if (node.contains("type")) CHECK((node["type"].is_string() || node["type"].is_array()));
  });
}

TEST_CASE("what the routes answer has the keys that the description requires") {
  ServerParts parts;
  const json schemas = description()["components"]["schemas"];
  for (const auto& [path, name] : {std::pair{"/api/health", "Health"}, {"/api/ready", "Ready"}, {"/api/models", "Models"}, {"/api/rate-limit", "RateLimit"},
                                   {"/api/nothing", "Error"}}) {
    CAPTURE(path);
    const json answer = json_of(parts.answer(request_for("GET", path)));
    for (const auto& key : schemas[name]["required"]) CHECK(answer.contains(key.get<std::string>()));
    if (schemas[name].value("additionalProperties", false)) continue;
    for (const auto& [key, value] : answer.items()) CHECK_MESSAGE(schemas[name]["properties"].contains(key), key);
  }
}
