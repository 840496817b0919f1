// Which addresses are not of the public internet, as a table on the binary form, so that no spelling gets round it.
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (2026-11), RFC 6890; NAT64 RFC 6052; 6to4 RFC 3056.
#include <vector>

#include "base/ip_address.h"

namespace whinchat {
namespace {

const std::vector<IpRange>& special_ranges() {
  static const std::vector<IpRange> ranges = [] {
    constexpr const char* kSpecial[] = {
        "0.0.0.0/8",       // this network
        "10.0.0.0/8",      // private
        "100.64.0.0/10",   // carrier-grade NAT
        "127.0.0.0/8",     // loopback
        "169.254.0.0/16",  // link-local; the metadata services of clouds
        "172.16.0.0/12",   // private
        "192.0.0.0/24",    // protocol assignments
        "192.0.2.0/24",    // documentation
        "192.88.99.0/24",  // 6to4 relay
        "192.168.0.0/16",  // private
        "198.18.0.0/15",   // benchmarking
        "198.51.100.0/24", // documentation
        "203.0.113.0/24",  // documentation
        "224.0.0.0/4",     // multicast
        "240.0.0.0/4",     // reserved, broadcast
        "::/128",          // unspecified
        "::1/128",         // loopback
        "::/96",           // IPv4-compatible, deprecated
        "64:ff9b:1::/48",  // NAT64 for local use
        "100::/64",        // discard
        "2001:db8::/32",   // documentation
        "fc00::/7",        // unique local
        "fe80::/10",       // link-local
        "fec0::/10",       // site-local, deprecated
        "ff00::/8",        // multicast
    };
    std::vector<IpRange> parsed;
    for (const char* text : kSpecial) parsed.push_back(IpRange::parse(text).value());
    return parsed;
  }();
  return ranges;
}

uint32_t word_at(const IpAddress& address, size_t offset) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) word = word << 8 | address.bytes()[offset + i];
  return word;
}

}  // namespace

bool IpAddress::is_loopback() const {
  static const IpRange v4 = IpRange::parse("127.0.0.0/8").value();
  static const IpRange v6 = IpRange::parse("::1/128").value();
  return v4.contains(*this) || v6.contains(*this);
}

bool IpAddress::is_unspecified() const {
  for (const unsigned char byte : bytes_) {
    if (byte != 0) return false;
  }
  return true;
}

bool IpAddress::is_special() const {
  static const IpRange nat64 = IpRange::parse("64:ff9b::/96").value();
  static const IpRange six_to_four = IpRange::parse("2002::/16").value();
  if (contains(special_ranges(), *this)) return true;
  if (nat64.contains(*this)) return v4(word_at(*this, 12)).is_special();
  if (six_to_four.contains(*this)) return v4(word_at(*this, 2)).is_special();
  return false;
}

}  // namespace whinchat
