// IP addresses in their binary form, where each has one spelling: parsing, ranges (CIDR), and what an address is for.
//
// Addresses are values of 17 bytes. Everything here is pure and thread-safe; nothing resolves names.
// Sources: RFC 4291 (text form of IPv6), RFC 5952 (its one printed form), RFC 4632 (CIDR).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whinchat {

class IpAddress {
 public:
  // "192.0.2.1" (four decimal numbers without leading zeros; no other spelling of an IPv4 address) or IPv6. A zone
  // ("fe80::1%eth0") is dropped; an IPv4-mapped address ("::ffff:192.0.2.1") becomes the IPv4 address it is.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(uint32_t host_order);

  bool is_v4() const { return v4_; }
  const std::array<unsigned char, 16>& bytes() const { return bytes_; }  // IPv4: in the first four

  bool is_loopback() const;     // 127.0.0.0/8, ::1
  bool is_unspecified() const;  // 0.0.0.0, ::
  // Not an address of the public internet: private, link-local, loopback, multicast, documentation, reserved. IPv4
  // addresses inside NAT64 (64:ff9b::/96) and 6to4 (2002::/16) are looked at as well.
  bool is_special() const;

  std::string to_string() const;

  // What limits are counted by: the IPv4 address, or the /64 of an IPv6 address ("2001:db8:0:1::/64"), because one
  // subscriber has at least a /64 and can take any address in it.
  std::string limiter_key() const;
  std::string network_key() const;  // the /24 or /48 around it

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<unsigned char, 16> bytes_{};
  bool v4_ = false;
};

// "10.0.0.0/8", "2001:db8::/32", or a single address.
class IpRange {
 public:
  static std::optional<IpRange> parse(std::string_view text);  // bits beyond the prefix are cleared
  bool contains(const IpAddress& address) const;
  bool is_everything() const { return prefix_bits_ == 0; }
  std::string to_string() const;

 private:
  IpAddress base_;
  std::array<unsigned char, 16> network_{};
  int prefix_bits_ = 0;
};

bool contains(const std::vector<IpRange>& ranges, const IpAddress& address);

}  // namespace whinchat
