// The one table of routes: what there is, who may call it, and what it costs.
#pragma once

#include <span>
#include <string_view>

#include "api/context.h"
#include "http/message.h"

namespace whinchat::api {

enum class Access {
  kAnyone,          // no login exists yet; cross-origin rules apply all the same
  kOperator,        // loopback, or the bearer of METRICS_TOKEN; others get 404
};

enum class Counted { kNo, kChat };  // kChat: one hit of the shared chat limits

struct Route {
  std::string_view method;
  std::string_view path;
  Access access;
  Counted counted;
  size_t body_bytes_max;            // 0: takes no body
  http::Response (*handle)(Context&, const http::Request&);
  std::string_view summary;         // for /api/openapi.json
};

std::span<const Route> routes();

// The route of a request, or null; allow: the methods that the path has ("GET, HEAD"), empty when the path is unknown.
const Route* find_route(std::string_view method, std::string_view path, std::string& allow);

// The handlers, one file per subject.
http::Response handle_chat(Context&, const http::Request&);
http::Response handle_chat_stream(Context&, const http::Request&);
http::Response handle_health(Context&, const http::Request&);
http::Response handle_ready(Context&, const http::Request&);
http::Response handle_models(Context&, const http::Request&);
http::Response handle_rate_limit(Context&, const http::Request&);
http::Response handle_metrics(Context&, const http::Request&);
http::Response handle_openapi(Context&, const http::Request&);

// What the limits count by: the client's address, IPv6 by /64.
std::string limit_key(const http::Request& request);

}  // namespace whinchat::api
