#include "api/routes.h"

#include <array>

#include "base/limits.h"

namespace whinchat::api {

namespace {

using A = Access;
using C = Counted;

constexpr std::array kRoutes = {
    //    method  path                 who may call    counts     body                    handler             summary
    Route{"POST", "/api/chat",         A::kAnyone,     C::kChat,  limits::kChatBodyBytes, handle_chat,        "Ask and get the whole answer"},
    Route{"POST", "/api/chat/stream",  A::kAnyone,     C::kChat,  limits::kChatBodyBytes, handle_chat_stream, "Ask and get the answer as server-sent events"},
    Route{"GET",  "/api/health",       A::kAnyone,     C::kNo,    0,                      handle_health,      "Is the server alive, and which providers are configured"},
    Route{"GET",  "/api/ready",        A::kAnyone,     C::kNo,    0,                      handle_ready,       "Should new requests be sent here (503 while shutting down)"},
    Route{"GET",  "/api/models",       A::kAnyone,     C::kNo,    0,                      handle_models,      "Models by provider"},
    Route{"GET",  "/api/rate-limit",   A::kAnyone,     C::kNo,    0,                      handle_rate_limit,  "The chat limits, and what is left of them for the caller"},
    Route{"GET",  "/api/openapi.json", A::kAnyone,     C::kNo,    0,                      handle_openapi,     "This description"},
    Route{"GET",  "/metrics",          A::kOperator,   C::kNo,    0,                      handle_metrics,     "Counters for Prometheus"},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

const Route* find_route(std::string_view method, std::string_view path, std::string& allow) {
  allow.clear();
  const Route* found = nullptr;
  for (const Route& route : kRoutes) {
    if (route.path != path) continue;
    if (!allow.empty()) allow += ", ";
    allow += route.method;
    if (route.method == "GET") allow += ", HEAD";
    if (route.method == method || (route.method == "GET" && method == "HEAD")) found = &route;
  }
  return found;
}

}  // namespace whinchat::api
