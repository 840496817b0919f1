#include "api/pipeline.h"

#include <algorithm>

#include "api/body_rules.h"
#include "api/error_response.h"
#include "api/json_write.h"
#include "api/limit_answers.h"
#include "api/response_headers.h"
#include "api/routes.h"
#include "base/forwarded_for.h"
#include "base/limits.h"
#include "base/text.h"
#include "io/fiber.h"

namespace whinchat::api {

namespace {

using http::Dispatch;
using http::Request;
using http::Response;

Dispatch answer(Response response) {
  Dispatch dispatch;
  dispatch.instead = std::move(response);
  return dispatch;
}

bool is_api(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

void find_client(const Context& context, Request& request) {
  ForwardedHeaders headers;
  for (const http::Header& header : request.headers) {
    if (equals_ignoring_case(header.name, "X-Forwarded-For")) headers.x_forwarded_for.push_back(header.value);
    if (equals_ignoring_case(header.name, "X-Forwarded-Proto")) headers.x_forwarded_proto.push_back(header.value);
    if (equals_ignoring_case(header.name, "Forwarded")) headers.forwarded.push_back(header.value);
  }
  const ClientAddress client = client_address(request.peer_ip, headers, context.settings.trusted_proxies);
  request.client_ip = client.ip;
  request.secure = request.secure || client.secure;
}

// The target without scheme and host, which an absolute one repeats ("http://chat.example.org/x?y").
std::string_view relative_target(std::string_view target) {
  if (target.starts_with('/')) return target;
  const size_t host = std::min(target.find("//"), target.size());
  const size_t path = target.find('/', std::min(host + 2, target.size()));
  return path == std::string_view::npos ? "/" : target.substr(path);
}

// FORCE_HTTPS: pages and GETs are sent over, anything else is refused, because its body already went in the clear.
std::optional<Response> insist_on_https(const Context& context, const Request& request) {
  if (!context.settings.force_https || request.secure) return std::nullopt;
  if (request.path == "/api/health" || request.path == "/api/ready") return std::nullopt;  // probes stay on the machine
  const auto host = parse_host_port(request.host);
  if (!host.ok() || auth::is_local_host(*host)) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    return error_response(403, ErrorCode::kForbidden, "This server is used over https:// only.");
  }
  const int port = context.settings.https_port;
  const std::string name = host->ip && !host->ip->is_v4() ? "[" + host->host + "]" : host->host;
  Response response;
  response.status = 301;
  response.headers.push_back({"Location", "https://" + name + (port == 443 ? "" : ":" + std::to_string(port)) +
                                              std::string(relative_target(request.target))});
  return response;
}

bool is_operator(const Context& context, const Request& request) {
  const Secret& token = context.settings.metrics_token;
  if (!token.empty()) {
    const std::string_view authorization = request.header("Authorization");
    return authorization.starts_with("Bearer ") && token.equals(authorization.substr(7));
  }
  return auth::is_from_this_machine(request);
}

// Why this caller may not use the route, if so.
std::optional<Response> check_access(const Context& context, const Route& route, const Request& request, const auth::Identity& who) {
  if (route.access == Access::kOperator) {
    if (is_operator(context, request)) return std::nullopt;
    return error_response(404, ErrorCode::kNotFound, "Not found");
  }
  if (who.credential == auth::Credential::kToken && (route.scope & who.scopes) == 0) {
    return error_response(403, ErrorCode::kNotAllowed, "This API token does not allow that.");
  }
  if (route.access == Access::kAnyone) return std::nullopt;
  if (!who.signed_in()) return error_response(401, ErrorCode::kUnauthorized, "You are not signed in. Please sign in.");
  if (route.access == Access::kAdmin && !who.is_admin()) return error_response(403, ErrorCode::kNotAllowed, "Only administrators may do that.");
  return std::nullopt;
}

// An import's or upload's place is taken before its body is read: bodies of that size are what is counted.
Dispatch run_large(Context& context, const Route& route, const auth::Identity& who) {
  const bool import = route.body == BodyKind::kArchive;
  auto ticket = import ? context.imports.enter(who.user_id, limits::kImportsPerUser) : context.uploads.enter(who.user_id, limits::kUploadsPerUser);
  if (!ticket.ok()) {
    const char* words = import ? "Another import is running. Please wait for it." : "Other files are on their way. Please wait for them.";
    Response response = error_response(Error{ErrorCode::kTooManyStreams, words, "", import ? 10 : 2});
    response.close = true;
    return answer(std::move(response));
  }
  Dispatch dispatch;
  dispatch.body_bytes_max = route.body_bytes_max;
  dispatch.body_deadline_max = import ? limits::kArchiveBodyDeadline : limits::kUploadDeadline;
  dispatch.handle = [&context, &route, who, ticket = std::make_shared<quota::StreamGate::Ticket>(std::move(ticket).value())](const Request& r) {
    // Given back before the answer leaves: whoever has read it may send the next file at once.
    const quota::StreamGate::Ticket place = std::move(*ticket);
    return route.handle(context, Call{r, who});
  };
  return dispatch;
}

struct Caller {
  auth::Identity who;
  auth::RunningWork::Ticket ticket;  // as long as the request is being answered, the end of its session ends it
};

// Who calls, entered among what the session has running. An error: not somebody who may go on.
Result<Caller> find_caller(Context& context, const Route& route, const Request& request) {
  constexpr int kTries = 3;  // each further one only when some session was ended in between
  if (route.access == Access::kOperator) return Caller{};
  for (int i = 0; i < kTries; ++i) {
    auto who = context.accounts.identify(request);
    const bool bad_form = !who.ok() && who.error().code == ErrorCode::kInvalidRequest;
    if (!who.ok() && route.access == Access::kAnyone && !bad_form) return Caller{};
    if (!who.ok()) return std::move(who).error();
    if (!io::this_fiber::active()) return Caller{std::move(who).value(), {}};
    if (auto ticket = context.accounts.running().enter(*who, io::this_fiber::self())) return Caller{std::move(who).value(), std::move(*ticket)};
  }
  return Error{ErrorCode::kUnavailable, "The server is busy. Please try again.", "sessions end faster than requests begin", 1};
}

Dispatch run_route(Context& context, const Route& route, const Request& request, const auth::Identity& who) {
  Dispatch dispatch;
  dispatch.body_bytes_max = route.body_bytes_max;
  const bool large = route.body == BodyKind::kArchive || route.body == BodyKind::kFile;
  if (large && route.counted == Counted::kNo) return run_large(context, route, who);
  if (route.counted == Counted::kNo) {
    dispatch.handle = [&context, &route, who](const Request& r) { return route.handle(context, Call{r, who}); };
    return dispatch;
  }
  if (route.counted == Counted::kReport) {
    const quota::LimitStatus status = context.reports.check_and_count(limit_key(request), context.clock.now());
    if (!status.allowed) return answer(limited_response(context.settings, status));
    dispatch.handle = [&context, &route, who](const Request& r) { return route.handle(context, Call{r, who}); };
    return dispatch;
  }
  const quota::LimitStatus status = context.limiter.check_and_count(limit_key(request, who), context.clock.now());
  if (!status.allowed) {
    context.metrics.limit_hit();
    context.log.warning("limits", "Rate limit exceeded", {{"client", request.client_ip}, {"request_id", request.request_id}});
    return answer(limited_response(context.settings, status));
  }
  if (large) dispatch = run_large(context, route, who);
  else dispatch.handle = [&context, &route, who](const Request& r) { return route.handle(context, Call{r, who}); };
  if (!dispatch.handle) return dispatch;
  dispatch.handle = [&context, status, handle = std::move(dispatch.handle)](const Request& r) {
    Response response = handle(r);
    if (context.limiter.enabled()) add_limit_headers(context.settings, status, response.headers);
    return response;
  };
  return dispatch;
}

Response wrong_method(const std::string& allow) {
  Response response = error_response(405, ErrorCode::kMethodNotAllowed, "This address knows " + allow + " only.");
  response.headers.push_back({"Allow", allow});
  return response;
}

// What another app shares with the installed one is its service worker's affair (assets/src/js/sw.ts). When that is not there, the
// app says so at the address that it would have been sent to; what was shared is not read. W3C Web Share Target (2024).
Response share_without_worker(const Context& context) {
  Response response;
  response.status = 303;
  response.headers.push_back({"Location", context.settings.base_path + "chat#shared"});
  return response;
}

Dispatch dispatch_file(Context& context, const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") {
    Dispatch dispatch;
    dispatch.handle = [&context](const Request& r) { return context.files.serve(r); };
    return dispatch;
  }
  if (request.method == "POST" && request.path == "/share") return answer(share_without_worker(context));
  if (context.files.exists(request.path)) return answer(wrong_method("GET, HEAD"));
  return answer(error_response(404, ErrorCode::kNotFound, "Nothing is found at this address."));
}

// BASE_PATH is taken off, so that nothing behind knows of it. False: the address lies outside of it.
bool take_base_off(std::string_view base, Request& request) {
  if (base == "/") return true;
  if (!request.path.starts_with(base)) return false;
  request.path.erase(0, base.size() - 1);
  return true;
}

// Whoever asks for the server itself, or forgot the last slash, is sent to the app; a stranger's address is nobody's.
Response outside_of_base(std::string_view base, const Request& request) {
  const bool near = request.path == "/" || request.path == base.substr(0, base.size() - 1);
  if (!near || (request.method != "GET" && request.method != "HEAD")) {
    return error_response(404, ErrorCode::kNotFound, "Nothing is found at this address.");
  }
  Response response;
  response.status = request.path == "/" ? 302 : 308;
  response.headers.push_back({"Location", std::string(base) + (request.query.empty() ? "" : "?" + request.query)});
  return response;
}

Dispatch dispatch(Context& context, Request& request) {
  find_client(context, request);
  const std::string& base = context.settings.base_path;
  const bool inside = take_base_off(base, request);
  const auth::OriginRules& origins = context.settings.origins;
  if (!origins.host_allowed(request.host)) {
    return answer(error_response(421, ErrorCode::kMisdirected,
                                 "This server does not answer for that host. If it should, add the host to PUBLIC_ORIGIN."));
  }
  if (auto response = insist_on_https(context, request)) return answer(std::move(*response));
  if (!inside) return answer(outside_of_base(base, request));
  if (auto response = origins.preflight(request)) return answer(std::move(*response));
  std::string allow;
  const Route* route = find_route(request.method, request.path, allow, &request.params);
  if (!route && !allow.empty()) {
    if (request.method != "OPTIONS") return answer(wrong_method(allow));
    Response options;
    options.status = 204;
    options.headers.push_back({"Allow", allow});
    return answer(std::move(options));
  }
  if (!route && is_api(request.path)) return answer(error_response(404, ErrorCode::kNotFound, "Not found"));
  if (!route) return dispatch_file(context, request);
  const bool report = route->body == BodyKind::kReport;  // of a browser, which names no origin; it changes nothing
  if (auto error = report ? std::nullopt : origins.check_cross_origin(request)) {
    context.log.warning("access", "Cross-origin request refused", {{"detail", error->detail}, {"client", request.client_ip}});
    return answer(error_response(*error));
  }
  auto caller = find_caller(context, *route, request);
  if (!caller.ok()) return answer(error_response(caller.error()));
  if (auto response = check_access(context, *route, request, caller->who)) return answer(std::move(*response));
  const bool by_itself = caller->who.credential == auth::Credential::kSession || caller->who.credential == auth::Credential::kLocal;
  if (by_itself && route->access != Access::kAnyone && !report) {
    if (auto error = origins.check_cross_read(request)) return answer(error_response(*error));
  }
  if (auto response = check_body_headers(*route, request)) return answer(std::move(*response));
  Dispatch dispatch = run_route(context, *route, request, caller->who);
  if (dispatch.handle && caller->ticket) {
    // The closure lives until the answer has been sent, a stream's end included.
    dispatch.handle = [handle = std::move(dispatch.handle), ticket = caller->ticket](const Request& r) { return handle(r); };
  }
  return dispatch;
}

ErrorCode code_for(int status) {
  switch (status) {
    case 413: return ErrorCode::kTooLarge;
    case 421: return ErrorCode::kMisdirected;
    case 408: return ErrorCode::kTimeout;
    default: return ErrorCode::kInvalidRequest;
  }
}

// What is answered when a model or something new has come, or when a person's file has been sent.
bool waits(std::string_view route) {
  constexpr std::string_view kWaiting[] = {"/api/chat", "/api/chat/stream", "/api/turns/:id/events", "/api/changes", "/api/admin/metrics", "/api/export", "/api/import", "/api/attachments", "/api/attachments/:id", "static"};
  return std::find(std::begin(kWaiting), std::end(kWaiting), route) != std::end(kWaiting);
}

// Bounded names for metrics: routes by their pattern, everything else as one.
std::string_view route_name(const Request& request) {
  std::string allow;
  const Route* route = find_route(request.method, request.path, allow);
  return route ? route->path : is_api(request.path) ? "/api/*" : "static";
}

}  // namespace

std::string limit_key(const Request& request) {
  const auto address = IpAddress::parse(request.client_ip);
  return address ? address->limiter_key() : request.client_ip;
}

std::string limit_key(const Request& request, const auth::Identity& who) {
  return who.session_id.empty() ? limit_key(request) : "user " + who.user_id;
}

http::ServerOptions make_server_options(Context& context) {
  http::ServerOptions options;
  options.dispatch = [&context](Request& request) { return dispatch(context, request); };
  options.decorate = [&context](const Request& request, Response& response) {
    add_standard_headers(context.settings, request, response);
    if (is_api(request.path)) context.settings.origins.add_cors_headers(request, response.headers);
  };
  options.refuse = [&context](int status, const std::string& reason) {
    Response response = error_response(status, code_for(status), reason);
    add_standard_headers(context.settings, Request{}, response);
    return response;
  };
  options.on_throw = [&context](const Request& request, const char* what) {
    context.log.error("server", "A handler threw", {{"what", what}, {"path", request.path}, {"request_id", request.request_id}});
    context.metrics.error(wire_name(ErrorCode::kInternal));
    return json_response(error_json({"Internal server error", "Something went wrong. Please try again.",
                                     wire_name(ErrorCode::kInternal), 0, request.request_id}), 500);
  };
  options.on_done = [&context](const Request& request, int status, double duration_ms, size_t bytes) {
    const std::string_view route = route_name(request);
    context.metrics.request_done(route, status, duration_ms / 1000, waits(route));
    const LogLevel level = is_api(request.path) ? LogLevel::kInfo : LogLevel::kDebug;
    if (!context.log.enabled(level)) return;
    context.log.write(level, "access", "Request", {{"method", request.method}, {"path", request.path}, {"status", status},
                                                   {"duration_ms", duration_ms}, {"bytes", bytes}, {"client", request.client_ip},
                                                   {"request_id", request.request_id}});
  };
  return options;
}

}  // namespace whinchat::api
