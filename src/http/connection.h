// Inside http/ only: one client's connection, idle or being served. Lives on one loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/request_head.h"
#include "http/server_impl.h"
#include "io/fiber.h"
#include "io/stream.h"
#include "io/timer.h"

namespace whinchat::http {

class Exchange;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Server::Impl> server, Server::Impl::PerLoop& home, io::Accepted accepted,
             std::string address_key, std::shared_ptr<io::TlsServerContext> tls);
  ~Connection();

  // --- on the loop, outside any fiber ---
  void start();
  void end_if_idle();
  void cancel(io::CancelReason reason);
  void close();

  // --- for the exchange, on the connection's fiber ---
  Server::Impl& server() { return *server_; }
  io::Stream& stream() { return *stream_; }
  const std::string& peer_ip() const { return peer_ip_; }
  int peer_port() const { return peer_port_; }
  bool may_keep_alive() const;
  std::string& input() { return input_; }            // read but not consumed: the rest of a body, pipelined requests
  io::IoResult read_more(io::TimePoint deadline);    // appends to input()
  // While a handler waits: bytes go to input(), an end cancels the fiber.
  void watch();
  void unwatch();
  bool poll_gone();                                  // asks the kernel: for when the read-ahead is full

 private:
  void idle(std::chrono::seconds patience);
  void serve();                                      // fiber: until idle or over
  bool open_tls();
  bool serve_one();
  bool begin(size_t head_bytes, std::optional<Exchange>& exchange);  // false: refused, the connection is to end
  Dispatch choose(Request& request);
  bool refuse(const HeadRefusal& refusal);
  void linger();                                     // lets the client read the last answer before the socket resets
  void fill_request(const RequestHead& head, Request& request) const;

  std::shared_ptr<Server::Impl> server_;
  Server::Impl::PerLoop& home_;
  const std::string peer_ip_;
  const int peer_port_;
  const std::string address_key_;
  std::shared_ptr<io::TlsServerContext> tls_;
  std::unique_ptr<io::Stream> stream_;
  io::Timer timer_;
  io::FiberRef fiber_;
  std::string input_;
  int served_ = 0;
  bool secured_ = false;
};

}  // namespace whinchat::http
