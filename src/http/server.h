// The HTTP server: listeners, connections, and the way of a request through cpp-httplib to a handler and back.
//
// A connection is a small record; it has a fiber only while a request is being read or answered. Heads are judged by
// http/request_head before cpp-httplib sees anything; bodies are read under a total deadline. While a handler waits,
// its client's socket is watched: a client that leaves cancels the fiber (CancelReason::kReaderGone).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "io/loop.h"
#include "io/tls.h"

namespace whinchat::http {

// What is to happen with a request whose head is known and whose body is not read yet.
struct Dispatch {
  std::optional<Response> instead;                // answer this, do not read the body
  size_t body_bytes_max = 0;                      // more: 413
  std::chrono::seconds body_deadline_max = limits::kBodyDeadlineMax;  // from the head's end to the body's
  std::function<Response(const Request&)> handle; // on the request's fiber, body read; may throw (answered by on_throw)
};

struct ServerOptions {
  // All of these run on the request's fiber and from several loops at once.
  std::function<Dispatch(Request&)> dispatch;
  std::function<void(const Request&, Response&)> decorate;                   // headers that every response carries
  std::function<Response(int status, const std::string& reason)> refuse;     // for requests that are not understood
  std::function<Response(const Request&, const char* what)> on_throw;        // a handler threw
  std::function<void(const Request&, int status, double duration_ms, size_t bytes_sent)> on_done;
  int connections_max = 4096;
};

struct ServerStats {
  long connections = 0;
  long requests = 0;            // being answered now
  long refused_connections = 0; // over a cap, since the start
};

class Server {
 public:
  Server(io::LoopGroup& loops, ServerOptions options);
  ~Server();  // the loops must still run; ends all connections

  // Binds now; connections are taken after start(). tls null: plain HTTP. Port 0: any. Returns the port.
  Result<int> listen(const std::string& address, int port, std::shared_ptr<io::TlsServerContext> tls);
  void start();

  // The three steps of an orderly end, from any thread:
  void stop_accepting();   // no new connections; idle ones end; running ones get "Connection: close"
  void end_streams();      // cancels every running request with CancelReason::kDrain
  void close_all();        // and now they are gone; final: later connections are closed as they come

  ServerStats stats() const;

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace whinchat::http
