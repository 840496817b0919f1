// Absolute http and https addresses and origins, read strictly and once: what is checked is what is used. Pure.
//
// Refused, because readers disagree about them: user info, fragments, backslashes, white space and controls, non-ASCII
// hosts (write them as xn--...), percent signs in hosts, and hosts that look like a number but are no dotted IPv4 address
// (0x7f000001, 2130706433, 127.1).
// Sources: RFC 3986 (URI), RFC 6454 (origin), WHATWG URL (host ending in a number, 2026-10).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"

namespace whinchat {

struct Url {
  std::string scheme;             // "http" or "https"
  std::string host;               // lower case; IPv6 without brackets
  int port = 0;                   // always set: 80 or 443 when not written
  std::string path;               // as written, query included; "" when there is none
  std::optional<IpAddress> ip;    // when the host is an address

  bool is_loopback() const;       // "localhost", "*.localhost" or a loopback address
  std::string authority() const;  // "host", "host:8443", "[::1]:8443"; the scheme's own port is left out
  std::string origin() const;     // "https://host:8443"
};

// Error: kInvalidRequest, message is the reason without a subject: "has no scheme (http:// or https://)".
Result<Url> parse_url(std::string_view text);

// A URL without path, or with "/" alone.
Result<Url> parse_origin(std::string_view text);

// "host", "host:port", "[v6]:port" as in a Host header or a list of hosts. port 0: none was written.
struct HostPort {
  std::string host;
  int port = 0;
  std::optional<IpAddress> ip;
};
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace whinchat
