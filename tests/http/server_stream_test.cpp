#include <doctest/doctest.h>

#include "http/test_server.h"
#include "io/certificates.h"
#include "io/notify.h"

using namespace whinchat;
using namespace whinchat::http;
using namespace whinchat::http::test;

namespace {

// What a stream that waits for ever saw of its reader's end.
struct Ending {
  std::atomic<bool> waiting{false};
  std::atomic<bool> ended{false};
  std::atomic<int> wake{-1};
  std::atomic<int> reason{-1};

  std::function<void(BodyWriter&)> body() {
    return [this](BodyWriter& out) {
      out.write("data: begun\n\n");
      waiting = true;
      wake = static_cast<int>(io::this_fiber::sleep_for(20s));
      reason = static_cast<int>(io::this_fiber::cancel_reason());
      ended = true;
    };
  }
  // Milliseconds until the fiber knew; fails the test when it never did.
  long seen_after(const std::function<void()>& leave) {
    CHECK(eventually([this] { return waiting.load(); }));
    Stopwatch watch;
    leave();
    CHECK(eventually([this] { return ended.load(); }));
    CHECK(wake == static_cast<int>(io::Wake::kCancelled));
    CHECK(reason == static_cast<int>(io::CancelReason::kReaderGone));
    return watch.ms();
  }
};

constexpr long kSoon = 250 * kSlow;

}  // namespace

TEST_CASE("a stream is sent in chunks, what is written between waits leaves together, and the connection is kept") {
  TestServer server;
  server.stream("/stream", [](BodyWriter& out) {
    CHECK(out.write("one "));
    CHECK(out.write(""));
    CHECK(out.write("two "));
    io::this_fiber::sleep_for(20ms);
    CHECK(out.write("three"));
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/stream"));
  const std::string head = socket.read_until("\r\n\r\n");
  CHECK(Answer{200, head, "", true}.header("Content-Type") == "text/event-stream");
  CHECK(Answer{200, head, "", true}.header("Transfer-Encoding") == "chunked");
  CHECK(Answer{200, head, "", true}.header("Content-Length").empty());
  CHECK(socket.read_exactly(18) == "4\r\none \r\n4\r\ntwo \r\n");
  CHECK(socket.is_silent(2));  // the sleep goes on
  CHECK(socket.read_until("0\r\n\r\n") == "5\r\nthree\r\n0\r\n\r\n");
  const Answer again = ask(socket, get("/stream"));
  CHECK(again.body == "one two three");
  CHECK(again.complete);
  CHECK(ask(socket, get("/hello")).body == "hello GET");
}

TEST_CASE("bytes leave when 16 KiB have gathered or flush() is called, without a wait") {
  TestServer server;
  io::Notify go;
  std::atomic<bool> release{false};
  server.stream("/stream", [&](BodyWriter& out) {
    out.write(std::string(20'000, 'x'));
    CHECK(out.flush());
    while (!release) std::this_thread::sleep_for(1ms);  // not a wait of the fiber
    out.write("end");
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/stream"));
  socket.read_until("\r\n\r\n");
  CHECK(socket.read_until("\r\n") == "4e20\r\n");
  CHECK(socket.read_exactly(20'002).size() == 20'002);
  release = true;
  CHECK(socket.read_until("0\r\n\r\n") == "3\r\nend\r\n0\r\n\r\n");
}

TEST_CASE("while a stream is silent its heartbeat is sent, and not after its end") {
  TestServer server;
  server.stream("/stream", [](BodyWriter& out) {
    out.set_heartbeat(20ms, ": ping\n\n");
    out.write("data: x\n\n");
    io::this_fiber::sleep_for(130ms);
    out.write("data: y\n\n");
  });
  server.start();
  RawSocket socket = server.connect();
  const Answer answer = ask(socket, get("/stream"));
  CHECK(answer.complete);
  CHECK(answer.body.starts_with("data: x\n\n: ping\n\n: ping\n\n"));
  CHECK(answer.body.ends_with(": ping\n\ndata: y\n\n"));
  CHECK(socket.is_silent(60));
  CHECK(ask(socket, get("/hello")).body == "hello GET");
}

TEST_CASE("a heartbeat does not land inside a large write that has to wait") {
  TestServer server;
  const std::string large(12 << 20, 'L');
  server.stream("/stream", [&](BodyWriter& out) {
    out.set_heartbeat(5ms, "P");
    out.write(large);
    out.flush();
    io::this_fiber::sleep_for(20ms);
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/stream"));
  socket.read_until("\r\n\r\n");
  std::this_thread::sleep_for(60ms);  // the server's buffers are full and it waits
  bool complete = false;
  const std::string body = read_chunks(socket, complete, 5000);
  CHECK(complete);
  CHECK(body.size() > large.size());
  CHECK(body.find('P') >= large.size());
  CHECK(body.find('P') != std::string::npos);
}

TEST_CASE("a stream that throws is cut off and noted: no end of body, the connection ends, the server lives") {
  TestServer server;
  std::atomic<bool> noted{false};
  server.options.on_throw = [&](const Request& request, const char* what) {
    noted = request.path == "/stream" && std::string(what) == "on purpose";
    return TestServer::text("too late", 500);
  };
  server.stream("/stream", [](BodyWriter& out) {
    out.set_heartbeat(1ms, "P");
    out.write("begun");
    throw std::runtime_error("on purpose");
  });
  server.start();
  RawSocket socket = server.connect();
  const Answer answer = ask(socket, get("/stream"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "begun");
  CHECK_FALSE(answer.complete);
  CHECK(noted);
  CHECK(socket.ends_within(1000));
  RawSocket other = server.connect();
  CHECK(ask(other, get("/hello")).status == 200);
}

TEST_CASE("a reader that leaves by FIN, RST or FIN behind pipelined bytes cancels the fiber at once") {
  for (int way = 0; way < 4; ++way) {
    CAPTURE(way);
    Ending ending;
    TestServer server;
    server.stream("/stream", ending.body());
    server.start();
    RawSocket socket = server.connect();
    socket.send(get("/stream"));
    CHECK(socket.read_until("begun\n\n\r\n").ends_with("begun\n\n\r\n"));
    CHECK(ending.seen_after([&] {
      if (way == 0) socket.close();
      if (way == 1) socket.reset();
      if (way == 2) socket.send(get("/hello")), socket.close();
      if (way == 3) {
        for (int i = 0; i < 200; ++i) socket.send(get("/hello"));
        socket.finish_writing();
      }
    }) < kSoon);
    CHECK(eventually([&] { return server.server().stats().connections == 0; }));
    CHECK(server.done() == "GET /stream 200\n");
  }
}

TEST_CASE("requests that arrive during a stream are answered after it") {
  TestServer server;
  server.stream("/stream", [](BodyWriter& out) {
    out.write("a");
    io::this_fiber::sleep_for(30ms);
    out.write("b");
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/stream"));
  CHECK(socket.read_until("\r\n\r\n1\r\na\r\n").size() > 10);
  socket.send(get("/hello") + get("/hello"));
  CHECK(socket.read_until("0\r\n\r\n") == "1\r\nb\r\n0\r\n\r\n");
  CHECK(read_answer(socket).body == "hello GET");
  CHECK(read_answer(socket).body == "hello GET");
}

TEST_CASE("a handler that waits before it answers is cancelled by a reader that leaves, and one that answers is not lost to FIN") {
  TestServer server;
  std::atomic<int> wake{-1};
  std::atomic<bool> waiting{false};
  server.handle("/slow", [&](const Request&) {
    waiting = true;
    wake = static_cast<int>(io::this_fiber::sleep_for(20s));
    return TestServer::text("late");
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/slow"));
  CHECK(eventually([&] { return waiting.load(); }));
  Stopwatch watch;
  socket.close();
  CHECK(eventually([&] { return wake == static_cast<int>(io::Wake::kCancelled); }));
  CHECK(watch.ms() < kSoon);
  RawSocket half = server.connect();
  half.send(get("/hello"));
  half.finish_writing();
  CHECK(read_answer(half).body == "hello GET");
}

TEST_CASE("a writer that is ahead of its reader waits, and a reader that leaves then ends the write") {
  TestServer server;
  std::atomic<size_t> written{0};
  std::atomic<bool> ended{false};
  server.stream("/stream", [&](BodyWriter& out) {
    const std::string part(8192, 'x');
    while (out.write(part)) written += part.size();
    ended = true;
  });
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/stream"));
  CHECK(socket.read_exactly(100'000).size() == 100'000);
  CHECK(eventually([&] {  // back-pressure, not memory: it comes to a stop, as soon as the kernel's buffers are full
    const size_t before = written;
    std::this_thread::sleep_for(50ms);
    return written == before;
  }));
  CHECK(written < 64u << 20);
  Stopwatch watch;
  socket.close();
  CHECK(eventually([&] { return ended.load(); }));
  CHECK(watch.ms() < kSoon);
}

TEST_CASE("over TLS: answers, streams, pipelining, and readers that leave in each way") {
  CertificateFolder folder;
  folder.issue("server", "DNS:localhost");
  auto tls = io::TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
  REQUIRE(tls.ok());
  for (int way = 0; way < 4; ++way) {
    CAPTURE(way);
    Ending ending;
    TestServer server;
    server.stream("/stream", ending.body());
    server.handle("/secure", [](const Request& r) { return TestServer::text(r.secure ? "yes" : "no"); });
    server.handle("/wait", [](const Request&) { return io::this_fiber::sleep_for(10ms), TestServer::text("waited"); });
    const int port = server.start(tls.value());
    RawTls client(RawSocket::connect(port));
    REQUIRE(client.handshake());
    // All in one record: what is decrypted already must be found, also while a handler waits.
    client.send(get("/secure") + get("/wait") + get("/wait") + post("/echo", std::string(5000, 'e')) + get("/secure"));
    CHECK(read_answer(client).body == "yes");
    CHECK(read_answer(client).body == "waited");
    CHECK(read_answer(client).body == "waited");
    CHECK(read_answer(client).body == std::string(5000, 'e'));
    CHECK(read_answer(client).body == "yes");
    client.send(get("/stream"));
    CHECK(client.read_until("begun\n\n\r\n").ends_with("begun\n\n\r\n"));
    CHECK(ending.seen_after([&] {
      if (way == 0) client.close_notify();
      if (way == 1) client.socket().finish_writing();
      if (way == 2) client.socket().reset();
      if (way == 3) client.send(get("/hello")), client.close_notify();
    }) < kSoon);
    CHECK(eventually([&] { return server.server().stats().connections == 0; }));
  }
}

TEST_CASE("plain HTTP on the HTTPS port is told so, TLS 1.1 is refused, plain and TLS listeners stand side by side") {
  CertificateFolder folder;
  folder.issue("server", "DNS:localhost");
  auto tls = io::TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
  REQUIRE(tls.ok());
  TestServer server;
  const int port = server.start(tls.value());
  RawSocket plain = RawSocket::connect(port);
  const Answer answer = ask(plain, get("/hello"));
  CHECK(answer.status == 400);
  CHECK(answer.body.find("https://") != std::string::npos);
  CHECK(plain.ends_within(1000));
  RawTls old(RawSocket::connect(port), TLS1_VERSION, TLS1_1_VERSION);
  CHECK_FALSE(old.handshake());
  CHECK(eventually([&] { return server.server().stats().connections == 0; }));
  RawTls good(RawSocket::connect(port));
  REQUIRE(good.handshake());
  good.send(get("/hello"));
  CHECK(read_answer(good).body == "hello GET");
}
