// Edits 1 to 4 of tools/httplib_edits.py: each case here fails when its edit is left out (--without N).
#include <doctest/doctest.h>

#include "httplib_edits/memory_server.h"

using whinchat::test::MemoryServer;
using whinchat::test::MemoryStream;

namespace {

std::string header_as_the_handler_sees_it(const std::string& value) {
  MemoryServer server;
  std::string seen = "(the handler was not called)";
  server.Get("/", [&](const httplib::Request& request, httplib::Response&) { seen = request.get_header_value("X-Test"); });
  MemoryStream stream("GET / HTTP/1.1\r\nHost: a\r\nX-Test: " + value + "\r\n\r\n");
  server.serve_one(stream);
  return seen;
}

// The status line's number and the body as the handler got it ("-" when it was not called).
std::pair<std::string, std::string> post_chunked(const std::string& body) {
  MemoryServer server;
  std::string seen = "-";
  server.Post("/", [&](const httplib::Request& request, httplib::Response&) { seen = request.body; });
  MemoryStream stream("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  server.serve_one(stream);
  return {stream.output().substr(9, 3), seen};
}

}  // namespace

TEST_CASE("edit 1: a percent sign in a header value stays a percent sign") {
  CHECK(header_as_the_handler_sees_it("a%0d%0aX-Evil: 1") == "a%0d%0aX-Evil: 1");
  CHECK(header_as_the_handler_sees_it("100%25") == "100%25");
  CHECK(header_as_the_handler_sees_it("%00") == "%00");
}

TEST_CASE("edit 2: a chunk size that is not plain hex digits is refused") {
  for (const char* size : {"-1", "-2", "+5", "0x5", " 5", "5 ", "5 ;x", "5g", "", ";x", "\t5", "fffffffffffffffe",
                           "00000000000000005", "10000000001"}) {
    CAPTURE(size);
    const auto [status, body] = post_chunked(std::string(size) + "\r\nhello\r\n0\r\n\r\n");
    CHECK(status == "400");
    CHECK(body == "-");
  }
}

TEST_CASE("edit 2: a chunk-size line must end with CRLF") {
  CHECK(post_chunked("5\nhello\r\n0\r\n\r\n").first == "400");
  CHECK(post_chunked("5;x\nhello\r\n0\r\n\r\n").first == "400");
}

TEST_CASE("edit 2: well-formed chunks still arrive, with extensions and in both cases") {
  CHECK(post_chunked("5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n").second == "hello world");
  CHECK(post_chunked("A\r\n0123456789\r\na\r\n0123456789\r\n00\r\n\r\n").second == "01234567890123456789");
  CHECK(post_chunked("0000000000000005\r\nhello\r\n0\r\nTrailer: x\r\n\r\n").second == "hello");
}

TEST_CASE("edit 3: a request without Content-Length does not swallow the next one") {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const char* path : {"/known", "/unknown"}) {
      CAPTURE(method);
      CAPTURE(path);
      MemoryServer server;
      std::string body = "(not called)";
      const auto remember = [&](const httplib::Request& request, httplib::Response&) { body = request.body; };
      server.Post("/known", remember);
      server.Put("/known", remember);
      server.Patch("/known", remember);
      server.Delete("/known", remember);
      const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
      MemoryStream stream(std::string(method) + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" + next);
      server.serve_one(stream);
      CHECK(stream.unread() == next);
      if (std::string_view(path) == "/known") CHECK(body.empty());
    }
  }
}

TEST_CASE("edit 3: a handler that reads the content itself gets none when there is no framing") {
  MemoryServer server;
  std::string body;
  bool read_ok = false;
  server.Post("/", [&](const httplib::Request&, httplib::Response&, const httplib::ContentReader& read) {
    read_ok = read([&](const char* data, size_t bytes) { return body.append(data, bytes), true; });
  });
  const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  MemoryStream stream("POST / HTTP/1.1\r\nHost: a\r\n\r\n" + next);
  server.serve_one(stream);
  CHECK(read_ok);
  CHECK(body.empty());
  CHECK(stream.unread() == next);
}

TEST_CASE("edit 3: a framed body that nobody read is still drained") {
  MemoryServer server;
  server.Get("/", [](const httplib::Request&, httplib::Response&) {});
  server.set_pre_routing_handler([](const httplib::Request&, httplib::Response&) { return httplib::Server::HandlerResponse::Handled; });
  const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  MemoryStream with_length("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + next);
  server.serve_one(with_length);
  CHECK(with_length.unread() == next);
  MemoryStream chunked("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + next);
  server.serve_one(chunked);
  CHECK(chunked.unread() == next);
}

TEST_CASE("edit 4: writing nothing to a chunked body does nothing") {
  MemoryServer server;
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/plain", [step = 0](size_t, httplib::DataSink& sink) mutable {
      switch (step++) {
        case 0: return sink.write("one", 3);
        case 1: return sink.write("", 0);
        case 2: return sink.write("two", 3);
        default: sink.done(); return true;
      }
    });
  });
  MemoryStream stream("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.serve_one(stream));
  const auto body_at = stream.output().find("\r\n\r\n");
  REQUIRE(body_at != std::string::npos);
  CHECK(stream.output().substr(body_at + 4) == "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}
