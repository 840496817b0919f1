#include "api/response_headers.h"

namespace whinchat::api {

namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types app; report-uri ";
// What a model wrote, shown as a page (static_files.h, kPreviewPath): it runs scripts of its own, as an origin of its own, and
// reaches nothing. Neither frame-src of the page around it nor this policy forbids the connection that a browser opens before
// it refuses a navigation, nor WebRTC; Connection-Allowlist does (WICG draft 2026, Chromium 148).
constexpr std::string_view kPreviewPolicy =
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; media-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
constexpr std::string_view kPreviewConnections = "(response-origin)";  // for reloading itself
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

void add_preview_headers(http::Headers& headers) {
  headers.push_back({"Content-Security-Policy", std::string(kPreviewPolicy)});
  headers.push_back({"Connection-Allowlist", std::string(kPreviewConnections)});
  headers.push_back({"Cross-Origin-Embedder-Policy", "require-corp"});  // the page around it takes no frame without
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
  const bool preview = page && is_preview(request.path);
  const bool cacheable = http::has_header(headers, "Cache-Control");
  headers.push_back({"X-Content-Type-Options", "nosniff"});
  headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
  headers.push_back({"Referrer-Policy", "no-referrer"});
  headers.push_back({"X-Frame-Options", preview ? "SAMEORIGIN" : "DENY"});
  headers.push_back({"Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)"});
  if (request.path.starts_with("/api/")) headers.push_back({"X-Whinchat-Version", settings.version});
  if (!request.request_id.empty()) headers.push_back({"X-Request-Id", request.request_id});
  if (preview) add_preview_headers(headers);
  else if (page) add_page_headers(settings, request, headers);
  else if (type.starts_with("text/javascript")) headers.push_back({"Content-Security-Policy", std::string(kScriptPolicy)});
  else headers.push_back({"Content-Security-Policy", std::string(kDataPolicy)});
  if (!cacheable) headers.push_back({"Cache-Control", "no-store"});
  if (wants_hsts(settings, request)) {
    headers.push_back({"Strict-Transport-Security", "max-age=" + std::to_string(settings.hsts_max_age_s) +
                                                        (settings.hsts_subdomains ? "; includeSubDomains" : "")});
  }
}

}  // namespace whinchat::api
