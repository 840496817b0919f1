// What a handler sees of an HTTP request and what it gives back: plain values, no library type.
// Sources: RFC 9110 and RFC 9112 (June 2022).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whinchat::http {

struct Header {
  std::string name;
  std::string value;
};

using Headers = std::vector<Header>;  // in wire order; names compare without case

// The first value of that name, or an empty view. The view lives as long as the list.
std::string_view find_header(const Headers& headers, std::string_view name);
bool has_header(const Headers& headers, std::string_view name);
void set_header(Headers& headers, std::string_view name, std::string_view value);  // replaces all of that name

struct Request {
  std::string method;       // "GET"
  std::string target;       // as sent: "/api/models?refresh=1"
  std::string path;         // percent-decoded, without the query; always begins with '/'
  std::string query;        // raw, without '?'
  Headers headers;
  std::string body;         // whole, already within the route's limit
  std::string peer_ip;      // the socket's other end, textual
  std::string client_ip;    // peer_ip, or what a trusted proxy says (see http/client_address)
  bool secure = false;      // TLS here, or a trusted proxy says https
  std::string host;         // the Host header
  std::string request_id;   // 16 hex digits
  std::vector<std::pair<std::string, std::string>> params;  // from the route's ":name" parts

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  std::string_view param(std::string_view name) const;
};

// The open body of a streamed response. Used on the request's own fiber only.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Queues bytes; they leave in one send when the fiber next waits, or at once when 16 KiB have gathered.
  // False: the reader is gone or stalled for longer than limits allow; stop writing.
  virtual bool write(std::string_view bytes) = 0;
  virtual bool flush() = 0;
  // While the fiber waits and nothing was written for that long, these bytes are. They must outlive the writer.
  virtual void set_heartbeat(std::chrono::milliseconds silence, std::string_view bytes) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::string_view fixed_body;  // instead of body: bytes that live for ever (embedded assets); sent without a copy
  // Instead of a body: called once on the request's fiber after the head is sent; the response ends when it returns.
  // Sent chunked. The request's headers and body are gone by then: take along what is needed. If the reader leaves, the fiber is cancelled: every wait in it returns Wake::kCancelled.
  std::function<void(BodyWriter&)> stream;
  bool close = false;           // end the connection after this response
};

}  // namespace whinchat::http
