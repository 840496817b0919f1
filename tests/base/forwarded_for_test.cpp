#include "base/forwarded_for.h"

#include <doctest/doctest.h>

using namespace whinchat;

namespace {

const std::vector<IpRange> kTrusted = {IpRange::parse("10.0.0.0/8").value(), IpRange::parse("127.0.0.1").value(),
                                       IpRange::parse("fd00::/8").value()};

std::string ip_of(const char* peer, ForwardedHeaders headers, const std::vector<IpRange>& trusted = kTrusted) {
  return client_address(peer, headers, trusted).ip;
}

std::string by_x(std::string_view value) { return ip_of("10.0.0.1", {{value}, {}, {}}); }
std::string by_forwarded(std::string_view value) { return ip_of("10.0.0.1", {{}, {}, {value}}); }

}  // namespace

TEST_CASE("without trusted proxies the peer is the client, whatever it says") {
  CHECK(ip_of("203.0.113.9", {{"6.6.6.6"}, {"https"}, {"for=6.6.6.6"}}, {}) == "203.0.113.9");
  CHECK(ip_of("203.0.113.9", {{"6.6.6.6"}, {}, {}}) == "203.0.113.9");
  CHECK_FALSE(client_address("203.0.113.9", {{}, {"https"}, {}}, kTrusted).secure);
}

TEST_CASE("the right-most hop that is no trusted proxy is the client") {
  CHECK(by_x("203.0.113.9") == "203.0.113.9");
  CHECK(by_x("6.6.6.6, 203.0.113.9") == "203.0.113.9");  // what the client made up stands to the left
  CHECK(by_x("203.0.113.9, 10.1.1.1, 10.2.2.2") == "203.0.113.9");
  CHECK(by_x("6.6.6.6, 203.0.113.9, 10.1.1.1") == "203.0.113.9");
  CHECK(by_x("127.0.0.1, 203.0.113.9") == "203.0.113.9");
  CHECK(by_x("10.9.9.9, 10.1.1.1") == "10.9.9.9");  // all trusted: the one that asked first
}

TEST_CASE("several header lines are one list") {
  CHECK(ip_of("10.0.0.1", {{"6.6.6.6", "203.0.113.9"}, {}, {}}) == "203.0.113.9");
  CHECK(ip_of("10.0.0.1", {{"203.0.113.9", "10.3.3.3"}, {}, {}}) == "203.0.113.9");
}

TEST_CASE("ports, brackets and mapped addresses are understood") {
  CHECK(by_x("203.0.113.9:51234") == "203.0.113.9");
  CHECK(by_x("[2001:db8::5]:443") == "2001:db8::5");
  CHECK(by_x("[2001:db8::5]") == "2001:db8::5");
  CHECK(by_x("2001:db8::5") == "2001:db8::5");
  CHECK(by_x("::ffff:203.0.113.9") == "203.0.113.9");
  CHECK(by_x("203.0.113.9, ::ffff:10.0.0.7") == "203.0.113.9");
  CHECK(ip_of("::ffff:10.0.0.1", {{"203.0.113.9"}, {}, {}}) == "203.0.113.9");
}

TEST_CASE("a list that cannot be read gives the peer") {
  for (const char* value : {"", ",", ", ,", "unknown", "_hidden", "203.0.113.9,", "203.0.113.9, ", "example.org", "1.2.3", "203.0.113.9:99999",
                            "[2001:db8::5", "[203.0.113.9]", "[2001:db8::5]x", "203.0.113.9 10.0.0.1", "\"203.0.113.9\"", "0x7f.1"}) {
    CAPTURE(value);
    CHECK(by_x(value) == "10.0.0.1");
  }
  CHECK(by_x(std::string(10'000, '1')) == "10.0.0.1");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "10.1.1.1, ";
  CHECK(by_x("203.0.113.9, " + many + "10.1.1.1") == "10.0.0.1");
}

TEST_CASE("rubbish to the left of the client changes nothing") {
  CHECK(by_x("unknown, 203.0.113.9") == "203.0.113.9");
  CHECK(by_x("\", 203.0.113.9") == "203.0.113.9");
  CHECK(by_x(",,, 203.0.113.9") == "203.0.113.9");
}

TEST_CASE("RFC 7239 Forwarded is understood") {
  CHECK(by_forwarded("for=203.0.113.9") == "203.0.113.9");
  CHECK(by_forwarded("For=\"[2001:db8::5]:4711\"") == "2001:db8::5");
  CHECK(by_forwarded("for=6.6.6.6, for=203.0.113.9;proto=https;by=10.0.0.1") == "203.0.113.9");
  CHECK(by_forwarded("proto=http; for=203.0.113.9, for=10.1.1.1") == "203.0.113.9");
  for (const char* value : {"", "for=", "for=unknown", "for=_x", "proto=https", "for=\"203.0.113.9", "203.0.113.9"}) {
    CAPTURE(value);
    CHECK(by_forwarded(value) == "10.0.0.1");
  }
}

TEST_CASE("two headers that disagree are both doubted") {
  CHECK(ip_of("10.0.0.1", {{"203.0.113.9"}, {}, {"for=6.6.6.6"}}) == "10.0.0.1");
  CHECK(ip_of("10.0.0.1", {{"203.0.113.9"}, {}, {"for=203.0.113.9"}}) == "203.0.113.9");
}

TEST_CASE("https is believed from a trusted proxy only, for the hop that is the client's") {
  const auto secure = [](const char* peer, ForwardedHeaders headers) { return client_address(peer, headers, kTrusted).secure; };
  CHECK(secure("10.0.0.1", {{"203.0.113.9"}, {"https"}, {}}));
  CHECK(secure("10.0.0.1", {{"203.0.113.9"}, {"HTTPS"}, {}}));
  CHECK_FALSE(secure("10.0.0.1", {{"203.0.113.9"}, {"http"}, {}}));
  CHECK_FALSE(secure("10.0.0.1", {{"203.0.113.9"}, {}, {}}));
  CHECK_FALSE(secure("203.0.113.1", {{"203.0.113.9"}, {"https"}, {}}));
  CHECK_FALSE(secure("10.0.0.1", {{"203.0.113.9"}, {"https, http"}, {}}));        // the left one is the client's own
  CHECK(secure("10.0.0.1", {{"203.0.113.9, 10.1.1.1"}, {"https, http"}, {}}));    // TLS ended at the outer proxy
  CHECK(secure("10.0.0.1", {{"203.0.113.9, 10.1.1.1"}, {"https"}, {}}));
  CHECK(secure("10.0.0.1", {{}, {}, {"for=203.0.113.9;proto=https"}}));
  CHECK(secure("10.0.0.1", {{}, {"https"}, {}}));
}

TEST_CASE("a peer that is no address stays what it is") {
  CHECK(ip_of("unix", {{"203.0.113.9"}, {}, {}}) == "unix");
  CHECK(ip_of("", {{"203.0.113.9"}, {}, {}}).empty());
}
