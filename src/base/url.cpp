#include "base/url.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat {
namespace {

Error reason(std::string text) { return {ErrorCode::kInvalidRequest, std::move(text), {}}; }

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_host_character(char c) {
  c = lower_ascii(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// A last label of digits, or one that starts like a hexadecimal number, makes some readers see an IPv4 address.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  const bool digits = !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits || starts_with_ignoring_case(last, "0x");
}

Result<HostPort> parse_bracketed(std::string_view text, std::string_view& rest) {
  const size_t end = text.find(']');
  if (end == std::string_view::npos) return reason("has an IPv6 address without its closing bracket");
  const std::string_view inside = text.substr(1, end - 1);
  const auto address = IpAddress::parse(inside);
  if (!address || inside.find(':') == std::string_view::npos || inside.find('%') != std::string_view::npos) {
    return reason("has brackets around something that is no IPv6 address");
  }
  rest = text.substr(end + 1);
  return HostPort{address->to_string(), 0, address};
}

Result<HostPort> parse_name(std::string_view text, std::string_view& rest) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  if (name.empty()) return reason("has no host");
  if (name.size() > 253) return reason("has a host name that is too long");
  if (!std::all_of(name.begin(), name.end(), is_host_character) || name.front() == '.' || name.find("..") != std::string_view::npos) {
    return reason("has characters in its host name that do not belong there");
  }
  const auto address = IpAddress::parse(name);
  if (!address && ends_in_number(name)) return reason("has a host that looks like a number but is no IPv4 address");
  std::string host = lower_ascii(name);
  if (host.ends_with('.')) host.pop_back();
  return HostPort{std::move(host), 0, address};
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : '[' + host + ']'; }

}  // namespace

bool Url::is_loopback() const {
  if (ip) return ip->is_loopback();
  return host == "localhost" || host.ends_with(".localhost");
}

std::string Url::authority() const {
  return port == default_port(scheme) ? bracketed(host) : bracketed(host) + ':' + std::to_string(port);
}

std::string Url::origin() const { return scheme + "://" + authority(); }

Result<HostPort> parse_host_port(std::string_view text) {
  std::string_view rest;
  auto parsed = text.starts_with('[') ? parse_bracketed(text, rest) : parse_name(text, rest);
  if (!parsed || rest.empty()) return parsed;
  const auto port = rest.front() == ':' ? parse_integer(rest.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) return reason("has a port that is not a number from 1 to 65535");
  parsed->port = static_cast<int>(*port);
  return parsed;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > limits::kUrlBytes) return reason("is too long");
  const auto is_bad = [](char c) { const auto byte = static_cast<unsigned char>(c); return byte <= ' ' || byte >= 0x7F || c == '\\'; };
  if (std::any_of(text.begin(), text.end(), is_bad)) {
    return reason("has spaces, backslashes or other characters that do not belong in an address");
  }

  Url url;
  for (const std::string_view scheme : {"http", "https"}) {
    if (starts_with_ignoring_case(text, std::string(scheme) + "://")) url.scheme = scheme;
  }
  if (url.scheme.empty()) return reason("does not begin with http:// or https://");
  text.remove_prefix(url.scheme.size() + 3);
  if (text.find('#') != std::string_view::npos) return reason("has a fragment ('#')");

  const size_t end = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return reason("has a user name or password before the host");
  auto host = parse_host_port(authority);
  if (!host) return host.error();
  url.host = std::move(host->host);
  url.ip = host->ip;
  url.port = host->port == 0 ? default_port(url.scheme) : host->port;
  url.path = text.substr(end);
  return url;
}

Result<Url> parse_origin(std::string_view text) {
  auto url = parse_url(text);
  if (!url) return url;
  if (!url->path.empty() && url->path != "/") return reason("has a path; an origin is scheme, host and port only");
  url->path.clear();
  return url;
}

}  // namespace whinchat
