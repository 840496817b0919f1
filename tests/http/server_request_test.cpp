#include <doctest/doctest.h>

#include "http/test_server.h"

using namespace whinchat;
using namespace whinchat::http;
using namespace whinchat::http::test;

TEST_CASE("a request is answered and the connection kept for the next one") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  for (int i = 0; i < 3; ++i) {
    const Answer answer = ask(socket, get("/hello"));
    CHECK(answer.status == 200);
    CHECK(answer.body == "hello GET");
    CHECK(answer.header("Content-Type") == "text/plain");
    CHECK(answer.header("Content-Length") == "9");
    CHECK(answer.header("X-Decorated").size() == 16);
    CHECK(answer.header("Connection").empty());
    CHECK(answer.header("Keep-Alive").empty());
    CHECK(answer.header("Server").empty());
  }
  CHECK(eventually([&] { return server.done() == "GET /hello 200\nGET /hello 200\nGET /hello 200\n"; }));
}

TEST_CASE("pipelined requests are answered in order, bodies between them are not taken for requests") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/hello") + post("/echo", "GET /hello HTTP/1.1\r\n\r\n") + get("/nothing") + get("/hello"));
  CHECK(read_answer(socket).body == "hello GET");
  CHECK(read_answer(socket).body == "GET /hello HTTP/1.1\r\n\r\n");
  const Answer missing = read_answer(socket);
  CHECK(missing.status == 404);
  CHECK_FALSE(missing.closes());
  CHECK(read_answer(socket).body == "hello GET");
  CHECK(socket.is_silent(20));
}

TEST_CASE("requests that arrive byte by byte are the same requests") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  for (char c : post("/echo", "slow") + "\r\n" + get("/hello")) {
    socket.send({&c, 1});
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  CHECK(read_answer(socket).body == "slow");
  CHECK(read_answer(socket).body == "hello GET");
}

TEST_CASE("HEAD answers as GET does, without the body") {
  TestServer server;
  static const std::string asset(100'000, 'a');
  server.handle("/asset", [](const Request&) {
    Response response;
    response.headers = {{"Content-Type", "text/css"}};
    response.fixed_body = asset;
    return response;
  });
  server.stream("/stream", [](BodyWriter& out) { out.write("data: x\n\n"); });
  server.start();
  RawSocket socket = server.connect();
  const Answer hello = ask(socket, "HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(hello.status == 200);
  CHECK(hello.header("Content-Length") == "10");  // "hello HEAD"
  const Answer file = ask(socket, "HEAD /asset HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(file.header("Content-Length") == "100000");
  CHECK(file.header("Accept-Ranges").empty());
  CHECK(ask(socket, "HEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
  CHECK(ask(socket, "HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404);
  const Answer whole = ask(socket, get("/asset"));
  CHECK(whole.body == asset);
  CHECK(whole.header("Content-Type") == "text/css");
}

TEST_CASE("empty, 204 and 304 answers carry the right framing") {
  TestServer server;
  for (int status : {200, 204, 304, 404}) {
    server.handle("/" + std::to_string(status), [status](const Request&) {
      Response response;
      response.status = status;
      return response;
    });
  }
  server.start();
  RawSocket socket = server.connect();
  CHECK(ask(socket, get("/200")).header("Content-Length") == "0");
  CHECK(ask(socket, get("/204")).header("Content-Length").empty());
  CHECK(ask(socket, get("/304")).header("Content-Length").empty());
  CHECK(ask(socket, get("/404")).header("Content-Length") == "0");
  CHECK(ask(socket, get("/hello")).status == 200);
}

TEST_CASE("bodies arrive whole, by length and in chunks, up to the route's limit") {
  TestServer server;
  server.handle("/small", [](const Request& r) { return TestServer::text(r.body); }, 10);
  server.start();
  RawSocket socket = server.connect();
  const std::string large(700'000, 'b');
  CHECK(ask(socket, post("/echo", large)).body == large);
  CHECK(ask(socket, post("/small", "0123456789")).body == "0123456789");
  const std::string chunked = "POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(ask(socket, chunked + "5\r\n01234\r\n5;x=y\r\n56789\r\n0\r\nX-Trailer: y\r\n\r\n").body == "0123456789");
  CHECK(ask(socket, chunked + "0\r\n\r\n").body.empty());
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    CHECK(ask(socket, std::string(method) + " /small HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc").body == "abc");
  }
  CHECK(ask(socket, get("/hello")).body == "hello GET");
}

TEST_CASE("a body beyond the limit is 413: by its length before it is sent, in chunks when the sum passes") {
  TestServer server;
  server.handle("/small", [](const Request& r) { return TestServer::text(r.body); }, 10);
  server.start();
  for (const std::string& request :
       {std::string("POST /small HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n"),
        std::string("POST /small HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999999999\r\n\r\n"),
        std::string("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n"),
        std::string("POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n6\r\n678901\r\n"),
        std::string("POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n")}) {
    CAPTURE(request);
    RawSocket socket = server.connect();
    Stopwatch watch;
    const Answer answer = ask(socket, request);
    CHECK(answer.status == 413);
    CHECK(answer.body == "refused: The request is too large.");
    CHECK(answer.closes());
    CHECK(socket.ends_within(1000));
    CHECK(watch.ms() < 1000);
  }
}

TEST_CASE("malformed chunks are 400 and the connection ends") {
  TestServer server;
  server.start();
  for (const char* chunks : {"0x5\r\nhello\r\n0\r\n\r\n", "-2\r\nhello", "5 ;x\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
                             "5\r\nhello!\r\n0\r\n\r\n", "00000000000000005\r\nhello\r\n", "0\r\n\n"}) {
    CAPTURE(chunks);
    RawSocket socket = server.connect();
    const Answer answer = ask(socket, std::string("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n") + chunks);
    CHECK(answer.status == 400);
    CHECK(answer.closes());
    CHECK(socket.ends_within(1000));
  }
}

TEST_CASE("requests that are not understood are refused with the right status and the connection ends") {
  TestServer server;
  server.start();
  struct Row {
    std::string request;
    int status;
  };
  std::string many;
  for (int i = 0; i < 65; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  const std::vector<Row> rows = {
      {"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
      {"GET /" + std::string(9000, 'a'), 414},  // not even complete
      {get("/hello", many), 431},
      {get("/hello", "X: " + std::string(9000, 'a') + "\r\n"), 431},
      {get("/hello", "A: " + std::string(8000, 'a') + "\r\nB: " + std::string(8000, 'a') + "\r\nC: " + std::string(1000, 'a') + "\r\n"), 431},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {get("/hello", "Expect: banana\r\n"), 417},
      {"GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 421},
  };
  for (const Row& row : rows) {
    CAPTURE(row.request.substr(0, 60));
    RawSocket socket = server.connect();
    const Answer answer = ask(socket, row.request + "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(answer.status == row.status);
    CHECK(answer.complete);
    CHECK(answer.closes());
    CHECK(socket.read_all(2000).find("hello GET") == std::string::npos);
  }
  RawSocket tls_hello = server.connect();
  tls_hello.send("\x16\x03\x01\x02");
  CHECK(tls_hello.read_all().empty());
}

TEST_CASE("a GET with a body is answered, its body skipped, and the next request is in step") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  socket.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n01234" + get("/hello"));
  CHECK(read_answer(socket).body == "hello GET");
  CHECK(read_answer(socket).body == "hello GET");
  socket.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + get("/hello"));
  const Answer chunked = read_answer(socket);
  CHECK(chunked.body == "hello GET");
  if (!chunked.closes()) CHECK(read_answer(socket).body == "hello GET");
  RawSocket late = server.connect();  // the answer does not wait for a body that nobody reads
  late.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n");
  CHECK(read_answer(late, false, 1000).body == "hello GET");
  late.send("01234" + get("/hello"));
  CHECK(read_answer(late).body == "hello GET");
}

TEST_CASE("a POST or DELETE without framing has no body, and what follows is the next request") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  for (const char* method : {"POST", "DELETE"}) {
    Stopwatch watch;
    socket.send(std::string(method) + " /echo HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/hello"));
    const Answer empty = read_answer(socket);
    CHECK(empty.status == 200);
    CHECK(empty.body.empty());
    CHECK(read_answer(socket).body == "hello GET");
    CHECK(watch.ms() < 1000);
  }
}

TEST_CASE("a request answered without its body keeps the connection when the body is small, and ends it when large") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  socket.send(post("/nothing", "hello") + get("/hello"));
  const Answer refused = read_answer(socket);
  CHECK(refused.status == 404);
  CHECK_FALSE(refused.closes());
  CHECK(read_answer(socket).body == "hello GET");
  const Answer large = ask(socket, "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n");
  CHECK(large.status == 404);
  CHECK(large.closes());
  CHECK(socket.ends_within(1000));
}

TEST_CASE("an expectation is answered with 100, or with the refusal at once") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  socket.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(read_answer(socket, false, 1000).status == 100);
  socket.send("hello");
  CHECK(read_answer(socket).body == "hello");
  CHECK(ask(socket, get("/hello")).status == 200);
  const Answer large = ask(socket, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\nExpect: 100-continue\r\n\r\n");
  CHECK(large.status == 413);
  CHECK(large.complete);
  CHECK(large.header("Content-Length") == std::to_string(large.body.size()));
  CHECK(large.body == "refused: The request is too large.");
  CHECK(large.closes());
  CHECK(socket.ends_within(1000));
  RawSocket other = server.connect();
  const Answer missing = ask(other, "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(missing.status == 404);
  CHECK(missing.body == "not found");
  CHECK(missing.header("X-Decorated").size() == 16);
  CHECK(missing.closes());
  CHECK(other.ends_within(1000));
}

TEST_CASE("HTTP/1.0: closed after the answer unless keep-alive was asked for, and never chunked") {
  TestServer server;
  server.stream("/stream", [](BodyWriter& out) { out.write("one "), out.flush(), out.write("two"); });
  server.start();
  RawSocket once = server.connect();
  const Answer plain = ask(once, "GET /hello HTTP/1.0\r\n\r\n");
  CHECK(plain.body == "hello GET");
  CHECK(plain.closes());
  CHECK(once.ends_within(1000));
  RawSocket kept = server.connect();
  CHECK(ask(kept, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection") == "keep-alive");
  CHECK(ask(kept, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body == "hello GET");
  kept.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Answer stream = read_answer(kept);
  CHECK(stream.header("Transfer-Encoding").empty());
  CHECK(stream.header("Content-Type") == "text/event-stream");
  CHECK(stream.body == "one two");
  CHECK(stream.closes());
}

TEST_CASE("Connection: close is honoured, empty lines between requests are skipped") {
  TestServer server;
  server.start();
  RawSocket socket = server.connect();
  socket.send(get("/hello") + "\r\n" + get("/hello"));
  CHECK(read_answer(socket).status == 200);
  CHECK(read_answer(socket).status == 200);
  socket.send("\r\n");
  CHECK(socket.is_silent(20));
  const Answer last = ask(socket, get("/hello", "Connection: close\r\n"));
  CHECK(last.closes());
  CHECK(socket.ends_within(1000));
}

TEST_CASE("a handler sees the request as it was sent") {
  TestServer server;
  server.handle("/a b", [](const Request& r) {
    CHECK(r.method == "GET");
    CHECK(r.target == "/a%20b?x=%41&y");
    CHECK(r.query == "x=%41&y");
    CHECK(r.header("x-one") == "1");
    CHECK(r.host == "localhost:5000");
    CHECK(r.peer_ip == "127.0.0.1");
    CHECK(r.client_ip == "127.0.0.1");
    CHECK_FALSE(r.secure);
    CHECK(r.request_id.size() == 16);
    return TestServer::text(std::string(r.header("X-Literal")));
  });
  server.start();
  RawSocket socket = server.connect();
  const Answer answer = ask(socket, "GET /a%20b?x=%41&y HTTP/1.1\r\nHost: localhost:5000\r\nX-One: 1\r\nX-Literal: a%0d%0aX: y\r\n\r\n");
  CHECK(answer.body == "a%0d%0aX: y");
}

TEST_CASE("a header value with a line break never reaches the wire") {
  TestServer server;
  server.handle("/split", [](const Request&) {
    Response response = TestServer::text("x");
    response.headers.push_back({"Location", "/a\r\nSet-Cookie: stolen=1"});
    response.headers.push_back({"X-Good", "kept"});
    return response;
  });
  server.start();
  RawSocket socket = server.connect();
  const Answer answer = ask(socket, get("/split"));
  CHECK(answer.head.find("stolen") == std::string::npos);
  CHECK(answer.header("X-Good") == "kept");
}

TEST_CASE("a handler or a choice that throws is answered with 500, and the connection lives on") {
  TestServer server;
  server.handle("/throw", [](const Request&) -> Response { throw std::runtime_error("on purpose"); });
  server.handle("/throw-int", [](const Request&) -> Response { throw 7; });
  server.handle("/throw-later", [](const Request&) -> Response {
    io::this_fiber::sleep_for(5ms);
    throw std::runtime_error("after a wait");
  });
  const auto usual = server.options.dispatch;
  server.options.dispatch = [usual](Request& request) {
    if (request.path == "/choice") throw std::runtime_error("while choosing");
    return usual(request);
  };
  server.start();
  RawSocket socket = server.connect();
  CHECK(ask(socket, get("/throw")).body == "threw: on purpose");
  CHECK(ask(socket, get("/throw-int")).status == 500);
  CHECK(ask(socket, get("/throw-later")).body == "threw: after a wait");
  CHECK(ask(socket, get("/choice")).body == "threw: while choosing");
  CHECK(ask(socket, post("/throw", "body")).status == 500);
  const Answer after = ask(socket, get("/hello"));
  CHECK(after.body == "hello GET");
  CHECK_FALSE(after.closes());
}
