// The session's cookie: `__Host-sid` over TLS, `sid_<port>` on plain HTTP, where several servers share a host name.
// Always HttpOnly. Sources: RFC 6265bis (2025) sections 4.1.3 and 5; security notes in README. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace whinchat::auth {

enum class CookieSameSite { kStrict, kLax, kNone };

struct CookieRules {
  std::vector<std::string> https_hosts;  // Host headers that belong to an https:// PUBLIC_ORIGIN, in lower case
  CookieSameSite same_site = CookieSameSite::kStrict;
  std::string path = "/";                // BASE_PATH; another one than "/" makes it `__Secure-sid`, for servers that share an origin
};

bool is_secure_cookie(const CookieRules& rules, const http::Request& request);
std::string cookie_name(const CookieRules& rules, const http::Request& request);

// The value of that cookie, "" when there is none. The first of several counts.
std::string_view read_cookie(const CookieRules& rules, const http::Request& request);

// The Set-Cookie header's value. max_age_s 0: the cookie goes.
std::string set_cookie(const CookieRules& rules, const http::Request& request, std::string_view value, int64_t max_age_s);

}  // namespace whinchat::auth
