// Inside api/openapi*.cpp only: what routes take and answer, one table per subject.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "api/routes.h"

namespace whinchat::api {

struct RouteShape {
  std::string_view method;
  std::string_view path;
  int status = 200;
  std::string_view media = "application/json";
  std::string_view answer = {};    // a schema's name; empty: any object, or text for other media types
  std::string_view request = {};   // a schema's name; empty: any object
  std::string_view query = {};     // parameters, separated by spaces
};

// The shape of a conversation route, if it is one.
std::optional<RouteShape> conversation_shape(const Route& route);
void add_conversation_schemas(nlohmann::ordered_json& schemas);

// The same for turns, usage and plans.
std::optional<RouteShape> turn_shape(const Route& route);
void add_turn_schemas(nlohmann::ordered_json& schemas);

// Adds schemas that are written down in short, see openapi_conversations.cpp.
void add_schemas(nlohmann::ordered_json& schemas, std::string_view in_short);
std::optional<RouteShape> account_shape(const Route& route);
std::string_view account_schemas();  // ",\"Name\":{...},...": goes behind the other schemas as it is

}  // namespace whinchat::api
