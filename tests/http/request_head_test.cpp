#include "http/request_head.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::http;

namespace {

std::string head(const std::string& line, const std::string& fields = "Host: localhost\r\n") { return line + "\r\n" + fields + "\r\n"; }
std::string get(const std::string& fields) { return head("GET / HTTP/1.1", fields); }
std::string with(const std::string& fields) { return head("POST / HTTP/1.1", "Host: localhost\r\n" + fields); }

// 200: accepted.
int judged(const std::string& bytes) {
  const HeadResult result = parse_request_head(bytes);
  CHECK(result.head.has_value() != result.refusal.has_value());
  if (result.refusal) CHECK_FALSE(result.refusal->reason.empty());
  return result.refusal ? result.refusal->status : 200;
}

RequestHead accepted(const std::string& bytes) {
  const HeadResult result = parse_request_head(bytes);
  REQUIRE_MESSAGE(result.head.has_value(), (result.refusal ? result.refusal->reason : ""));
  return *result.head;
}

struct Row {
  const char* what;
  std::string bytes;
  int status;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) CHECK_MESSAGE(judged(row.bytes) == row.status, row.what);
}

}  // namespace

TEST_CASE("request lines are accepted or refused as the table says") {
  check({
      {"plain", head("GET / HTTP/1.1"), 200},
      {"query", head("GET /api/models?refresh=1 HTTP/1.1"), 200},
      {"HTTP/1.0", head("GET / HTTP/1.0"), 200},
      {"asterisk", head("OPTIONS * HTTP/1.1"), 200},
      {"asterisk with GET", head("GET * HTTP/1.1"), 400},
      {"unknown method", head("BREW / HTTP/1.1"), 501},
      {"lower case method", head("get / HTTP/1.1"), 501},
      {"TRACE", head("TRACE / HTTP/1.1"), 501},
      {"CONNECT", head("CONNECT a:443 HTTP/1.1"), 501},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"HTTP/3.0", head("GET / HTTP/3.0"), 505},
      {"HTTP/1.2", head("GET / HTTP/1.2"), 400},
      {"HTTP/1.1x", head("GET / HTTP/1.1x"), 400},
      {"HTTP/1.10", head("GET / HTTP/1.10"), 400},
      {"http/1.1", head("GET / http/1.1"), 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"no line", "\r\n", 400},
      {"only a word", head("GET"), 400},
      {"two spaces", head("GET  / HTTP/1.1"), 400},
      {"space at the end", head("GET / HTTP/1.1 "), 400},
      {"space in the target", head("GET /a b HTTP/1.1"), 400},
      {"tab instead of a space", head("GET\t/\tHTTP/1.1"), 400},
      {"empty target", head("GET  HTTP/1.1"), 400},
      {"no slash", head("GET api HTTP/1.1"), 400},
      {"fragment", head("GET /#x HTTP/1.1"), 400},
      {"control in the target", head(std::string("GET /\x01 HTTP/1.1")), 400},
      {"NUL in the target", head(std::string("GET /\0 HTTP/1.1", 15)), 400},
      {"target of 8,192 bytes", head("GET /" + std::string(limits::kTargetBytes - 1, 'a') + " HTTP/1.1"), 200},
      {"target of 8,193 bytes", head("GET /" + std::string(limits::kTargetBytes, 'a') + " HTTP/1.1"), 414},
      {"target of 9,000 bytes", head("GET /" + std::string(8999, 'a') + " HTTP/1.1"), 414},
      {"escape that is none", head("GET /%zz HTTP/1.1"), 400},
      {"escape cut off", head("GET /a%4 HTTP/1.1"), 400},
      {"escaped NUL", head("GET /a%00 HTTP/1.1"), 400},
      {"escaped line break", head("GET /a%0d%0ab HTTP/1.1"), 400},
      {"line break in the query stays as it is", head("GET /?a=%0d%0a HTTP/1.1"), 200},
  });
}

TEST_CASE("hosts: exactly one, and an absolute target must agree with it") {
  check({
      {"none", get(""), 400},
      {"none, HTTP/1.0", head("GET / HTTP/1.0", ""), 200},
      {"two", get("Host: localhost\r\nHost: localhost\r\n"), 400},
      {"two, other case", get("Host: a\r\nhost: b\r\n"), 400},
      {"a list", get("Host: a, b\r\n"), 400},
      {"with a path", get("Host: a/b\r\n"), 400},
      {"with user info", get("Host: a@b\r\n"), 400},
      {"IPv6", get("Host: [::1]:5000\r\n"), 200},
      {"absolute, same host", head("GET http://localhost/x HTTP/1.1"), 200},
      {"absolute, same host in capitals", head("GET http://LOCALHOST/x HTTP/1.1"), 200},
      {"absolute, other host", head("GET http://evil/ HTTP/1.1"), 421},
      {"absolute, no host", head("GET http:///x HTTP/1.1"), 400},
      {"absolute with user info", head("GET http://a@localhost/ HTTP/1.1"), 400},
      {"ftp", head("GET ftp://localhost/ HTTP/1.1"), 400},
  });
  CHECK(accepted(head("GET http://localhost/x?y=1 HTTP/1.1")).path == "/x");
  CHECK(accepted(head("GET http://localhost?y=1 HTTP/1.1")).path == "/");
  CHECK(accepted(head("GET http://localhost?y=1 HTTP/1.1")).query == "y=1");
  CHECK(accepted(get("Host: localhost:5000\r\n")).host == "localhost:5000");
}

TEST_CASE("header fields that two readers could split differently are refused") {
  std::string many;
  for (int i = 0; i < 63; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  check({
      {"64 fields", get("Host: localhost\r\n" + many), 200},
      {"65 fields", get("Host: localhost\r\n" + many + "X-More: y\r\n"), 431},
      {"field of 9 KB", with("X-Long: " + std::string(9000, 'a') + "\r\n"), 431},
      {"space in the name", with("X Y: z\r\n"), 400},
      {"space before the colon", with("X-Y : z\r\n"), 400},
      {"empty name", with(": z\r\n"), 400},
      {"no colon", with("nonsense\r\n"), 400},
      {"control in the name", with("X\x01Y: z\r\n"), 400},
      {"byte above 127 in the name", with("X\xc3\xa4: z\r\n"), 400},
      {"folded with a space", with("X: a\r\n b\r\n"), 400},
      {"folded with a tab", with("X: a\r\n\tb\r\n"), 400},
      {"folded first line", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"NUL in the value", with(std::string("X: a\0b\r\n", 8)), 400},
      {"bare CR in the value", with("X: a\rb\r\n"), 400},
      {"DEL in the value", with("X: a\x7f\r\n"), 400},
      {"vertical tab around the value", with("X: \x0b" "a\r\n"), 400},
      {"form feed around the value", with("X: a\x0c\r\n"), 400},
      {"tab in the value", with("X: a\tb\r\n"), 200},
      {"empty value", with("X:\r\n"), 200},
      {"value in UTF-8", with("X: \xc3\xa4\r\n"), 200},
      {"bare-LF lines", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"one bare-LF line", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
      {"bare-LF end", "GET / HTTP/1.1\r\nHost: localhost\r\n\n", 400},
      {"upgrade to h2c", with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"), 200},
  });
  const auto parsed = accepted(with("X:  a%0d%0aY: z \t\r\n"));
  CHECK(find_header(parsed.headers, "x") == "a%0d%0aY: z");
  CHECK(parsed.headers.size() == 2);
}

TEST_CASE("framing: one length in digits or exactly chunked, never both") {
  check({
      {"length", with("Content-Length: 5\r\n"), 200},
      {"length 0", with("Content-Length: 0\r\n"), 200},
      {"+5", with("Content-Length: +5\r\n"), 400},
      {"-5", with("Content-Length: -5\r\n"), 400},
      {"5 5", with("Content-Length: 5 5\r\n"), 400},
      {"5, 5", with("Content-Length: 5, 5\r\n"), 400},
      {"0x5", with("Content-Length: 0x5\r\n"), 400},
      {"5abc", with("Content-Length: 5abc\r\n"), 400},
      {"empty", with("Content-Length:\r\n"), 400},
      {"2^64+5", with("Content-Length: 18446744073709551621\r\n"), 400},
      {"two different", with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {"two alike", with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {"bad length on GET", get("Host: localhost\r\nContent-Length: x\r\n"), 400},
      {"chunked", with("Transfer-Encoding: chunked\r\n"), 200},
      {"Chunked", with("Transfer-Encoding: Chunked\r\n"), 200},
      {"both", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"both, length 0", with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"xchunked", with("Transfer-Encoding: xchunked\r\n"), 501},
      {"identity", with("Transfer-Encoding: identity\r\n"), 501},
      {"chunked, chunked", with("Transfer-Encoding: chunked, chunked\r\n"), 501},
      {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"vertical tab before chunked", with("Transfer-Encoding: \x0b" "chunked\r\n"), 400},
      {"quoted", with("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"empty encoding", with("Transfer-Encoding:\r\n"), 501},
      {"chunked in HTTP/1.0", head("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"), 400},
  });
  CHECK(accepted(with("Content-Length: 5\r\n")).framing == Framing::kLength);
  CHECK(accepted(with("Content-Length: 5\r\n")).content_length == 5);
  CHECK(accepted(with("Content-Length: 0\r\n")).framing == Framing::kNone);
  CHECK(accepted(with("Transfer-Encoding: CHUNKED\r\n")).framing == Framing::kChunked);
  CHECK(accepted(with("")).framing == Framing::kNone);
}

TEST_CASE("keep-alive and expectations follow version and headers") {
  CHECK(accepted(with("")).keep_alive);
  CHECK_FALSE(accepted(with("Connection: close\r\n")).keep_alive);
  CHECK_FALSE(accepted(with("Connection: x, CLOSE ,y\r\n")).keep_alive);
  CHECK_FALSE(accepted(with("Connection: x\r\nConnection: close\r\n")).keep_alive);
  CHECK(accepted(with("Connection: closed\r\n")).keep_alive);
  CHECK_FALSE(accepted(head("GET / HTTP/1.0", "")).keep_alive);
  CHECK(accepted(head("GET / HTTP/1.0", "Connection: Keep-Alive\r\n")).keep_alive);
  CHECK(accepted(with("Expect: 100-Continue\r\n")).expect_continue);
  CHECK_FALSE(accepted(head("POST / HTTP/1.0", "Expect: 100-continue\r\n")).expect_continue);
  CHECK(judged(with("Expect: banana\r\n")) == 417);
  CHECK(judged(with("Expect: 100-continue\r\nExpect: 100-continue\r\n")) == 400);
}

TEST_CASE("the length of a head is known as soon as its empty line is there") {
  const std::string whole = get("Host: localhost\r\n");
  for (size_t n = 0; n < whole.size(); ++n) CHECK(head_length(whole.substr(0, n)) == 0);
  CHECK(head_length(whole) == whole.size());
  CHECK(head_length(whole + "body") == whole.size());
  CHECK(head_length("GET / HTTP/1.1\n\n") == 16);
  CHECK(head_length("\r\n") == 2);
  CHECK(head_length("\n") == 1);
}

TEST_CASE("percent escapes are decoded once, and nothing that ends lines comes out") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("%41%20b") == "A b");
  CHECK(percent_decode("%2541") == "%41");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%c3%A4") == "\xc3\xa4");
  CHECK(percent_decode("%2e%2e/") == "../");
  for (const char* bad : {"%", "%4", "%4g", "a%", "%00", "%0a", "%0D", "%1f", "%7f", "%-1"}) CHECK_FALSE(percent_decode(bad));
  CHECK_FALSE(percent_decode(std::string_view("a\0b", 3)));
}
