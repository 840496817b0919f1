#include "auth/session_cookie.h"

#include <algorithm>

#include "base/text.h"
#include "base/url.h"

namespace whinchat::auth {

namespace {

constexpr int kUsualPort = 80;

std::string_view same_site_text(CookieSameSite same_site) {
  switch (same_site) {
    case CookieSameSite::kLax: return "Lax";
    case CookieSameSite::kNone: return "None";
    case CookieSameSite::kStrict: break;
  }
  return "Strict";
}

}  // namespace

bool is_secure_cookie(const CookieRules& rules, const http::Request& request) {
  return request.secure || std::find(rules.https_hosts.begin(), rules.https_hosts.end(), lower_ascii(request.host)) != rules.https_hosts.end();
}

std::string cookie_name(const CookieRules& rules, const http::Request& request) {
  if (is_secure_cookie(rules, request)) return rules.path == "/" ? "__Host-sid" : "__Secure-sid";
  const auto host = parse_host_port(request.host);
  return "sid_" + std::to_string(host.ok() && host->port != 0 ? host->port : kUsualPort);
}

std::string_view read_cookie(const CookieRules& rules, const http::Request& request) {
  std::string name;
  for (const http::Header& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Cookie")) continue;
    if (name.empty()) name = cookie_name(rules, request);
    for (const std::string_view pair : split_list(header.value, ';')) {
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == name) return trim(pair.substr(equals + 1));
    }
  }
  return {};
}

std::string set_cookie(const CookieRules& rules, const http::Request& request, std::string_view value, int64_t max_age_s) {
  const bool secure = is_secure_cookie(rules, request);
  // Browsers drop SameSite=None without Secure.
  const CookieSameSite same_site = secure || rules.same_site != CookieSameSite::kNone ? rules.same_site : CookieSameSite::kLax;
  std::string out = cookie_name(rules, request) + "=";
  out += value;
  out += "; Path=" + rules.path + "; HttpOnly; SameSite=";
  out += same_site_text(same_site);
  if (secure) out += "; Secure";
  return out + "; Max-Age=" + std::to_string(max_age_s);
}

}  // namespace whinchat::auth
