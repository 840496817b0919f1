// cpp-httplib's own request code over text in memory: what a client sent goes in, what it would read comes out.
#pragma once

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace whinchat::test {

class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string input) : input_(std::move(input)) {}

  bool is_readable() const override { return at_ < input_.size(); }
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return true; }
  bool is_peer_alive() const override { return true; }
  ssize_t read(char* out, size_t bytes) override {
    const size_t taken = std::min(bytes, input_.size() - at_);
    std::memcpy(out, input_.data() + at_, taken);
    at_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* data, size_t bytes) override {
    output_.append(data, bytes);
    return static_cast<ssize_t>(bytes);
  }
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 1; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 2; }
  socket_t socket() const override { return INVALID_SOCKET; }
  time_t duration() const override { return 0; }

  std::string unread() const { return input_.substr(at_); }
  const std::string& output() const { return output_; }

 private:
  std::string input_;
  size_t at_ = 0;
  std::string output_;
};

class MemoryServer final : public httplib::Server {
 public:
  MemoryServer() { svr_sock_ = 0; }  // any valid number: without one it believes it is shutting down and sends no body
  // Serves one request of the stream. False: the connection would be closed.
  bool serve_one(MemoryStream& stream) {
    bool connection_closed = false;
    const bool ok = process_request(stream, "127.0.0.1", 1, "127.0.0.1", 2, false, connection_closed, nullptr);
    return ok && !connection_closed;
  }
};

}  // namespace whinchat::test
