#include "io/tls.h"

#include <openssl/ssl.h>

#include <atomic>
#include <fstream>

#include "io/certificates.h"
#include "io/listener.h"
#include "io/on_fiber.h"
#include "io/tls_context.h"

using namespace whinchat;
using namespace whinchat::io;
using namespace whinchat::io::test;

namespace {

// A server of one loop that answers every line with "echo <line>" on every connection.
class EchoServer {
 public:
  EchoServer(Loop& loop, std::shared_ptr<TlsServerContext> tls) {
    auto bound = Listener::bind("127.0.0.1", 0);
    REQUIRE(bound.ok());
    listener_ = std::move(bound).value();
    listener_->start(loop, [this, &loop, tls](Accepted accepted) {
      spawn(loop, [this, tls, socket = accepted.socket] { serve(adopt_socket(socket), *tls); });
    });
  }
  ~EchoServer() { listener_->stop(); }
  int port() const { return listener_->port(); }

  std::atomic<int> handshakes{0};
  std::atomic<int> failures{0};
  std::atomic<int> polite_ends{0};
  std::atomic<int> open{0};

 private:
  void serve(std::unique_ptr<Stream> plain, TlsServerContext& tls) {
    auto hello = starts_with_tls_hello(*plain, Clock::now() + 5s);
    if (!hello.ok() || !hello.value()) {
      ++failures;
      if (hello.ok()) plain->write_all("plain\n", Clock::now() + 1s);
      return;
    }
    auto stream = tls_accept(std::move(plain), tls, Clock::now() + 5s);
    if (!stream.ok()) {
      ++failures;
      return;
    }
    ++handshakes;
    ++open;
    std::string line;
    char bytes[4096];
    for (;;) {
      const auto got = stream.value()->read_some(bytes, sizeof bytes, Clock::now() + 20s);
      if (got.status == IoStatus::kEof) ++polite_ends;
      if (!got.ok()) break;
      line.append(bytes, got.bytes);
      for (size_t end; (end = line.find('\n')) != std::string::npos; line.erase(0, end + 1)) {
        stream.value()->write_all("echo ", line.substr(0, end + 1), Clock::now() + 5s);
      }
    }
    --open;
  }

  std::unique_ptr<Listener> listener_;
};

struct Fixture {
  CertificateFolder folder;
  LoopGroup loops{2};
  std::shared_ptr<TlsServerContext> server;
  std::shared_ptr<TlsClientContext> client;

  explicit Fixture(const std::string& names = "DNS:localhost,DNS:*.example.org,IP:127.0.0.1,IP:::1", int days = 30) {
    folder.issue("server", names, days);
    auto made = TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
    REQUIRE(made.ok());
    server = made.value();
    auto trusting = TlsClientContext::create(folder.ca_file());
    REQUIRE(trusting.ok());
    client = trusting.value();
  }

  Result<std::unique_ptr<Stream>> connect(const EchoServer& echo, const std::string& host) {
    auto plain = connect_tcp({{"127.0.0.1", echo.port()}}, Clock::now() + 5s);
    if (!plain.ok()) return plain.error();
    return tls_connect(std::move(plain).value(), *client, host, "https://" + host, Clock::now() + 5s);
  }
};

std::string ask(Stream& stream, const std::string& question) {
  if (!stream.write_all(question + "\n", Clock::now() + 5s).ok()) return "not sent";
  std::string answer;
  char bytes[4096];
  while (!answer.ends_with('\n')) {
    const auto got = stream.read_some(bytes, sizeof bytes, Clock::now() + 5s);
    if (!got.ok()) return "not read";
    answer.append(bytes, got.bytes);
  }
  return answer;
}

}  // namespace

TEST_CASE("both sides shake hands, talk, and part politely") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  on_fiber(fixture.loops.at(0), [&] {
    auto stream = fixture.connect(echo, "localhost");
    CHECK(stream.ok());
    if (!stream.ok()) return;
    CHECK(stream.value()->secure());
    CHECK(ask(*stream.value(), "hello") == "echo hello\n");
    const std::string much(300'000, 'x');  // many records
    CHECK(ask(*stream.value(), much) == "echo " + much + "\n");
    stream.value()->shutdown();
    char byte[1];
    CHECK(stream.value()->read_some(byte, 1, Clock::now() + 5s).status != IoStatus::kOk);
  });
  CHECK(eventually([&] { return echo.polite_ends == 1 && echo.open == 0; }));
}

TEST_CASE("the server's name is verified: DNS names, wildcards and IP addresses") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  on_fiber(fixture.loops.at(0), [&] {
    for (const char* good : {"localhost", "api.example.org", "127.0.0.1", "::1", "[::1]"}) {
      CHECK_MESSAGE(fixture.connect(echo, good).ok(), good);
    }
    for (const char* wrong : {"other.test", "example.org", "a.b.example.org", "127.0.0.2", "::2", "localhost.example.com"}) {
      const auto refused = fixture.connect(echo, wrong);
      CHECK_MESSAGE(!refused.ok(), wrong);
      if (refused.ok()) continue;
      CHECK(refused.error().code == ErrorCode::kProviderUnavailable);
      CHECK(refused.error().detail.find("mismatch") != std::string::npos);
    }
  });
}

TEST_CASE("an expired certificate and an unknown authority are refused") {
  Fixture expired("DNS:localhost", -2);
  EchoServer echo(expired.loops.at(1), expired.server);
  on_fiber(expired.loops.at(0), [&] {
    const auto refused = expired.connect(echo, "localhost");
    CHECK_FALSE(refused.ok());
    CHECK(refused.error().detail.find("expired") != std::string::npos);
  });
  Fixture stranger;
  Fixture usual;
  EchoServer usual_echo(usual.loops.at(1), usual.server);
  on_fiber(stranger.loops.at(0), [&] {
    const auto refused = stranger.connect(usual_echo, "localhost");
    CHECK_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::kProviderUnavailable);
  });
}

TEST_CASE("a second connection resumes the session of the first, in TLS 1.3 and 1.2") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  on_fiber(fixture.loops.at(0), [&] {
    const auto reused = [&] { return SSL_CTX_sess_hits(static_cast<OpensslClientContext&>(*fixture.client).ctx()); };
    for (int connections = 1; connections <= 3; ++connections) {
      auto stream = fixture.connect(echo, "localhost");
      CHECK(stream.ok());
      if (!stream.ok()) return;
      CHECK(ask(*stream.value(), "x") == "echo x\n");  // reads the tickets as well
      CHECK(reused() == connections - 1);
      stream.value()->close();  // at once, as the pool does it
    }
  });
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawTls first(RawSocket::connect(echo.port()), version, version);
    REQUIRE(first.handshake());
    CHECK(first.send("x\n"));
    CHECK(first.read_until("\n") == "echo x\n");
    SSL_SESSION* session = SSL_get1_session(first.ssl());
    first.close_notify();
    RawTls second(RawSocket::connect(echo.port()), version, version, session);
    CHECK(second.handshake());
    CHECK(SSL_session_reused(second.ssl()) == 1);
    SSL_SESSION_free(session);
  }
}

TEST_CASE("TLS 1.1 is refused, 1.2 gets a suite with forward secrecy and no CBC, ALPN is answered") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  RawTls old(RawSocket::connect(echo.port()), TLS1_VERSION, TLS1_1_VERSION);
  CHECK_FALSE(old.handshake());
  RawTls twelve(RawSocket::connect(echo.port()), TLS1_2_VERSION, TLS1_2_VERSION);
  const unsigned char offered[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(twelve.ssl(), offered, sizeof offered - 1);
  REQUIRE(twelve.handshake());
  CHECK(std::string(SSL_get_cipher(twelve.ssl())).find("ECDHE-ECDSA-") == 0);
  CHECK(std::string(SSL_get_cipher(twelve.ssl())).find("-SHA256") != std::string::npos);
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(twelve.ssl(), &chosen, &length);
  CHECK(std::string(reinterpret_cast<const char*>(chosen), length) == "http/1.1");
}

TEST_CASE("plain text on a TLS port is told apart before the handshake, and silence has a deadline") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  RawSocket plain = RawSocket::connect(echo.port());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(plain.read_until("\n") == "plain\n");
  on_fiber(fixture.loops.at(0), [&] {
    RawListener silent;
    auto stream = connect_tcp({{"127.0.0.1", silent.port()}}, Clock::now() + 5s);
    CHECK(stream.ok());
    Stopwatch watch;
    const auto late = tls_connect(std::move(stream).value(), *fixture.client, "localhost", "k", Clock::now() + 50ms);
    CHECK(late.error().code == ErrorCode::kTimeout);
    CHECK(watch.ms() < 1000);
    auto other = connect_tcp({{"127.0.0.1", silent.port()}}, Clock::now() + 5s);
    CHECK(starts_with_tls_hello(*other.value(), Clock::now() + 20ms).error().code == ErrorCode::kTimeout);
  });
}

TEST_CASE("a close_notify is an end, a cut without one is an error") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  {
    RawTls polite(RawSocket::connect(echo.port()));
    REQUIRE(polite.handshake());
    polite.close_notify();
    CHECK(eventually([&] { return echo.polite_ends == 1; }));
    RawTls rude(RawSocket::connect(echo.port()));
    REQUIRE(rude.handshake());
    CHECK(eventually([&] { return echo.open == 1; }));
    rude.socket().finish_writing();
    CHECK(eventually([&] { return echo.open == 0; }));
  }
  CHECK(echo.polite_ends == 1);
}

TEST_CASE("bytes that are decrypted already wake a watch, and a watch that was taken back stays silent") {
  Fixture fixture;
  auto bound = Listener::bind("127.0.0.1", 0);
  REQUIRE(bound.ok());
  std::atomic<bool> done{false};
  bound.value()->start(fixture.loops.at(1), [&](Accepted accepted) {
    spawn(fixture.loops.at(1), [&, socket = accepted.socket] {
      auto stream = tls_accept(adopt_socket(socket), *fixture.server, Clock::now() + 5s);
      CHECK(stream.ok());
      if (!stream.ok()) return;
      char byte[1];
      CHECK(stream.value()->read_some(byte, 1, Clock::now() + 5s).bytes == 1);  // one of a record of ten
      int calls = 0;
      stream.value()->watch_readable([&] { ++calls; });
      stream.value()->watch_readable(nullptr);
      this_fiber::sleep_for(10ms);
      CHECK(calls == 0);
      stream.value()->watch_readable([&] { ++calls; });
      this_fiber::sleep_for(10ms);
      CHECK(calls == 1);
      char rest[16];
      CHECK(stream.value()->try_read(rest, sizeof rest).bytes == 9);
      CHECK(stream.value()->try_read(rest, sizeof rest).bytes == 0);
      stream.value()->watch_readable([&] { ++calls; });
      this_fiber::sleep_for(10ms);
      CHECK(calls == 1);
      done = true;
    });
  });
  RawTls client(RawSocket::connect(bound.value()->port()));
  REQUIRE(client.handshake());
  CHECK(client.send("0123456789"));
  CHECK(eventually([&] { return done.load(); }));
  bound.value()->stop();
  on_loop(fixture.loops.at(1), [] {});
}

TEST_CASE("certificates are read anew; a bad pair is refused and the old one goes on serving") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  const auto names_seen = [&](const std::string& host) {
    bool ok = false;
    on_fiber(fixture.loops.at(0), [&] { ok = fixture.connect(echo, host).ok(); });
    return ok;
  };
  CHECK_FALSE(fixture.server->changed_on_disk());
  CHECK(names_seen("localhost"));
  CHECK_FALSE(names_seen("new.test"));
  std::this_thread::sleep_for(2ms);
  fixture.folder.issue("server", "DNS:new.test");
  CHECK(fixture.server->changed_on_disk());
  CHECK(fixture.server->reload().ok());
  CHECK_FALSE(fixture.server->changed_on_disk());
  CHECK(names_seen("new.test"));
  CHECK_FALSE(names_seen("localhost"));

  fixture.folder.issue("other", "DNS:other.test");
  std::filesystem::copy_file(fixture.folder.path("other.key"), fixture.folder.path("server.key"),
                             std::filesystem::copy_options::overwrite_existing);
  const auto mixed = fixture.server->reload();
  CHECK_FALSE(mixed.ok());
  CHECK(mixed.error().code == ErrorCode::kConfig);
  CHECK_FALSE(fixture.server->changed_on_disk());  // known to be bad: not tried again every second
  CHECK(names_seen("new.test"));
  std::ofstream(fixture.folder.path("server.crt")) << "nonsense";
  CHECK(fixture.server->reload().error().message.find("holds no certificate chain") != std::string::npos);
  std::filesystem::remove(fixture.folder.path("server.crt"));
  CHECK_FALSE(fixture.server->reload().ok());
  CHECK(names_seen("new.test"));
}

TEST_CASE("files that cannot be used are told by name, and a key with a passphrase is refused without asking") {
  CertificateFolder folder;
  folder.issue("a", "DNS:a.test");
  CHECK(TlsServerContext::create(folder.path("none.crt"), folder.path("a.key")).error().message.find("none.crt") != std::string::npos);
  CHECK(TlsServerContext::create(folder.path("a.crt"), folder.path("none.key")).error().message.find("none.key") != std::string::npos);
  CHECK(TlsClientContext::create(folder.path("none.pem")).error().code == ErrorCode::kConfig);
  std::ofstream(folder.path("empty.pem")) << "";
  CHECK_FALSE(TlsClientContext::create(folder.path("empty.pem")).ok());
  const std::string command = "openssl ec -in " + folder.path("a.key") + " -aes128 -passout pass:secret -out " + folder.path("locked.key") + " 2>/dev/null";
  if (std::system(command.c_str()) == 0) {
    Stopwatch watch;
    CHECK_FALSE(TlsServerContext::create(folder.path("a.crt"), folder.path("locked.key")).ok());
    CHECK(watch.ms() < 1000);
  }
}

TEST_CASE("200 TLS connections talk at once") {
  Fixture fixture;
  EchoServer echo(fixture.loops.at(1), fixture.server);
  std::atomic<int> answered{0};
  std::atomic<int> ended{0};
  for (int i = 0; i < 200; ++i) {
    spawn(fixture.loops.at(0), [&, i] {
      auto stream = fixture.connect(echo, "localhost");
      for (int k = 0; stream.ok() && k < 5; ++k) {
        const std::string question = std::to_string(i) + "/" + std::to_string(k) + std::string(2000, '.');
        if (ask(*stream.value(), question) == "echo " + question + "\n") ++answered;
      }
      ++ended;
    });
  }
  CHECK(eventually([&] { return ended == 200; }, 25s));
  CHECK(answered == 1000);
}
