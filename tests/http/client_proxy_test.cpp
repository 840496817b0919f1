#include "http/client_proxy.h"

#include <doctest/doctest.h>

#include "http/scripted_upstream.h"
#include "http/test_server.h"
#include "io/certificates.h"

using namespace whinchat;
using namespace whinchat::http;
using namespace whinchat::http::test;

namespace {

std::string chosen(const ProxyRules& rules, const std::string& url) {
  const auto parsed = parse_url(url);
  REQUIRE(parsed.ok());
  const Proxy* proxy = rules.choose(*parsed);
  return proxy ? proxy->host + ":" + std::to_string(proxy->port) : "direct";
}

ProxyRules rules_for(const std::string& no_proxy) {
  auto rules = ProxyRules::create("http://secure.proxy:1", "plain.proxy:2", no_proxy);
  REQUIRE(rules.ok());
  return std::move(rules).value();
}

}  // namespace

TEST_CASE("a proxy is chosen by the scheme, and loopback never goes through one") {
  const ProxyRules rules = rules_for("");
  CHECK(chosen(rules, "https://api.openai.com/v1") == "secure.proxy:1");
  CHECK(chosen(rules, "http://example.org/") == "plain.proxy:2");
  for (const char* local : {"http://localhost:11434", "https://localhost/", "http://127.0.0.1:8080", "http://[::1]/", "http://x.localhost/"}) {
    CHECK_MESSAGE(chosen(rules, local) == "direct", local);
  }
  const auto only_https = ProxyRules::create("http://p:1", "", "");
  CHECK(chosen(only_https.value(), "http://example.org/") == "direct");
}

TEST_CASE("NO_PROXY names hosts, suffixes, addresses, ranges and ports") {
  struct Row {
    const char* no_proxy;
    const char* url;
    bool direct;
  };
  const Row rows[] = {
      {"*", "https://example.org/", true},
      {"example.org", "https://example.org/", true},
      {"example.org", "https://api.example.org/", true},
      {"example.org", "https://notexample.org/", false},
      {".example.org", "https://api.example.org/", true},
      {"*.example.org", "https://api.example.org/", true},
      {"EXAMPLE.org", "https://example.ORG/", true},
      {"a.test, example.org ,b.test", "https://example.org/", true},
      {"example.org:8443", "https://example.org:8443/", true},
      {"example.org:8443", "https://example.org/", false},
      {"192.0.2.7", "https://192.0.2.7/", true},
      {"192.0.2.7", "https://192.0.2.70/", false},
      {"192.0.2.0/24", "https://192.0.2.70/", true},
      {"192.0.2.0/24", "https://192.0.3.70/", false},
      {"2001:db8::/32", "https://[2001:db8::7]/", true},
      {"0.2.7", "https://192.0.2.7/", false},
      {"org", "https://example.org/", true},
      {"", "https://example.org/", false},
      {",,", "https://example.org/", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.no_proxy);
    CAPTURE(row.url);
    CHECK((chosen(rules_for(row.no_proxy), row.url) == "direct") == row.direct);
  }
}

TEST_CASE("proxies that cannot be used are refused by the setting's name; user and password are taken apart") {
  CHECK(ProxyRules::create("socks5://p:1", "", "").error().message.find("HTTPS_PROXY must begin with http://") == 0);
  CHECK(ProxyRules::create("", "http://", "").error().message.find("HTTP_PROXY ") == 0);
  CHECK(ProxyRules::create("http://p:99999", "", "").error().code == ErrorCode::kConfig);
  const auto rules = ProxyRules::create("http://user:p%40ss@p:3128", "", "");
  REQUIRE(rules.ok());
  const auto url = parse_url("https://example.org");
  CHECK(rules->choose(*url)->host == "p");
  CHECK(rules->choose(*url)->port == 3128);
  CHECK(rules->choose(*url)->authorization == "Basic dXNlcjpwQHNz");
}

TEST_CASE("a plain request goes to the proxy with the whole address, and no proxy header goes to anybody else") {
  std::string seen;
  Upstream proxy([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    seen = socket.read_until("\r\n\r\n");
    socket.send(ok("by proxy"));
  });
  ClientOptions options;
  options.http_proxy = "http://u:p@127.0.0.1:" + std::to_string(proxy.port());
  Caller caller(options);
  CHECK(outcome(caller.fetch("http://upstream.test/v1/models?x=1")) == "by proxy");
  CHECK(seen.starts_with("GET http://upstream.test/v1/models?x=1 HTTP/1.1\r\n"));
  CHECK(seen.find("\r\nHost: upstream.test\r\n") != std::string::npos);
  CHECK(seen.find("\r\nProxy-Authorization: Basic dTpw\r\n") != std::string::npos);
}

namespace {

// A proxy that joins one client and one server after CONNECT, byte for byte, until either ends.
void join_tunnel(RawListener& listener, int to_port, std::string& seen) {
  RawSocket client = listener.accept();
  seen = client.read_until("\r\n\r\n");
  RawSocket server = RawSocket::connect(to_port);
  client.send("HTTP/1.1 200 Connection established\r\nX-Proxy: test\r\n\r\n");
  const auto carry = [](int from, int to) {
    char bytes[16384];
    const ssize_t n = ::recv(from, bytes, sizeof bytes, 0);
    return n > 0 && ::send(to, bytes, static_cast<size_t>(n), MSG_NOSIGNAL) == n;
  };
  for (;;) {
    pollfd fds[2] = {{client.handle(), POLLIN, 0}, {server.handle(), POLLIN, 0}};
    if (::poll(fds, 2, 3000) <= 0) return;
    if (fds[0].revents != 0 && !carry(client.handle(), server.handle())) return;
    if (fds[1].revents != 0 && !carry(server.handle(), client.handle())) return;
  }
}

}  // namespace

TEST_CASE("an https request goes through a tunnel, is verified inside it, and the tunnel is used again") {
  CertificateFolder folder;
  folder.issue("server", "DNS:upstream.test");
  auto tls = io::TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
  REQUIRE(tls.ok());
  TestServer server;
  const int port = server.start(tls.value());
  std::string seen;
  Upstream proxy([&](RawListener& listener) { join_tunnel(listener, port, seen); });
  ClientOptions options;
  options.https_proxy = "http://u:p@127.0.0.1:" + std::to_string(proxy.port());
  options.ca_file = folder.ca_file();
  Caller caller(options);
  CHECK(outcome(caller.fetch("https://upstream.test/hello")) == "hello GET");
  CHECK(outcome(caller.fetch("https://upstream.test/hello")) == "hello GET");
  CHECK(seen.starts_with("CONNECT upstream.test:443 HTTP/1.1\r\nHost: upstream.test:443\r\n"));
  CHECK(seen.find("\r\nProxy-Authorization: Basic dTpw\r\n") != std::string::npos);
  CHECK(caller.client->stats().reused_total == 1);
  caller.client.reset();
}

TEST_CASE("a proxy that refuses, talks nonsense, is silent or talks without end gives no connection") {
  Upstream proxy([&](RawListener& listener) {
    for (const std::string& answer : {std::string("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), std::string("nonsense\r\n\r\n"),
                                      std::string("HTTP/1.1 200 OK\r\nX: ") + std::string(20'000, 'x')}) {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(answer);
      socket.ends_within(2000);
    }
    CHECK(listener.accept().ends_within(3000));
  });
  ClientOptions options;
  options.https_proxy = "127.0.0.1:" + std::to_string(proxy.port());
  Caller caller(options);
  ClientRequest request = Caller::request_for("https://upstream.test/");
  CHECK(outcome(caller.fetch(request)) == "provider_unavailable: proxy: it said: HTTP/1.1 407 Proxy Authentication Required");
  CHECK(outcome(caller.fetch(request)) == "provider_unavailable: proxy: it said: nonsense");
  CHECK(outcome(caller.fetch(request)) == "provider_unavailable: proxy: answer cut or too long");
  request.timeouts.connect = 100ms;
  CHECK(outcome(caller.fetch(request)) == "provider_unavailable: proxy: no answer in time");
}

TEST_CASE("https with an own CA file: the right name passes and is kept, a wrong name and a stranger's CA do not") {
  CertificateFolder folder;
  folder.issue("server", "DNS:localhost,IP:127.0.0.1");
  auto tls = io::TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
  REQUIRE(tls.ok());
  TestServer server;
  const std::string port = std::to_string(server.start(tls.value()));
  ClientOptions options;
  options.ca_file = folder.ca_file();
  Caller caller(options);
  const std::string large(1 << 20, 'l');
  for (int i = 0; i < 3; ++i) {
    ClientRequest request = Caller::request_for("https://localhost:" + port + "/echo");
    request.method = "POST";
    request.body = large;
    CHECK(outcome(caller.fetch(request)) == large);
  }
  CHECK(caller.client->stats().opened_total == 1);
  CHECK(caller.client->stats().reused_total == 2);
  CHECK(outcome(caller.fetch("https://127.0.0.1:" + port + "/hello")) == "hello GET");
  CHECK(caller.fetch("https://app.localhost:" + port + "/hello").error().detail.find("mismatch") != std::string::npos);
  CertificateFolder stranger;
  options.ca_file = stranger.ca_file();
  Caller distrusting(options);
  const auto refused = distrusting.fetch("https://localhost:" + port + "/hello");
  CHECK(refused.error().code == ErrorCode::kProviderUnavailable);
  CHECK(refused.error().detail.find("certificate") != std::string::npos);
  CHECK(outcome(distrusting.fetch("http://127.0.0.1:" + port + "/hello")).starts_with("The request") == false);
  caller.client.reset();
}
