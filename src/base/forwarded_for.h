// Which address a request really comes from, when proxies stand in between. Pure; thread-safe.
//
// Only what a trusted proxy wrote is believed. Proxies append, so the list is read from the right: every hop that is a
// trusted proxy itself is passed over, the first one that is not is the client. Anything that cannot be read (an empty
// part, a name, "unknown", too many hops, too many bytes) means: the peer itself, whose limits are then shared. That
// fails closed: a forged header never yields an address of the forger's choice.
// X-Forwarded-For and RFC 7239 Forwarded are both understood. If both are there and disagree, one of them was passed on
// from outside unread, and nobody knows which: the peer again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"

namespace whinchat {

// The header values of a request, one entry per header line, in wire order.
struct ForwardedHeaders {
  std::vector<std::string_view> x_forwarded_for;
  std::vector<std::string_view> x_forwarded_proto;
  std::vector<std::string_view> forwarded;
};

struct ClientAddress {
  std::string ip;            // textual; the peer as given when it is no IP address
  bool from_proxy = false;   // a trusted proxy named it
  bool secure = false;       // a trusted proxy says that the client came by https
};

ClientAddress client_address(std::string_view peer_ip, const ForwardedHeaders& headers, const std::vector<IpRange>& trusted);

}  // namespace whinchat
