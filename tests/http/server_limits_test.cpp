#include <doctest/doctest.h>

#include "base/limits.h"
#include "http/connection.h"
#include "http/server_impl.h"
#include "http/test_server.h"
#include "io/certificates.h"

using namespace whinchat;
using namespace whinchat::http;
using namespace whinchat::http::test;

TEST_CASE("over the cap of connections new ones are told to come back, and are let in when others left") {
  TestServer server;
  server.options.connections_max = 2;
  server.start();
  RawSocket first = server.connect();
  RawSocket second = server.connect();
  CHECK(ask(first, get("/hello")).status == 200);
  CHECK(ask(second, get("/hello")).status == 200);
  CHECK(server.server().stats().connections == 2);
  RawSocket third = server.connect();
  const Answer busy = read_answer(third);  // without having asked
  CHECK(busy.status == 503);
  CHECK(busy.header("Retry-After") == "5");
  CHECK(busy.complete);
  CHECK(busy.body.ends_with("}\n"));
  CHECK(third.ends_within(1000));
  CHECK(server.server().stats().refused_connections == 1);
  first.close();
  CHECK(eventually([&] { return server.server().stats().connections == 1; }));
  RawSocket fourth = server.connect();
  CHECK(ask(fourth, get("/hello")).status == 200);
}

TEST_CASE("one address may hold 64 connections, another is not affected, and each that leaves makes room") {
  io::LoopGroup loops(1);
  Server::Impl impl(loops, {});
  for (int i = 0; i < limits::kConnectionsPerAddress; ++i) CHECK(impl.admit("192.0.2.1", false));
  CHECK_FALSE(impl.admit("192.0.2.1", false));
  CHECK(impl.admit("192.0.2.2", false));
  CHECK(impl.admit("127.0.0.1", true));
  impl.leave("192.0.2.1");
  CHECK(impl.admit("192.0.2.1", false));
  CHECK_FALSE(impl.admit("192.0.2.1", false));
  CHECK(impl.connections == limits::kConnectionsPerAddress + 2);
  for (int i = 0; i < limits::kConnectionsPerAddress; ++i) impl.leave("192.0.2.1");
  impl.leave("192.0.2.2");
  impl.leave("127.0.0.1");
  CHECK(impl.connections == 0);
  CHECK(impl.addresses.empty());
}

TEST_CASE("a connection ends after a thousand requests, and says so with the last") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  for (int i = 1; i < limits::kRequestsPerConnection; ++i) {
    const Answer answer = ask(socket, get("/hello"));
    if (answer.status != 200 || answer.closes()) CHECK_MESSAGE(false, i);
  }
  CHECK(ask(socket, get("/hello")).closes());
  CHECK(socket.ends_within(1000));
}

TEST_CASE("idle connections hold no fiber") {
  TestServer server;
  server.start();
  const long before = io::fiber_count();
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 50; ++i) {
    sockets.push_back(server.connect());
    CHECK(ask(sockets.back(), get("/hello")).status == 200);
  }
  CHECK(eventually([&] { return io::fiber_count() == before; }));
  CHECK(server.server().stats().connections == 50);
  CHECK(server.server().stats().requests == 0);
}

TEST_CASE("draining: idle connections end, running ones finish and close, new ones are refused") {
  TestServer server;
  std::atomic<bool> release{false};
  server.stream("/stream", [&](BodyWriter& out) {
    out.write("begun ");
    while (!release && io::this_fiber::sleep_for(1ms) == io::Wake::kTimeout) {
    }
    out.write("finished");
  });
  server.handle("/slow", [&](const Request&) {
    while (!release && io::this_fiber::sleep_for(1ms) == io::Wake::kTimeout) {
    }
    return TestServer::text("done");
  });
  const int port = server.start();
  RawSocket idle = server.connect();
  RawSocket fresh = server.connect();
  RawSocket stream = server.connect();
  RawSocket slow = server.connect();
  CHECK(ask(idle, get("/hello")).status == 200);
  stream.send(get("/stream"));
  CHECK(stream.read_until("begun ").ends_with("begun "));
  slow.send(get("/slow"));
  CHECK(eventually([&] { return server.server().stats().requests == 2; }));
  server.server().stop_accepting();
  CHECK(idle.ends_within(1000));
  CHECK(fresh.ends_within(1000));
  CHECK(eventually([&] { return !RawSocket::connect(port).is_open(); }));
  CHECK(server.server().stats().requests == 2);
  release = true;
  const Answer done = read_answer(slow);
  CHECK(done.body == "done");
  CHECK(done.closes());
  CHECK(slow.ends_within(1000));
  CHECK(stream.read_until("0\r\n\r\n").find("finished") != std::string::npos);
  CHECK(stream.ends_within(1000));
  CHECK(eventually([&] { return server.server().stats().connections == 0; }));
}

TEST_CASE("ended streams see why, can say goodbye, and close cleanly") {
  TestServer server;
  server.stream("/stream", [&](BodyWriter& out) {
    out.set_heartbeat(10s, ": ping\n\n");
    out.write("data: begun\n\n");
    CHECK(io::this_fiber::sleep_for(20s) == io::Wake::kCancelled);
    CHECK(io::this_fiber::cancel_reason() == io::CancelReason::kDrain);
    io::this_fiber::clear_cancel();
    CHECK(out.write("event: error\n\n"));
    io::this_fiber::sleep_for(5ms);  // waits work again
    CHECK(out.write("data: bye\n\n"));
  });
  server.start();
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 10; ++i) {
    sockets.push_back(server.connect());
    sockets.back().send(get("/stream"));
    CHECK(sockets.back().read_until("begun\n\n\r\n").size() > 10);
  }
  Stopwatch watch;
  server.server().stop_accepting();
  server.server().end_streams();
  for (RawSocket& socket : sockets) {
    const std::string rest = socket.read_until("0\r\n\r\n");
    CHECK(rest.find("event: error\n\n") != std::string::npos);
    CHECK(rest.ends_with("data: bye\n\n\r\n0\r\n\r\n"));
    CHECK(socket.ends_within(1000));
  }
  CHECK(watch.ms() < 1000 * kSlow);
  CHECK(eventually([&] { return server.server().stats().connections == 0; }));
}

TEST_CASE("close_all() ends everything at once, also what does not listen to reason for a while") {
  TestServer server;
  server.stream("/stream", [&](BodyWriter& out) {
    out.write("begun");
    io::this_fiber::sleep_for(20s);
  });
  server.start();
  RawSocket stream = server.connect();
  RawSocket idle = server.connect();
  RawSocket half = server.connect();
  stream.send(get("/stream"));
  half.send("GET /hel");
  CHECK(stream.read_until("begun").ends_with("begun"));
  CHECK(ask(idle, get("/hello")).status == 200);
  Stopwatch watch;
  server.server().close_all();
  CHECK(stream.ends_within(1000));
  CHECK(idle.ends_within(1000));
  CHECK(half.ends_within(1000));
  CHECK(watch.ms() < 500 * kSlow);
  CHECK(eventually([&] { return server.server().stats().connections == 0; }));
}

TEST_CASE("a server may be destroyed in the middle of everything") {
  for (int round = 0; round < 10; ++round) {
    TestServer server;
    server.stream("/stream", [&](BodyWriter& out) {
      while (out.write("x") && io::this_fiber::sleep_for(100us) == io::Wake::kTimeout) {
      }
    });
    server.start();
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 10; ++i) {
      sockets.push_back(server.connect());
      if (i % 3 == 0) sockets.back().send(get("/stream"));
      if (i % 3 == 1) sockets.back().send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe");
    }
  }
}

TEST_CASE("many clients at once, on two loops, are all answered") {
  TestServer server;
  server.handle("/wait", [](const Request& r) {
    io::this_fiber::sleep_for(1ms);
    return TestServer::text(r.query);
  });
  server.start();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::vector<RawSocket> sockets;
      for (int i = 0; i < 25; ++i) sockets.push_back(server.connect());
      for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 25; ++i) sockets[static_cast<size_t>(i)].send(get("/wait?" + std::to_string(t * 1000 + i * 10 + round)));
        for (int i = 0; i < 25; ++i) {
          if (read_answer(sockets[static_cast<size_t>(i)]).body == std::to_string(t * 1000 + i * 10 + round)) ++right;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 4 * 25 * 5);
}

namespace {

// A client that does its worst on a thread of its own, and how long the server bore it.
struct SlowClient {
  const char* what;
  std::function<RawSocket()> open;
  std::string trickle;  // sent again and again, a byte each 400 ms
  long at_least_ms;
  long at_most_ms;
  long lasted_ms = -1;
  std::string answer = {};

  void run() {
    Stopwatch watch;
    RawSocket socket = open();
    for (size_t i = 0; watch.ms() < at_most_ms; ++i) {
      if (!trickle.empty() && !socket.send({&trickle[i % trickle.size()], 1})) break;
      bool ended = false;
      answer += socket.read_all(400, &ended);
      if (ended) break;
    }
    lasted_ms = watch.ms();
  }
};

}  // namespace

TEST_CASE("slow heads, bodies, handshakes and readers are cut at their deadlines, while others are served") {
  CertificateFolder folder;
  folder.issue("server", "DNS:localhost");
  auto tls = io::TlsServerContext::create(folder.path("server.crt"), folder.path("server.key"));
  REQUIRE(tls.ok());
  TestServer server;
  std::atomic<bool> reader_lost{false};
  server.stream("/stream", [&](BodyWriter& out) {
    const std::string part(8192, 'x');
    while (out.write(part)) {
    }
    reader_lost = true;
  });
  const int port = server.start();
  TestServer secure;
  const int secure_port = secure.start(tls.value());
  const auto opened = [](int to, const std::string& first) {
    return [to, first] {
      RawSocket socket = RawSocket::connect(to);
      socket.send(first);
      return socket;
    };
  };
  std::vector<SlowClient> clients = {
      {"nothing sent", opened(port, ""), "", 9900, 11500},
      {"a byte of the head now and then", opened(port, "GET / HTTP/1.1\r\nX: "), "y", 9900, 11500},
      {"header after header", opened(port, "GET / HTTP/1.1\r\n"), "X: y\r\n", 9900, 11500},
      {"a second request that does not end", opened(port, get("/hello") + "GET /"), "y", 9900, 11500},
      {"a byte of the body now and then", opened(port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"), "y", 9900, 11500},
      {"chunks now and then", opened(port, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), "1\r\ny\r\n", 9900, 11500},
      {"nothing on the TLS port", opened(secure_port, ""), "", 9900, 11500},
      {"a handshake that does not end", opened(secure_port, std::string("\x16\x03\x01\x02", 4)), std::string(1, '\0'), 9900, 11500},
  };
  std::vector<std::thread> threads;
  for (SlowClient& client : clients) threads.emplace_back([&client] { client.run(); });
  RawSocket stuck = RawSocket::connect(port, "127.0.0.1", 4096);
  stuck.send(get("/stream"));
  long worst_ms = 0;
  Stopwatch all;
  while (all.ms() < 10'500) {
    Stopwatch watch;
    RawSocket good = server.connect();
    if (ask(good, get("/hello")).status != 200) CHECK_MESSAGE(false, "not served");
    worst_ms = std::max(worst_ms, watch.ms());
    std::this_thread::sleep_for(20ms);
  }
  CHECK(worst_ms < 200 * kSlow);
  for (auto& thread : threads) thread.join();
  for (const SlowClient& client : clients) {
    CAPTURE(client.what);
    CHECK(client.lasted_ms >= client.at_least_ms);
    CHECK(client.lasted_ms < client.at_most_ms);
  }
  CHECK(clients[4].answer.starts_with("HTTP/1.1 408 "));
  CHECK(clients[5].answer.starts_with("HTTP/1.1 408 "));
  CHECK_FALSE(reader_lost);  // stalled for 10 s so far: 15 are allowed
  CHECK(eventually([&] { return reader_lost.load(); }, 8s));
  CHECK(all.ms() >= 14'900);
}
