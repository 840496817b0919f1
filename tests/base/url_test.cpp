#include "base/url.h"

#include <doctest/doctest.h>

using namespace whinchat;

TEST_CASE("a base URL is taken apart") {
  const Url url = parse_url("HTTPS://API.Example.org:8443/v1?x=1").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "api.example.org");
  CHECK(url.port == 8443);
  CHECK(url.path == "/v1?x=1");
  CHECK(url.origin() == "https://api.example.org:8443");
  CHECK_FALSE(url.ip.has_value());
}

TEST_CASE("the scheme's own port is not written") {
  CHECK(parse_url("https://example.org")->port == 443);
  CHECK(parse_url("http://example.org")->port == 80);
  CHECK(parse_url("https://example.org:443/")->origin() == "https://example.org");
  CHECK(parse_url("http://example.org:443")->origin() == "http://example.org:443");
  CHECK(parse_url("http://[::1]:11434/v1")->origin() == "http://[::1]:11434");
  CHECK(parse_url("http://example.org./v1")->host == "example.org");
}

TEST_CASE("loopback is known by name and by address") {
  for (const char* text : {"http://localhost", "http://LOCALHOST:1", "http://127.0.0.1:11434/v1", "http://127.9.9.9", "http://[::1]",
                           "http://[::ffff:127.0.0.1]", "http://abc.localhost"}) {
    CAPTURE(text);
    CHECK(parse_url(text)->is_loopback());
  }
  for (const char* text : {"http://localhost.evil.test", "http://127.0.0.1.evil.test", "http://10.0.0.1", "http://notlocalhost"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text)->is_loopback());
  }
}

TEST_CASE("what readers disagree about is refused with a reason") {
  for (const char* text :
       {"", "example.org", "//example.org", "ftp://example.org", "file:///etc/passwd", "gopher://x", "http:/x", "https://", "https:///x",
        "https://user@evil", "https://user:pw@evil", "https://a\\@b", "https://a b", "https://a\tb", "https://a\nb", "https://exämple.org",
        "https://a%2eb", "https://example.org#x", "http://0x7f000001", "http://2130706433", "http://127.1", "http://0177.0.0.1",
        "http://1.2.3.4.5", "http://example.org:0", "http://example.org:65536", "http://example.org:", "http://example.org:8o",
        "http://[::1", "http://[1.2.3.4]", "http://[::1%lo]", "http://[::1]x", "http://a..b", "http://.a", "http://a_b:+1"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url.ok());
    CHECK_FALSE(url.error().message.empty());
  }
  CHECK_FALSE(parse_url("https://" + std::string(3000, 'a')).ok());
}

TEST_CASE("an origin has no path") {
  CHECK(parse_origin("https://Example.org/")->origin() == "https://example.org");
  CHECK_FALSE(parse_origin("https://example.org/chat").ok());
  CHECK_FALSE(parse_origin("https://example.org?x").ok());
  CHECK_FALSE(parse_origin("null").ok());
  CHECK_FALSE(parse_origin("*").ok());
}

TEST_CASE("host and port are taken from a Host header") {
  CHECK(parse_host_port("Example.org:8080")->host == "example.org");
  CHECK(parse_host_port("example.org:8080")->port == 8080);
  CHECK(parse_host_port("example.org")->port == 0);
  CHECK(parse_host_port("[::1]:5000")->host == "::1");
  CHECK(parse_host_port("[::1]:5000")->ip->is_loopback());
  for (const char* text : {"", ":80", "a:b:c", "example.org/", "a,b", "example.org:80:80", "exam ple"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_host_port(text).ok());
  }
}
