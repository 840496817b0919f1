#include "api/response_headers.h"

namespace whinchat::api {

namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; frame-src 'none'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types app; report-uri ";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
// A worker lives under the policy of its own script.
constexpr std::string_view kScriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

void add_page_headers(const ApiSettings& settings, const http::Request& request, http::Headers& headers) {
  const std::string report = settings.base_path + "api/csp-report";
  std::string policy = std::string(kPagePolicy) + report;
  if (request.secure) policy += "; report-to csp; upgrade-insecure-requests";
  headers.push_back({"Content-Security-Policy", policy});
  // Chromium heeds this over TLS only, but lets report-to win over report-uri everywhere.
  if (request.secure) headers.push_back({"Reporting-Endpoints", "csp=\"" + report + "\""});
  headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  headers.push_back({"Cross-Origin-Embedder-Policy", "require-corp"});
}

// Never on a name that only means this machine: it would break every other program there.
bool wants_hsts(const ApiSettings& settings, const http::Request& request) {
  if (!request.secure || settings.hsts_max_age_s <= 0) return false;
  const auto host = parse_host_port(request.host);
  return host.ok() && !host->ip && !auth::is_local_host(*host);
}

}  // namespace

void add_standard_headers(const ApiSettings& settings, const http::Request& request, http::Response& response) {
  http::Headers& headers = response.headers;
  const std::string_view type = http::find_header(headers, "Content-Type");
  const bool page = type.starts_with("text/html");
  const bool cacheable = http::has_header(headers, "Cache-Control");
  headers.push_back({"X-Content-Type-Options", "nosniff"});
  headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
  headers.push_back({"Referrer-Policy", "no-referrer"});
  headers.push_back({"X-Frame-Options", "DENY"});
  headers.push_back({"Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)"});
  if (request.path.starts_with("/api/")) headers.push_back({"X-Whinchat-Version", settings.version});
  if (!request.request_id.empty()) headers.push_back({"X-Request-Id", request.request_id});
  if (page) add_page_headers(settings, request, headers);
  else if (type.starts_with("text/javascript")) headers.push_back({"Content-Security-Policy", std::string(kScriptPolicy)});
  else headers.push_back({"Content-Security-Policy", std::string(kDataPolicy)});
  if (!cacheable) headers.push_back({"Cache-Control", "no-store"});
  if (wants_hsts(settings, request)) {
    headers.push_back({"Strict-Transport-Security", "max-age=" + std::to_string(settings.hsts_max_age_s) +
                                                        (settings.hsts_subdomains ? "; includeSubDomains" : "")});
  }
}

}  // namespace whinchat::api
