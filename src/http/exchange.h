// Inside http/ only: one request and its response on a connection, as cpp-httplib's Stream sees it.
#pragma once

#include <httplib.h>

#include <chrono>
#include <string>

#include "http/chunk_guard.h"
#include "http/connection.h"
#include "http/request_head.h"
#include "http/server.h"
#include "io/fiber.h"

namespace whinchat::http {

class Exchange final : public httplib::Stream, public io::FiberOutput, public BodyWriter {
 public:
  Exchange(Connection& connection, RequestHead head, Request request, Dispatch dispatch);
  ~Exchange() override;
  static Exchange& current() { return static_cast<Exchange&>(*io::this_fiber::output()); }

  // --- what the engine asks ---
  const std::string& peer_ip() const;
  bool has_body() const { return head_.framing != Framing::kNone; }
  bool answered_without_body() const { return dispatch_.instead.has_value(); }
  bool body_readable() const;            // POST and its like with a framed body of acceptable length
  bool refused() const { return body_failure_ != 0; }
  bool keep_alive() const;               // as things stand now
  bool old_client() const { return head_.minor_version == 0; }
  std::string& body() { return request_.body; }
  size_t body_bytes_max() const { return dispatch_.body_bytes_max; }
  void make_response();                  // calls the handler, or takes the ready answer
  void too_large() { body_failure_ = 413; }
  void refuse_body();                    // response: why the body could not be read
  Response& response() { return response_; }
  bool streams() const { return static_cast<bool>(response_.stream); }
  bool run_stream();                     // the head is written: the body, in chunks. False: cut off
  void close_after() { close_after_ = true; }
  bool finish();                         // sends what is left; false: the connection must close
  bool head_sent() const { return bytes_sent_ > 0; }

  // --- httplib::Stream ---
  bool is_readable() const override { return true; }
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return !gone_; }
  bool is_peer_alive() const override { return !gone_; }
  ssize_t read(char* data, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return -1; }
  time_t duration() const override { return 0; }

  // --- BodyWriter ---
  bool write(std::string_view bytes) override;
  bool flush() override;
  void set_heartbeat(std::chrono::milliseconds silence, std::string_view bytes) override;

  // --- io::FiberOutput ---
  void flush_before_wait() override;
  io::TimePoint next_tick() const override;
  void tick() override;

 private:
  ssize_t read_body(char* data, size_t size);
  bool takes_body() const;               // by its method
  void close_writer();                   // nothing may follow the body's end, a heartbeat neither
  bool cut_stream(const char* what);     // it threw: noted, and its body stays unfinished, so that the client sees it. False
  bool send_out(std::string_view more);
  void lose_reader();

  Connection& connection_;
  RequestHead head_;
  Request request_;
  Dispatch dispatch_;
  Response response_;

  std::string replay_;             // the head as cpp-httplib is to see it: framing only
  size_t replayed_ = 0;
  uint64_t length_left_ = 0;
  ChunkGuard chunks_;
  io::TimePoint body_deadline_;
  int body_failure_ = 0;           // status to answer with: 400 408 413

  std::string out_;                // corked output
  size_t bytes_sent_ = 0;
  bool streaming_ = false;         // the body is open
  bool close_after_ = false;       // whether the body will come is unknown
  bool responding_ = false;        // the body is read: from now on the client is watched
  bool watching_ = false;
  bool reading_ = false;           // a read of the body waits: the client is not watched
  bool sending_ = false;           // a send waits: a heartbeat now would land in the middle of it
  bool gone_ = false;
  int waits_ = 0;                  // while streaming
  std::chrono::milliseconds heartbeat_every_{0};
  std::string_view heartbeat_;
  io::TimePoint last_write_;
  const io::TimePoint began_;
};

}  // namespace whinchat::http
