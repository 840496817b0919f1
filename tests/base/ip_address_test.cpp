#include "base/ip_address.h"

#include <doctest/doctest.h>

#include <cstring>

using namespace whinchat;

namespace {

std::string canonical(const char* text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

}  // namespace

TEST_CASE("an address has one printed form") {
  const char* table[][2] = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},  // the first of two equal runs
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero group is no run
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"fe80::1%eth0", "fe80::1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::ffff:c000:201", "192.0.2.1"},
      {"::FFFF:127.0.0.1", "127.0.0.1"},
      {"0:0:0:0:0:ffff:7f00:1", "127.0.0.1"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
      {"1::", "1::"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(canonical(text) == expected);
  }
}

TEST_CASE("what is no address is refused, other spellings of IPv4 above all") {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "01.2.3.4", "0x7f000001", "0x7f.0.0.1", "2130706433",
                           "127.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "1.2..4", ".1.2.3.4", "1.2.3.4.", ":", ":::", "1:::2",
                           "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:", ":1::",
                           "[::1]", "::1%", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.+4", "localhost"}) {
    CAPTURE(text);
    CHECK(canonical(text) == "refused");
  }
}

TEST_CASE("ranges hold what their prefix says") {
  const auto in = [](const char* range, const char* address) {
    return IpRange::parse(range).value().contains(IpAddress::parse(address).value());
  };
  CHECK(in("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  CHECK(in("10.1.2.3/8", "10.9.9.9"));  // bits beyond the prefix do not matter
  CHECK(in("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(in("192.0.2.1", "192.0.2.2"));
  CHECK(in("192.0.2.0/31", "192.0.2.1"));
  CHECK_FALSE(in("192.0.2.0/31", "192.0.2.2"));
  CHECK(in("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(in("0.0.0.0/0", "2001:db8::1"));
  CHECK(in("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(in("127.0.0.0/8", "::ffff:127.0.0.1"));
  CHECK(IpRange::parse("10.1.2.3/8")->to_string() == "10.0.0.0/8");
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8", "::/129", "10/8", "all"}) {
    CAPTURE(text);
    CHECK_FALSE(IpRange::parse(text).has_value());
  }
}

TEST_CASE("addresses that are not of the public internet are known in every spelling") {
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.5", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
        "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe", "::ffff:10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:a9fe:a9fe::1", "2002:7f00:1::", "2002:c0a8:101::", "100::1", "fe80::1%lo"}) {
    CAPTURE(text);
    CHECK(IpAddress::parse(text).value().is_special());
  }
  for (const char* text : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                           "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.1.1",
                           "192.169.0.1", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "64:ff9b::808:808",
                           "2002:808:808::1", "::ffff:8.8.8.8", "fbff::1"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text).value().is_special());
  }
}

TEST_CASE("loopback and unspecified are recognised") {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) CHECK(IpAddress::parse(text)->is_loopback());
  for (const char* text : {"128.0.0.1", "::2", "0.0.0.0"}) CHECK_FALSE(IpAddress::parse(text)->is_loopback());
  for (const char* text : {"0.0.0.0", "::"}) CHECK(IpAddress::parse(text)->is_unspecified());
  CHECK_FALSE(IpAddress::parse("::1")->is_unspecified());
  CHECK(IpAddress::v4(0x7F000001) == IpAddress::parse("127.0.0.1"));
}

TEST_CASE("limits count an IPv4 address and an IPv6 /64") {
  CHECK(IpAddress::parse("203.0.113.7")->limiter_key() == "203.0.113.7");
  CHECK(IpAddress::parse("::ffff:203.0.113.7")->limiter_key() == "203.0.113.7");
  CHECK(IpAddress::parse("2001:db8:1:2:aaaa::1")->limiter_key() == "2001:db8:1:2::/64");
  CHECK(IpAddress::parse("2001:db8:1:2:bbbb::9")->limiter_key() == "2001:db8:1:2::/64");
  CHECK(IpAddress::parse("2001:db8:1:3::1")->limiter_key() == "2001:db8:1:3::/64");
  CHECK(IpAddress::parse("203.0.113.7")->network_key() == "203.0.113.0/24");
  CHECK(IpAddress::parse("2001:db8:1:2::1")->network_key() == "2001:db8:1::/48");
}
