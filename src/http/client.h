// HTTP(S) requests to providers: cpp-httplib's client code on fiber streams, with a keep-alive pool per origin.
//
// One Client serves the whole process; send() may be called from any fiber of any loop (each loop has its own pool, so
// nothing is locked while a request runs). Always verified TLS (1.2+) through one shared context; no redirects; no
// compression asked for; HTTPS_PROXY / HTTP_PROXY / NO_PROXY honoured; a pooled connection that turns out stale is
// replaced once, before any byte of a reply, or reported (KeptConnections). Cancelling the fiber closes the upstream socket at once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace whinchat::http {

struct ClientTimeouts {
  std::chrono::milliseconds connect{10'000};   // name, TCP, proxy and TLS together
  std::chrono::milliseconds head{120'000};     // request sent -> status and headers read
  std::chrono::milliseconds idle{120'000};     // longest silence within the body
  std::chrono::milliseconds total{1'800'000};  // everything
};

// What a request does with the connections that are kept from earlier ones. One of those may have ended just now, unseen:
// then it ends under the request, which may or may not have been read.
enum class KeptConnections : uint8_t {
  kReplaceStale,  // sent again at once on a new connection
  kReportStale,   // kProviderUnavailable with retry_after_s 0: for callers who count their tries
  kAvoid,         // a new connection from the start
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;       // absolute, http or https, no user info, no fragment
  Headers headers;       // Host, Accept-Encoding and Connection are set by the client
  std::string body;      // sent with Content-Length when not empty or the method is POST
  ClientTimeouts timeouts;
  size_t body_bytes_max = 8u << 20;  // more: kProviderProtocol
  KeptConnections kept = KeptConnections::kReplaceStale;
};

struct ClientHead {
  int status = 0;
  Headers headers;
};

struct ClientOptions {
  std::string ca_file;      // empty: the system's usual places (io/tls.h)
  std::string https_proxy;  // "http://[user:password@]host:port" or empty
  std::string http_proxy;
  std::string no_proxy;     // comma list: names, .suffixes, addresses, CIDR, "*"
  std::string user_agent;   // "whinchat/1.0.0"
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> create(ClientOptions options);
  virtual ~Client() = default;

  // Sends and waits for the whole reply. on_head sees status and headers before the body: false stops. on_body gets body
  // bytes as they come (de-chunked): false stops. Both run on the calling fiber and must not throw.
  // Errors: kProviderUnavailable (name, connect, TLS: detail says which; nothing was sent), kTimeout, kCancelled,
  // kProviderTruncated (ended in mid-reply), kProviderProtocol (not HTTP, or too large). A status of 400 or more is no
  // error here. When a callback stopped the call the result is the head that was read.
  // The request's headers and body are let go as soon as the reply begins: a stream may last for minutes.
  virtual Result<ClientHead> send(ClientRequest request,
                                  const std::function<bool(const ClientHead&)>& on_head,
                                  const std::function<bool(std::string_view)>& on_body) = 0;

  // Open upstream connections, for the metrics page.
  struct Stats { long open = 0; long idle = 0; long opened_total = 0; long reused_total = 0; };
  virtual Stats stats() const = 0;

  // Convenience: the whole body in memory.
  struct Reply { int status = 0; Headers headers; std::string body; };
  Result<Reply> fetch(ClientRequest request);
};

}  // namespace whinchat::http
