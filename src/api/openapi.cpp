// GET /api/openapi.json: made from the route table, so that it cannot forget a route. Source: OpenAPI 3.1.0.
#include <nlohmann/json.hpp>

#include "api/error_response.h"
#include "api/openapi_shapes.h"
#include "api/routes.h"
#include "base/limits.h"
#include "base/text.h"

namespace whinchat::api {

namespace {

using nlohmann::ordered_json;

ordered_json reference(const char* schema) { return {{"$ref", std::string("#/components/schemas/") + schema}}; }

ordered_json content(const char* type, ordered_json schema) { return {{type, {{"schema", std::move(schema)}}}}; }

ordered_json text(const char* description) { return {{"type", "string"}, {"description", description}}; }

ordered_json limits_by_window() {
  return {{"type", "object"}, {"properties", {{"per_minute", {{"type", "integer"}}}, {"per_hour", {{"type", "integer"}}}, {"per_day", {{"type", "integer"}}}}}};
}

ordered_json chat_request() {
  return {{"type", "object"},
          {"required", {"message"}},
          {"properties",
           {{"message", {{"type", "string"}, {"minLength", 1}, {"maxLength", limits::kMessageCodePoints}}},
            {"provider", text("openai, claude, or another one that /api/models lists; absent: the server's default")},
            {"model", {{"type", {"string", "null"}}}},
            {"history", {{"type", "array"}, {"maxItems", limits::kHistoryItems}, {"items", reference("HistoryItem")}}},
            {"max_tokens", {{"type", {"integer", "null"}}, {"minimum", 1}, {"maximum", limits::kOutputTokensMax}}},
            {"temperature", {{"type", {"number", "null"}}, {"minimum", 0}, {"maximum", 2}}}}}};
}

ordered_json schemas() {
  ordered_json out;
  out["ChatRequest"] = chat_request();
  out["HistoryItem"] = {{"type", "object"}, {"required", {"role", "content"}},
                        {"properties", {{"role", {{"type", "string"}, {"enum", {"user", "assistant", "system"}}}}, {"content", {{"type", "string"}}}}}};
  out["Usage"] = {{"type", {"object", "null"}}, {"description", "Token counts as the provider tells them; estimated: true when it did not."},
                  {"additionalProperties", true}};
  out["ChatAnswer"] = {{"type", "object"}, {"required", {"message", "model"}},
                       {"properties", {{"message", {{"type", "string"}}}, {"model", {{"type", "string"}}}, {"usage", reference("Usage")},
                                       {"finish_reason", {{"type", "string"}}}, {"reasoning", {{"type", "string"}}}}}};
  out["Error"] = {{"type", "object"}, {"required", {"error"}},
                  {"properties", {{"error", {{"type", "string"}}}, {"message", {{"type", "string"}}}, {"code", text("stable, for programs")},
                                  {"retry_after", {{"type", "integer"}}}, {"request_id", {{"type", "string"}}}}}};
  out["Health"] = {{"type", "object"}, {"required", {"status", "version", "services"}},
                   {"properties", {{"status", {{"const", "healthy"}}}, {"version", {{"type", "string"}}},
                                   {"services", {{"type", "object"}, {"additionalProperties", {{"type", "boolean"}}}}}}}};
  out["Ready"] = {{"type", "object"}, {"required", {"status"}}, {"properties", {{"status", {{"enum", {"ready", "draining"}}}}}}};
  out["RateLimit"] = {{"type", "object"}, {"required", {"limits", "remaining", "reset"}},
                      {"properties", {{"limits", limits_by_window()}, {"remaining", limits_by_window()}, {"reset", limits_by_window()},
                                      {"enabled", {{"type", "boolean"}}}, {"plan", {{"type", {"object", "null"}}}}, {"quota", reference("Quotas")}}}};
  out["Model"] = {{"type", "object"}, {"required", {"id", "name", "available"}},
                  {"properties", {{"id", {{"type", "string"}}}, {"name", {{"type", "string"}}}, {"available", {{"type", "boolean"}}}}},
                  {"additionalProperties", true}};
  const ordered_json models{{"type", "array"}, {"items", reference("Model")}};
  out["Models"] = {{"type", "object"}, {"required", {"openai", "claude"}}, {"properties", {{"openai", models}, {"claude", models}}},
                   {"description", "A list of models per provider; default and about describe the lists."}, {"additionalProperties", true}};
  add_conversation_schemas(out);
  add_turn_schemas(out);
  return out;
}

// What a route answers with 200: media type and schema.
ordered_json success_of(const Route& route) {
  if (route.path == "/api/chat") return content("application/json", reference("ChatAnswer"));
  if (route.path == "/api/chat/stream") {
    return content("text/event-stream", text("data: lines with JSON of type chunk, reasoning, done or error; exactly one done or error ends the stream"));
  }
  if (route.path == "/api/health") return content("application/json", reference("Health"));
  if (route.path == "/api/ready") return content("application/json", reference("Ready"));
  if (route.path == "/api/models") return content("application/json", reference("Models"));
  if (route.path == "/api/rate-limit") return content("application/json", reference("RateLimit"));
  if (route.path == "/metrics") return content("text/plain", {{"type", "string"}});
  return content("application/json", {{"type", "object"}});
}

// The shape that a subject's table gives; the few routes without one are in this file.
RouteShape shape_of(const Route& route) {
  if (auto shape = conversation_shape(route)) return *shape;
  if (auto shape = turn_shape(route)) return *shape;
  if (auto shape = account_shape(route)) return *shape;
  return {route.method, route.path};
}

ordered_json success_of(const Route& route, const RouteShape& shape) {
  if (shape.status == 204) return {{"description", "Done"}};
  if (shape.answer.empty() && shape.media != "application/json") {
    return {{"description", "Done"}, {"content", content(std::string(shape.media).c_str(), {{"type", "string"}})}};
  }
  if (shape.answer.empty()) return {{"description", "Done"}, {"content", success_of(route)}};
  return {{"description", "Done"}, {"content", content(std::string(shape.media).c_str(), reference(std::string(shape.answer).c_str()))}};
}

ordered_json request_of(const Route& route, const RouteShape& shape) {
  if (!shape.request.empty()) return reference(std::string(shape.request).c_str());
  return route.counted == Counted::kChat ? reference("ChatRequest") : ordered_json{{"type", "object"}};
}

// Parts of the path, which OpenAPI writes as {id}, and of the query.
ordered_json parameters_of(const RouteShape& shape) {
  ordered_json out = ordered_json::array();
  for (const std::string_view part : split_list(shape.path, '/')) {
    if (part.starts_with(':')) out.push_back({{"name", std::string(part.substr(1))}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const std::string_view name : split_list(shape.query, ' ')) {
    out.push_back({{"name", std::string(name)}, {"in", "query"}, {"required", false}, {"schema", {{"type", "string"}}}});
  }
  return out;
}

std::string path_of(std::string_view path) {
  std::string out;
  for (const std::string_view part : split_list(path, '/')) out += part.starts_with(':') ? "/{" + std::string(part.substr(1)) + "}" : "/" + std::string(part);
  return out;
}

const char* who_may(Access access) {
  switch (access) {
    case Access::kAnyone: return "May be called by anyone who reaches the server from its own origin.";
    case Access::kUser: return "For whoever is signed in; in open mode for everybody on this machine.";
    case Access::kAdmin: return "For administrators.";
    case Access::kOperator: return "From this machine only, or with the METRICS_TOKEN as bearer token; others get 404.";
  }
  return "";
}

ordered_json operation(const Route& route) {
  const RouteShape shape = shape_of(route);
  ordered_json out{{"summary", route.summary}, {"description", who_may(route.access)}};
  if (ordered_json parameters = parameters_of(shape); !parameters.empty()) out["parameters"] = std::move(parameters);
  const auto error = [](const char* description) {
    return ordered_json{{"description", description}, {"content", content("application/json", reference("Error"))}};
  };
  if (route.body == BodyKind::kReport) {
    const ordered_json any{{"type", {"object", "array"}}};
    out["requestBody"] = {{"required", true}, {"content", {{"application/csp-report", {{"schema", any}}}, {"application/reports+json", {{"schema", any}}}}}};
    out["responses"]["204"] = {{"description", "Noted in the log"}};
    out["responses"]["400"] = error("Not JSON");
    out["responses"]["413"] = error("Too large");
    out["responses"]["415"] = error("Not a report");
    out["responses"]["429"] = error("Too many reports; Retry-After tells when to come back");
    return out;
  }
  out["responses"][std::to_string(shape.status)] = success_of(route, shape);
  if (route.body_bytes_max > 0) {
    out["requestBody"] = {{"required", true}, {"content", content("application/json", request_of(route, shape))}};
    out["responses"]["400"] = error("The request is wrong; error says why");
    out["responses"]["403"] = error("From another origin");
    if (route.body == BodyKind::kFile) {
      ordered_json any;
      any["application/octet-stream"]["schema"]["type"] = "string";
      out["requestBody"]["content"] = std::move(any);
    }
    if (route.body == BodyKind::kArchive) out["requestBody"]["content"]["application/zip"]["schema"]["type"] = "string";
    out["responses"]["413"] = error("Too large");
    out["responses"]["415"] = error(route.body == BodyKind::kFile ? "Not application/octet-stream, or a file that is not taken" : "Not application/json in UTF-8");
  }
  if (!shape.query.empty()) out["responses"]["400"] = error("A parameter is wrong; error says which");
  if (route.counted == Counted::kChat) {
    out["responses"]["429"] = error("Over a limit; Retry-After tells when to come back");
    out["responses"]["502"] = error("The provider failed");
    out["responses"]["503"] = error("The provider is not configured, or the server is busy");
    out["responses"]["504"] = error("The provider did not answer in time");
  }
  if (route.access == Access::kUser || route.access == Access::kAdmin) out["responses"]["401"] = error("Not signed in");
  if (route.path.find(':') != std::string_view::npos) out["responses"]["404"] = error("Not there, or somebody else's");
  if (route.path == "/api/ready") out["responses"]["503"] = {{"description", "Shutting down"}, {"content", content("application/json", reference("Ready"))}};
  if (route.access == Access::kOperator) out["responses"]["404"] = error("Not for this caller");
  return out;
}

}  // namespace

http::Response handle_openapi(Context& context, const Call&) {
  ordered_json out{{"openapi", "3.1.0"}, {"info", {{"title", "Whinchat"}, {"version", context.settings.version}, {"license", {{"name", "MIT"}}}}},
                   {"servers", ordered_json::array({{{"url", context.settings.base_path}}})}};
  for (const Route& route : routes()) out["paths"][path_of(route.path)][lower_ascii(route.method)] = operation(route);
  out["components"]["schemas"] = schemas();
  std::string text = out.dump();
  text.insert(text.size() - 3, account_schemas());  // the schemas come last: "}}}"
  return json_response(text + "\n");
}

}  // namespace whinchat::api
