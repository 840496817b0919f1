// Who may talk to this server from where: the Host allow-list, cross-origin requests, CORS. One function, before routing.
// Sources: Fetch standard (Origin, CORS), W3C Fetch Metadata (2026), Go 1.25 net/http CrossOriginProtection as the model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "http/message.h"

namespace whinchat::auth {

struct OriginRules {
  std::vector<int> ports;                 // those we listen on
  std::vector<HostPort> public_hosts;     // from PUBLIC_ORIGIN; port 0: the scheme's own or one of ours
  std::vector<std::string> public_origins;  // "https://chat.example.org"
  bool any_ip_host = false;               // bound to a public address: an IP literal as Host cannot be rebound by DNS
  std::vector<std::string> cors_origins;  // exact; empty: CORS off
  bool cors_credentials = false;

  // Localhost spellings, public_hosts, and IP literals if allowed; the port must fit.
  bool host_allowed(const std::string& host_header) const;
  // Empty: go on. kForbidden for an unsafe method from another origin.
  std::optional<Error> check_cross_origin(const http::Request& request) const;
  // The same for a read in somebody's name: pages of other sites cannot see the answer, and are not to cause it either.
  std::optional<Error> check_cross_read(const http::Request& request) const;
  // The answer to a preflight from an allowed origin; empty when the request is none.
  std::optional<http::Response> preflight(const http::Request& request) const;
  // Adds Access-Control-* when the origin is allowed. Without configuration nothing is ever added.
  void add_cors_headers(const http::Request& request, http::Headers& headers) const;

 private:
  bool cors_allows(std::string_view origin) const;
  bool same_origin(const http::Request& request, std::string_view origin) const;
};

// localhost, *.localhost, 127.0.0.0/8, ::1
bool is_local_host(const HostPort& host);

// Does somebody at this machine ask, and not a proxy on it in the name of others? False also for one that asked for a public name.
bool is_from_this_machine(const http::Request& request);

}  // namespace whinchat::auth
