#include "base/forwarded_for.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat {
namespace {

using Parts = std::vector<std::string_view>;

// One hop as a proxy wrote it, still in text.
struct Hop {
  std::string_view node;
  std::string_view proto;
};

struct Found {
  std::optional<IpAddress> address;  // nothing: the header cannot be relied on
  bool secure = false;
};

// Splits all lines as one list. Nothing when there is too much of it, or a quote is left open. Quotes count in Forwarded
// only: in X-Forwarded-For one from the client would swallow what the proxy wrote behind it.
enum class Quotes { kPlain, kGroup };
std::optional<Parts> list_parts(const std::vector<std::string_view>& lines, char separator, Quotes quotes) {
  Parts parts;
  size_t bytes = 0;
  for (const std::string_view line : lines) {
    bytes += line.size();
    if (bytes > limits::kForwardedBytes) return std::nullopt;
    bool quoted = false;
    size_t begin = 0;
    for (size_t i = 0; i <= line.size(); ++i) {
      if (quotes == Quotes::kGroup && i < line.size() && line[i] == '"') quoted = !quoted;
      if (i < line.size() && (quoted || line[i] != separator)) continue;
      parts.push_back(trim(line.substr(begin, i - begin)));
      begin = i + 1;
    }
    if (quoted) return std::nullopt;
  }
  return parts;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_port(std::string_view text) {
  const auto port = parse_integer(text);
  return port && text.front() != '-' && *port <= 65535;
}

// "192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"
std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    const std::string_view inside = text.substr(1, end - 1);
    return inside.find(':') == std::string_view::npos ? std::nullopt : IpAddress::parse(inside);
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    if (!is_port(text.substr(colon + 1))) return std::nullopt;
    text = text.substr(0, colon);
  }
  return IpAddress::parse(text);
}

// From the right: over trusted proxies to the first hop that is none. All trusted: the left-most one asked.
Found walk(const std::vector<Hop>& hops, const std::vector<IpRange>& trusted) {
  if (hops.empty()) return {};
  for (size_t passed = 0; passed < std::min(hops.size(), limits::kForwardedHops); ++passed) {
    const Hop& hop = hops[hops.size() - 1 - passed];
    const auto address = parse_node(hop.node);
    if (!address) return {};
    if (!contains(trusted, *address) || passed + 1 == hops.size()) {
      return {address, equals_ignoring_case(hop.proto, "https")};
    }
  }
  return {};
}

// X-Forwarded-Proto belongs to the hops by position from the right; many proxies write one value for the whole way.
Found from_x_forwarded(const ForwardedHeaders& headers, const std::vector<IpRange>& trusted) {
  const auto nodes = list_parts(headers.x_forwarded_for, ',', Quotes::kPlain);
  const auto protos = list_parts(headers.x_forwarded_proto, ',', Quotes::kPlain);
  if (!nodes || !protos) return {};
  std::vector<Hop> hops;
  for (size_t i = 0; i < nodes->size(); ++i) {
    const size_t from_right = nodes->size() - 1 - i;
    std::string_view proto;
    if (!protos->empty()) proto = (*protos)[protos->size() - 1 - std::min(from_right, protos->size() - 1)];
    hops.push_back({(*nodes)[i], proto});
  }
  return walk(hops, trusted);
}

Found from_forwarded(const ForwardedHeaders& headers, const std::vector<IpRange>& trusted) {
  const auto elements = list_parts(headers.forwarded, ',', Quotes::kGroup);
  if (!elements) return {};
  std::vector<Hop> hops;
  for (const std::string_view element : *elements) {
    const auto pairs = list_parts({element}, ';', Quotes::kGroup);
    if (!pairs) return {};
    Hop hop;
    for (const std::string_view pair : *pairs) {
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = trim(pair.substr(0, equals));
      const std::string_view value = unquoted(trim(pair.substr(equals + 1)));
      if (equals_ignoring_case(name, "for")) hop.node = value;
      if (equals_ignoring_case(name, "proto")) hop.proto = value;
    }
    hops.push_back(hop);
  }
  return walk(hops, trusted);
}

// A proxy that tells the scheme but no address: believe the last value, its own.
bool last_proto_is_https(const ForwardedHeaders& headers) {
  const auto protos = list_parts(headers.x_forwarded_proto, ',', Quotes::kPlain);
  return protos && !protos->empty() && equals_ignoring_case(protos->back(), "https");
}

}  // namespace

ClientAddress client_address(std::string_view peer_ip, const ForwardedHeaders& headers, const std::vector<IpRange>& trusted) {
  const auto peer = IpAddress::parse(peer_ip);
  ClientAddress client{peer ? peer->to_string() : std::string(peer_ip), false, false};
  if (!peer || !contains(trusted, *peer)) return client;

  const bool has_x = !headers.x_forwarded_for.empty();
  const bool has_standard = !headers.forwarded.empty();
  if (!has_x && !has_standard) {
    client.secure = last_proto_is_https(headers);
    return client;
  }
  const Found found = has_x ? from_x_forwarded(headers, trusted) : from_forwarded(headers, trusted);
  if (!found.address) return client;
  if (has_x && has_standard) {
    const Found other = from_forwarded(headers, trusted);
    if (other.address != found.address) return client;
  }
  return {found.address->to_string(), true, found.secure};
}

}  // namespace whinchat
