// What the routes of turns, usage and plans take and answer.
#include <nlohmann/json.hpp>

#include "api/openapi_shapes.h"

namespace whinchat::api {

namespace {

constexpr RouteShape kShapes[] = {
    {"POST", "/api/conversations/:id/turns", 202, "application/json", "BegunTurn", "NewTurn", ""},
    {"GET", "/api/turns/:id", 200, "application/json", "Turn", "", ""},
    {"DELETE", "/api/turns/:id", 202, "application/json", "Turn", "", ""},
    {"GET", "/api/turns/:id/events", 200, "text/event-stream", "", "", "from"},
    {"POST", "/api/transcriptions", 200, "application/json", "Transcription", "", "language"},
    {"GET", "/api/usage", 200, "application/json", "Usages", "", "days"},
    {"GET", "/api/admin/usage", 200, "application/json", "AllUsage", "", "days"},
    {"GET", "/api/admin/metrics", 200, "application/json", "Metrics", "", "range"},
    {"GET", "/api/admin/plans", 200, "application/json", "Plans", "", ""},
    {"PUT", "/api/admin/plans/:id", 200, "application/json", "Plan", "NewPlan", ""},
    {"DELETE", "/api/admin/plans/:id", 204, "", "", "", ""},
};

constexpr const char* kSchemas = R"({
"NewTurn": {"id": "string", "maybe": {"kind": ["ask", "regenerate", "continue"], "parent_id": "string?", "message": "string?", "provider": "string?",
  "model": "string?", "max_tokens": "integer?", "temperature": "number?", "instructions": "string?", "attachments": "[string]"}},
"BegunTurn": {"turn": "Turn", "user_message_id": "string?", "message_id": "string"},
"Transcription": {"text": "string", "provider": "string", "model": "string"},
"Quota": {"limit": "integer?", "used": "integer", "remaining": "integer?", "reset_at": "time"},
"Quotas": {"messages_day": "Quota", "tokens_day": "Quota", "tokens_month": "Quota", "cost_month_micros": "Quota"},
"Plan": {"id": "string", "name": "string", "messages_day": "integer?", "tokens_day": "integer?", "tokens_month": "integer?",
  "cost_month_micros": "integer?", "is_default": "boolean"},
"NewPlan": {"name": "string", "maybe": {"messages_day": "integer?", "tokens_day": "integer?", "tokens_month": "integer?", "cost_month_micros": "integer?"}},
"Plans": {"plans": "[Plan]"},
"UsageRow": {"messages": "integer", "input_tokens": "integer", "output_tokens": "integer", "cost_micros": "integer", "unpriced": "integer",
  "maybe": {"day": "string", "provider": "string", "model": "string", "id": "string", "name": "string"}},
"Usages": {"days": "[UsageRow]", "plan": "Plan", "used": "object"},
"AllUsage": {"days": "[UsageRow]", "users": "[UsageRow]", "models": "[UsageRow]", "total": "UsageRow", "complete": "boolean"},
"MetricsNumbers": {"requests": "integer", "failed": "integer", "limited": "integer", "response_p50_ms": "number?", "response_p95_ms": "number?",
  "first_token_p50_ms": "number?", "first_token_p95_ms": "number?", "answers": "integer", "errors": "integer", "input_tokens": "integer",
  "output_tokens": "integer", "streams": "integer", "turns": "integer", "windows": "integer", "sessions": "integer", "users": "integer"},
"MetricsPoints": {"from": "time", "requests": "[integer]", "failed": "[integer]", "limited": "[integer]", "response_p50_ms": "[number?]", "response_p95_ms": "[number?]",
  "first_token_p50_ms": "[number?]", "first_token_p95_ms": "[number?]", "answers": "[integer]", "errors": "[integer]", "input_tokens": "[integer]", "output_tokens": "[integer]",
  "streams": "[integer]", "turns": "[integer]", "windows": "[integer]", "sessions": "[integer]", "users": "[integer]"},
"ModelMetrics": {"provider": "string", "model": "string", "answers": "integer", "input_tokens": "integer", "output_tokens": "integer"},
"ErrorMetrics": {"code": "string", "count": "integer"},
"Metrics": {"range": ["hour", "day", "week"], "step_s": "integer", "uptime_s": "integer", "now": "MetricsNumbers", "total": "MetricsNumbers",
  "points": "MetricsPoints", "models": "[ModelMetrics]", "errors": "[ErrorMetrics]"}
})";

}  // namespace

std::optional<RouteShape> turn_shape(const Route& route) {
  for (const RouteShape& shape : kShapes) {
    if (shape.method == route.method && shape.path == route.path) return shape;
  }
  return std::nullopt;
}

void add_turn_schemas(nlohmann::ordered_json& schemas) { add_schemas(schemas, kSchemas); }

}  // namespace whinchat::api
