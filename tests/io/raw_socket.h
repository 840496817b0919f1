// For tests: a blocking client or server socket on 127.0.0.1 that is driven byte by byte; every wait is bounded.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace whinchat::io::test {

class RawSocket {
 public:
  RawSocket() = default;
  explicit RawSocket(int socket) : socket_(socket) {}
  RawSocket(RawSocket&& other) noexcept : socket_(std::exchange(other.socket_, -1)), read_(std::move(other.read_)) {}
  RawSocket& operator=(RawSocket&& other) noexcept {
    close();
    socket_ = std::exchange(other.socket_, -1);
    read_ = std::move(other.read_);
    return *this;
  }
  ~RawSocket() { close(); }

  static RawSocket connect(int port, const char* ip = "127.0.0.1", int receive_buffer_bytes = 0) {
    RawSocket raw(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes > 0) {
      ::setsockopt(raw.socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, ip, &to.sin_addr);
    if (::connect(raw.socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) raw.close();
    int on = 1;
    ::setsockopt(raw.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return raw;
  }

  bool is_open() const { return socket_ >= 0; }
  int handle() const { return socket_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // The bytes up to and with the mark; everything read so far when the mark does not come in time or the other side ends.
  std::string read_until(std::string_view mark, int patience_ms = 5000) {
    while (read_.find(mark) == std::string::npos) {
      if (!fill(patience_ms)) return std::exchange(read_, {});
    }
    return take(read_.find(mark) + mark.size());
  }

  std::string read_exactly(size_t bytes, int patience_ms = 5000) {
    while (read_.size() < bytes) {
      if (!fill(patience_ms)) return std::exchange(read_, {});
    }
    return take(bytes);
  }

  // Everything until the other side ends. ended tells whether it did.
  std::string read_all(int patience_ms = 5000, bool* ended = nullptr) {
    while (fill(patience_ms)) {
    }
    if (ended) *ended = at_end_;
    return std::exchange(read_, {});
  }

  // Nothing comes for that long, and the connection stays.
  bool is_silent(int ms) {
    pollfd fd{socket_, POLLIN, 0};
    return read_.empty() && ::poll(&fd, 1, ms) == 0;
  }

  // The other side's end (FIN or RST) comes within that time; bytes before it are dropped.
  bool ends_within(int ms) {
    read_all(ms);
    return at_end_;
  }

  void finish_writing() { ::shutdown(socket_, SHUT_WR); }
  void reset() {  // RST
    linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  std::string take(size_t bytes) {
    std::string out = read_.substr(0, bytes);
    read_.erase(0, bytes);
    return out;
  }
  bool fill(int patience_ms) {
    pollfd fd{socket_, POLLIN, 0};
    if (::poll(&fd, 1, patience_ms) <= 0) return false;
    char bytes[65536];
    const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n <= 0) {
      at_end_ = true;
      return false;
    }
    read_.append(bytes, static_cast<size_t>(n));
    return true;
  }

  int socket_ = -1;
  bool at_end_ = false;
  std::string read_;
};

// A listening socket on 127.0.0.1, any port.
class RawListener {
 public:
  explicit RawListener(int backlog = 128) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name);
    ::listen(socket_, backlog);
    socklen_t length = sizeof name;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &length);
    port_ = ntohs(name.sin_port);
  }
  ~RawListener() { close(); }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  int port() const { return port_; }
  RawSocket accept(int patience_ms = 5000) {
    pollfd fd{socket_, POLLIN, 0};
    if (::poll(&fd, 1, patience_ms) <= 0) return RawSocket();
    return RawSocket(::accept(socket_, nullptr, nullptr));
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace whinchat::io::test
