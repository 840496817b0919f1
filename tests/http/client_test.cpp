#include "http/client.h"

#include <doctest/doctest.h>

#include "http/scripted_upstream.h"

using namespace whinchat;
using namespace whinchat::http;
using namespace whinchat::http::test;

TEST_CASE("a request is sent as it should be and its reply comes back") {
  std::string seen;
  Upstream upstream([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    seen = socket.read_until("\r\n\r\n");
    seen += socket.read_exactly(4);
    socket.send("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello");
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url("/v1/chat%20x?b=2&a=1%2E5"));
  request.method = "POST";
  request.headers = {{"Authorization", "Bearer k"}, {"Content-Type", "application/json"}};
  request.body = "{\"\"}";
  const auto reply = caller.fetch(request);
  REQUIRE(reply.ok());
  CHECK(reply->status == 201);
  CHECK(reply->body == "hello");
  CHECK(find_header(reply->headers, "x-one") == "1");
  CHECK(seen.starts_with("POST /v1/chat%20x?b=2&a=1.5 HTTP/1.1\r\n"));
  for (const char* line : {"\r\nAccept-Encoding: identity\r\n", "\r\nConnection: keep-alive\r\n", "\r\nContent-Length: 4\r\n",
                           "\r\nAuthorization: Bearer k\r\n", "\r\nContent-Type: application/json\r\n", "\r\nUser-Agent: test/1\r\n"}) {
    CHECK_MESSAGE(seen.find(line) != std::string::npos, line);
  }
  CHECK(seen.find("\r\nHost: 127.0.0.1:" + std::to_string(upstream.port()) + "\r\n") != std::string::npos);
  CHECK(seen.find("Expect") == std::string::npos);
  CHECK(seen.ends_with("\r\n\r\n{\"\"}"));
}

TEST_CASE("an empty POST has a length, a GET has none") {
  std::string seen;
  Upstream upstream([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    seen = socket.read_until("\r\n\r\n");
    socket.send(ok(""));
    seen += socket.read_until("\r\n\r\n");
    socket.send(ok("x"));
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  request.method = "POST";
  CHECK(caller.fetch(request).ok());
  request.method = "GET";
  CHECK(outcome(caller.fetch(request)) == "x");
  CHECK(seen.find("Content-Length: 0") != std::string::npos);
  CHECK(seen.find("Content-Length", seen.find("GET")) == std::string::npos);
}

TEST_CASE("a connection that is kept is used again, whatever the framing of the reply") {
  Upstream upstream([](RawListener& listener) {
    RawSocket socket = listener.accept();
    for (const std::string& reply : {ok("one"), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"),
                                     std::string("HTTP/1.1 204 No Content\r\n\r\n"), std::string("HTTP/1.1 100 Continue\r\n\r\n") + ok("four")}) {
      socket.read_until("\r\n\r\n");
      socket.send(reply);
    }
    CHECK(socket.read_until("\r\n\r\n", 300).empty());  // the last is answered, nothing more comes
  });
  Caller caller;
  CHECK(outcome(caller.fetch(upstream.url())) == "one");
  CHECK(outcome(caller.fetch(upstream.url())) == "two");
  CHECK(caller.fetch(upstream.url())->status == 204);
  CHECK(outcome(caller.fetch(upstream.url())) == "four");
  const auto stats = caller.client->stats();
  CHECK(stats.opened_total == 1);
  CHECK(stats.reused_total == 3);
  CHECK(stats.idle == 1);
  CHECK(stats.open == 1);
}

TEST_CASE("a kept connection that ended meanwhile is dropped at once, and one that ends under the request is replaced once") {
  Upstream upstream([](RawListener& listener) {
    {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(ok("first"));
    }
    {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(ok("second"));
      socket.read_until("\r\n\r\n");  // and gone, without an answer
    }
    RawSocket socket = listener.accept();
    socket.read_until("\r\n\r\n");
    socket.send(ok("third"));
    socket.read_until("\r\n\r\n");
    socket.close();
    listener.accept().read_until("\r\n\r\n");  // this one neither: that is all the patience there is
  });
  Caller caller;
  CHECK(outcome(caller.fetch(upstream.url())) == "first");
  CHECK(eventually([&] { return caller.client->stats().idle == 0; }));
  CHECK(outcome(caller.fetch(upstream.url())) == "second");
  CHECK(outcome(caller.fetch(upstream.url())) == "third");
  CHECK(outcome(caller.fetch(upstream.url())) == "provider_unavailable: connection ended before the reply");
  CHECK(caller.client->stats().open == 0);
}

TEST_CASE("who counts its tries is told of a stale connection, and can ask for a new one") {
  Upstream upstream([](RawListener& listener) {
    {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(ok("first"));
      socket.read_until("\r\n\r\n");  // and gone, without an answer
    }
    RawSocket kept = listener.accept();
    kept.read_until("\r\n\r\n");
    kept.send(ok("second"));
    RawSocket fresh = listener.accept();
    fresh.read_until("\r\n\r\n");
    fresh.send(ok("third"));
    CHECK(kept.read_until("\r\n\r\n", 100).empty());
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  request.kept = KeptConnections::kReportStale;
  CHECK(outcome(caller.fetch(request)) == "first");
  const auto stale = caller.fetch(request);
  CHECK(outcome(stale) == "provider_unavailable: a kept connection ended");
  CHECK(stale.error().retry_after_s == 0);
  CHECK(outcome(caller.fetch(request)) == "second");
  request.kept = KeptConnections::kAvoid;
  CHECK(outcome(caller.fetch(request)) == "third");
  CHECK(caller.client->stats().opened_total == 3);
}

TEST_CASE("a connection that promises nothing is not used again") {
  const std::vector<std::string> replies = {
      ok("a", "Connection: close\r\n"),
      ok("b", "Connection: Keep-Alive, CLOSE\r\n"),
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nc",
      ok("d") + "more than was said",
      "HTTP/1.1 200 OK\r\n\r\ne",  // its end is the connection's
  };
  Upstream upstream([&](RawListener& listener) {
    for (const std::string& reply : replies) {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(reply);
      if (reply.ends_with("\r\n\r\ne")) socket.close();
      else CHECK(socket.ends_within(2000));  // the client closes
    }
  });
  Caller caller;
  for (const char* body : {"a", "b", "c", "d", "e"}) {
    CHECK(outcome(caller.fetch(upstream.url())) == body);
    CHECK(caller.client->stats().idle == 0);
  }
  CHECK(caller.client->stats().opened_total == 5);
}

TEST_CASE("a reply that breaks off is told from one that is complete") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  Upstream upstream(Upstream::answering({
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
      chunked + "5\r\nhello\r\n",
      chunked + "5\r\nhel",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end",
      "",
  }));
  Caller caller;
  for (int i = 0; i < 4; ++i) CHECK(outcome(caller.fetch(upstream.url())) == "provider_truncated: connection ended in mid-reply");
  CHECK(outcome(caller.fetch(upstream.url())) == "to the end");
  CHECK(outcome(caller.fetch(upstream.url())) == "provider_unavailable: connection ended before the reply");
}

TEST_CASE("what is not HTTP, or not what was asked for, is refused without harm") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  std::string flood;
  for (int i = 0; i < 12; ++i) flood += "X-" + std::to_string(i) + ": " + std::string(4000, 'y') + "\r\n";
  std::string hundreds;
  for (int i = 0; i < 3000; ++i) hundreds += "HTTP/1.1 100 Continue\r\n\r\n";
  const std::vector<std::pair<const char*, std::string>> rows = {
      {"status line of 2,000 bytes", "HTTP/1.1 200 " + std::string(2000, 'x') + "\r\n\r\n"},
      {"status line of 2,000 bytes after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 " + std::string(2000, 'x') + "\r\n\r\n"},
      {"endless 100", hundreds},
      {"103", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("x")},
      {"words", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n"},
      {"no status", "HTTP/1.1 OK\r\n\r\n"},
      {"no end of line", std::string(50'000, 'x')},
      {"200 fields", "HTTP/1.1 200 OK\r\n" + fields + "\r\n"},
      {"48 KB of fields", "HTTP/1.1 200 OK\r\n" + flood + "\r\n"},
      {"one field of 40 KB", "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'y') + "\r\n\r\n"},
      {"gzip", ok("x", "Content-Encoding: gzip\r\n")},
      {"chunk size -2", chunked + "-2\r\nxx\r\n"},
      {"chunk size 0x2", chunked + "0x2\r\nxx\r\n0\r\n\r\n"},
      {"chunk size of 17 digits", chunked + "00000000000000002\r\nxx\r\n0\r\n\r\n"},
      {"chunk without its CRLF", chunked + "2\r\nxxx\r\n0\r\n\r\n"},
      {"gzip, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"length and chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
      {"length that is none", "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc"},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc"},
  };
  std::vector<std::string> replies;
  for (const auto& row : rows) replies.push_back(row.second);
  Upstream upstream(Upstream::answering(replies));
  Caller caller;
  for (const auto& row : rows) {
    CHECK_MESSAGE(outcome(caller.fetch(upstream.url())) == "provider_protocol: not acceptable HTTP", row.first);
  }
  CHECK(caller.client->stats().open == 0);
}

TEST_CASE("a body beyond the limit is refused, in every framing, and so is one that is framing alone") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string trailers;
  for (int i = 0; i < 600'000; ++i) trailers += "X: yyyyy\r\n";
  Upstream upstream(Upstream::answering({
      ok(std::string(1001, 'x')),
      chunked + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n",
      chunked + "1f4\r\n" + std::string(500, 'x') + "\r\n1f5\r\n" + std::string(501, 'x') + "\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'),
      ok(std::string(1000, 'x')),
  }));
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  request.body_bytes_max = 1000;
  for (int i = 0; i < 4; ++i) CHECK(outcome(caller.fetch(request)) == "provider_protocol: body limit");
  CHECK(outcome(caller.fetch(request)) == std::string(1000, 'x'));
  Upstream endless(Upstream::answering({chunked + "1\r\nx\r\n0\r\n" + trailers}));
  request.url = endless.url();
  CHECK_FALSE(caller.fetch(request).ok());
}

TEST_CASE("redirects, errors and 304 are replies like others, and none is followed") {
  Upstream upstream(Upstream::answering({
      "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow",
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
      "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
  }));
  Caller caller;
  const auto redirect = caller.fetch(upstream.url());
  CHECK(redirect->status == 302);
  CHECK(find_header(redirect->headers, "Location") == "http://169.254.169.254/");
  const auto limited = caller.fetch(upstream.url());
  CHECK(limited->status == 429);
  CHECK(limited->body == "slow");
  CHECK(caller.fetch(upstream.url())->status == 401);
  CHECK(caller.fetch(upstream.url())->status == 304);
  CHECK(outcome(caller.fetch(upstream.url())) == "x");
}

TEST_CASE("each kind of silence has its deadline") {
  std::atomic<bool> over{false};
  Upstream upstream([&](RawListener& listener) {
    RawSocket no_head = listener.accept();
    CHECK(no_head.ends_within(3000));
    RawSocket slow_head = listener.accept();
    while (slow_head.send("H") && !slow_head.ends_within(10)) {
    }
    RawSocket no_body = listener.accept();
    no_body.read_until("\r\n\r\n");
    no_body.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    CHECK(no_body.ends_within(3000));
    RawSocket trickle = listener.accept();
    trickle.read_until("\r\n\r\n");
    trickle.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (trickle.send("x") && !trickle.ends_within(10)) {
    }
    over = true;
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  const auto timed = [&](const std::string& expected, long least, long most) {
    Stopwatch watch;
    CHECK(outcome(caller.fetch(request)) == expected);
    CHECK(watch.ms() >= least);
    CHECK(watch.ms() < most + 300 * kSlow);
  };
  request.timeouts.head = 100ms;
  timed("timeout: no reply head", 99, 200);
  timed("timeout: no reply head", 99, 200);
  request.timeouts.head = 5s;
  request.timeouts.idle = 100ms;
  timed("timeout: silent in the body", 99, 200);
  request.timeouts.total = 200ms;
  timed("timeout: silent in the body", 199, 300);
  CHECK(eventually([&] { return over.load(); }));
}

TEST_CASE("nobody there: refused at once, an unknown name, an address that is none") {
  int port = 0;
  {
    RawListener gone;
    port = gone.port();
  }
  Caller caller;
  const auto refused = caller.fetch("http://127.0.0.1:" + std::to_string(port) + "/");
  CHECK(refused.error().code == ErrorCode::kProviderUnavailable);
  CHECK(refused.error().detail.find("refused") != std::string::npos);
  CHECK(caller.fetch("ftp://127.0.0.1/").error().code == ErrorCode::kInvalidRequest);
  CHECK(caller.fetch("http://user@127.0.0.1/").error().code == ErrorCode::kInvalidRequest);
  CHECK(caller.client->stats().open == 0);
}

TEST_CASE("a header with a line break is refused before anything is sent") {
  Caller caller;
  ClientRequest request = Caller::request_for("http://127.0.0.1:9/");
  for (const Header& bad : {Header{"Authorization", "Bearer a\r\nX: y"}, Header{"X y", "z"}, Header{"", "z"}, Header{"X", std::string("a\0b", 3)}}) {
    request.headers = {bad};
    CHECK(caller.fetch(request).error().code == ErrorCode::kInvalidRequest);
  }
}

TEST_CASE("cancelling while waiting for a head or a body closes the upstream connection at once") {
  for (const std::string& sent : {std::string(), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")}) {
    std::atomic<bool> waiting{false};
    std::atomic<long> seen_after{-1};
    const Stopwatch watch;
    std::atomic<long> cancelled_at{0};
    Upstream upstream([&](RawListener& listener) {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(sent);
      std::this_thread::sleep_for(20ms);
      waiting = true;
      socket.ends_within(5000);
      seen_after = watch.ms() - cancelled_at;
    });
    Caller caller;
    std::string result;
    io::FiberRef fiber = io::spawn(caller.loops.at(0), [&] { result = outcome(caller.client->fetch(Caller::request_for(upstream.url()))); });
    CHECK(eventually([&] { return waiting.load(); }));
    cancelled_at = watch.ms();
    fiber.cancel();
    CHECK(eventually([&] { return fiber.finished() && seen_after >= 0; }));
    CHECK(result == "cancelled: cancelled");
    CHECK(seen_after < 250 * kSlow);
    CHECK(caller.client->stats().open == 0);
  }
}

TEST_CASE("a callback that has enough stops the call: the head is the result") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n";
  Upstream upstream([&](RawListener& listener) {
    for (int i = 0; i < 2; ++i) {
      RawSocket socket = listener.accept();
      socket.read_until("\r\n\r\n");
      socket.send(chunked);
      CHECK(socket.ends_within(2000));
    }
  });
  Caller caller;
  on_fiber(caller.loops.at(0), [&] {
    std::string body;
    const auto at_head = caller.client->send(
        Caller::request_for(upstream.url()), [](const ClientHead& head) { return head.status != 200; },
        [&](std::string_view bytes) { return body += bytes, true; });
    CHECK(at_head.ok());
    CHECK(at_head->status == 200);
    CHECK(body.empty());
    Stopwatch watch;
    const auto in_body = caller.client->send(
        Caller::request_for(upstream.url()), [](const ClientHead&) { return true; },
        [&](std::string_view bytes) { return body += bytes, false; });
    CHECK(in_body.ok());
    CHECK(in_body->status == 200);
    CHECK(body == "first");
    CHECK(watch.ms() < 500 * kSlow);
  });
  CHECK(caller.client->stats().idle == 0);
}

TEST_CASE("a caller that stops at the last event leaves a connection that can be used again") {
  Upstream upstream([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    for (int i = 0; i < 2; ++i) {
      socket.read_until("\r\n\r\n");
      socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
      std::this_thread::sleep_for(5ms);
      socket.send("0\r\n\r\n");
    }
  });
  Caller caller;
  on_fiber(caller.loops.at(0), [&] {
    for (int i = 0; i < 2; ++i) {
      const auto stopped = caller.client->send(
          Caller::request_for(upstream.url()), [](const ClientHead&) { return true; }, [](std::string_view) { return false; });
      CHECK(stopped.ok());
    }
  });
  CHECK(caller.client->stats().reused_total == 1);
}

TEST_CASE("a large body reaches a slow reader whole") {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += std::to_string(i) + " ";
  std::string received;
  Upstream upstream([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    socket.read_until("\r\n\r\n");
    while (received.size() < body.size()) {
      std::this_thread::sleep_for(1ms);
      const std::string part = socket.read_exactly(std::min<size_t>(32 * 1024, body.size() - received.size()));
      if (part.empty()) break;
      received += part;
    }
    socket.send(ok("thanks"));
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  request.method = "POST";
  request.body = body;
  CHECK(outcome(caller.fetch(request)) == "thanks");
  CHECK(received == body);
}

TEST_CASE("an answer that comes before the whole body was taken is read, and the connection not used again") {
  Upstream upstream([&](RawListener& listener) {
    RawSocket socket = listener.accept();
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge");
    socket.finish_writing();
    std::this_thread::sleep_for(30ms);
    socket.read_all(300);  // a little; then gone, in the middle of the body
  });
  Caller caller;
  ClientRequest request = Caller::request_for(upstream.url());
  request.method = "POST";
  request.body = std::string(1 << 20, 'b');
  const auto reply = caller.fetch(request);
  CHECK(outcome(reply) == "large");
  CHECK(eventually([&] { return caller.client->stats().idle == 0; }));
}

TEST_CASE("200 calls at once share the pool") {
  Caller caller;
  Upstream upstream([](RawListener& listener) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 200; ++i) {
      threads.emplace_back([socket = std::make_shared<RawSocket>(listener.accept())] {
        for (std::string head; (head = socket->read_until("\r\n\r\n", 3000)).ends_with("\r\n\r\n");) {
          std::this_thread::sleep_for(20ms);
          socket->send(ok(head.substr(4, head.find(' ', 4) - 4)));
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  std::atomic<int> right{0};
  std::atomic<int> ended{0};
  for (int i = 0; i < 200; ++i) {
    io::spawn(caller.loops.at(0), [&, i] {
      for (int k = 0; k < 3; ++k) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(k);
        if (outcome(caller.client->fetch(Caller::request_for(upstream.url(path)))) == path) ++right;
      }
      ++ended;
    });
  }
  CHECK(eventually([&] { return ended == 200; }, 20s));
  CHECK(right == 600);
  const auto stats = caller.client->stats();
  CHECK(stats.opened_total + stats.reused_total == 600);
  CHECK(stats.idle <= 32);
  CHECK(stats.open == stats.idle);
  caller.client.reset();  // ends the idle connections, and with them the upstream's threads
}
