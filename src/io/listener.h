// A listening socket whose accept loop survives every accept error (back-off 50 ms, a reserve descriptor for EMFILE).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/loop.h"
#include "io/stream.h"

namespace whinchat::io {

struct Accepted {
  int socket = -1;      // non-blocking, close-on-exec; owned by whoever takes it
  std::string peer_ip;  // textual; v4-mapped unwrapped
  int peer_port = 0;
};

class Listener {
 public:
  // Binds at once, so that a busy port is an error here. address: an IP literal; port 0: any free one.
  static Result<std::unique_ptr<Listener>> bind(const std::string& address, int port);
  virtual ~Listener() = default;
  virtual int port() const = 0;
  virtual const std::string& address() const = 0;
  // on_accept runs on the loop outside any fiber for each connection; it may refuse by closing the socket.
  virtual void start(Loop& loop, std::function<void(Accepted)> on_accept) = 0;
  virtual void stop() = 0;  // closes the socket: new connects are refused. Any thread; idempotent
};

// Takes the socket over for fibers of the current loop.
std::unique_ptr<Stream> adopt_socket(int socket);

}  // namespace whinchat::io
