#include "auth/origin_rules.h"

#include <algorithm>

#include "base/text.h"

namespace whinchat::auth {

namespace {

bool is_unsafe(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

}  // namespace

bool is_local_host(const HostPort& host) {
  return host.ip ? host.ip->is_loopback() : host.host == "localhost" || host.host.ends_with(".localhost");
}

bool is_from_this_machine(const http::Request& request) {
  const auto peer = IpAddress::parse(request.peer_ip);
  const auto host = parse_host_port(request.host);
  const auto says = [&](std::string_view name) { return http::has_header(request.headers, name); };
  const bool forwarded = says("Forwarded") || says("X-Forwarded-For") || says("X-Forwarded-Host") || says("X-Forwarded-Proto") || says("X-Real-IP") || says("Via");
  return peer && peer->is_loopback() && host.ok() && is_local_host(*host) && !forwarded;
}

bool OriginRules::host_allowed(const std::string& host_header) const {
  const auto parsed = parse_host_port(host_header);
  if (!parsed.ok()) return false;
  const HostPort& host = *parsed;
  const auto is_ours = [&](int port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
  };
  const bool usual_port = host.port == 0 || host.port == 80 || host.port == 443;
  for (const HostPort& allowed : public_hosts) {
    if (allowed.host != host.host) continue;
    if (allowed.port == 0 ? usual_port || is_ours(host.port) : allowed.port == host.port || (host.port == 0 && (allowed.port == 80 || allowed.port == 443))) return true;
  }
  const bool own_port = host.port == 0 ? is_ours(80) || is_ours(443) : is_ours(host.port);
  return own_port && (is_local_host(host) || (any_ip_host && host.ip));
}

bool OriginRules::same_origin(const http::Request& request, std::string_view origin) const {
  const std::string lower = lower_ascii(origin);
  if (lower == (request.secure ? "https://" : "http://") + lower_ascii(request.host)) return true;
  return std::find(public_origins.begin(), public_origins.end(), lower) != public_origins.end();
}

bool OriginRules::cors_allows(std::string_view origin) const {
  return std::find(cors_origins.begin(), cors_origins.end(), lower_ascii(origin)) != cors_origins.end();
}

std::optional<Error> OriginRules::check_cross_origin(const http::Request& request) const {
  if (!is_unsafe(request.method)) return std::nullopt;
  const std::string_view origin = request.header("Origin");
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!origin.empty() && cors_allows(origin)) return std::nullopt;
  const Error refused{ErrorCode::kForbidden, "This request came from another site and was refused.",
                      "Sec-Fetch-Site " + std::string(site) + ", Origin " + std::string(origin)};
  if (!site.empty() && site != "same-origin") return refused;
  if (!origin.empty() && !same_origin(request, origin)) return refused;
  // Browsers always send one of the two with an unsafe method; a program that sends neither has no cookie to abuse.
  if (site.empty() && origin.empty() && !request.header("Cookie").empty()) return refused;
  return std::nullopt;
}

std::optional<Error> OriginRules::check_cross_read(const http::Request& request) const {
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (is_unsafe(request.method) || site.empty() || site == "same-origin" || site == "none") return std::nullopt;
  const std::string_view origin = request.header("Origin");
  if (!origin.empty() && cors_allows(origin)) return std::nullopt;
  return Error{ErrorCode::kForbidden, "This request came from another site and was refused.", "Sec-Fetch-Site " + std::string(site)};
}

std::optional<http::Response> OriginRules::preflight(const http::Request& request) const {
  if (request.method != "OPTIONS" || request.header("Access-Control-Request-Method").empty()) return std::nullopt;
  http::Response response;
  if (!cors_allows(request.header("Origin"))) {
    response.status = 403;
    return response;
  }
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"},
                      {"Access-Control-Allow-Headers", "Content-Type, Authorization, Last-Event-ID"},
                      {"Access-Control-Max-Age", "600"}};
  return response;
}

void OriginRules::add_cors_headers(const http::Request& request, http::Headers& headers) const {
  if (cors_origins.empty()) return;
  headers.push_back({"Vary", "Origin"});
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || !cors_allows(origin)) return;
  headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  headers.push_back({"Access-Control-Expose-Headers",
                     "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"});
  if (cors_credentials) headers.push_back({"Access-Control-Allow-Credentials", "true"});
}

}  // namespace whinchat::auth
