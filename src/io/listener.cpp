#include "io/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "io/loop_impl.h"
#include "base/limits.h"

namespace whinchat::io {

namespace {

using boost::asio::ip::tcp;

// Gives up a spare descriptor so that a connection can be taken and closed when the process has none left; otherwise
// the kernel keeps reporting the same connection and the loop would spin.
class ReserveDescriptor {
 public:
  ReserveDescriptor() { fill(); }
  ~ReserveDescriptor() {
    if (spare_ >= 0) ::close(spare_);
  }
  void shed(int listening_socket) {
    if (spare_ >= 0) ::close(spare_);
    spare_ = -1;
    const int taken = ::accept(listening_socket, nullptr, nullptr);
    if (taken >= 0) ::close(taken);
    fill();
  }

 private:
  void fill() { spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
  int spare_ = -1;
};

std::pair<std::string, int> name_of(const sockaddr_storage& name) {
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), &name, std::min(sizeof name, endpoint.capacity()));
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  return {address.to_string(), endpoint.port()};
}

// Shared with the reactor's pending wait, so that stop() from another thread and destruction are safe.
struct Acceptor : std::enable_shared_from_this<Acceptor> {
  Acceptor(Loop& loop, std::function<void(Accepted)> call)
      : socket(loop.impl().context), pause(loop.impl().context), on_accept(std::move(call)) {}

  tcp::acceptor socket;
  boost::asio::steady_timer pause;
  std::function<void(Accepted)> on_accept;
  ReserveDescriptor reserve;

  void wait() {
    if (!socket.is_open()) return;
    socket.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](boost::system::error_code) {
      if (self->socket.is_open()) self->drain();
    });
  }

  // Takes what is there, but not without end: other fibers of this loop want their turn.
  void drain() {
    for (int taken = 0; taken < 64; ++taken) {
      sockaddr_storage name{};
      socklen_t length = sizeof name;
      const int client = ::accept4(socket.native_handle(), reinterpret_cast<sockaddr*>(&name), &length,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client >= 0) {
        auto [ip, port] = name_of(name);
        on_accept({client, std::move(ip), port});
        continue;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) return wait();
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
      if (errno == EMFILE || errno == ENFILE) reserve.shed(socket.native_handle());
      return back_off();  // whatever it is, it passes: a listener never gives up
    }
    wait();
  }

  void back_off() {
    pause.expires_after(limits::kAcceptBackoff);
    pause.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->socket.is_open()) self->drain();
    });
  }
};

class TcpListener final : public Listener {
 public:
  TcpListener(int socket, std::string address, int port)
      : socket_(socket), address_(std::move(address)), port_(port) {}
  ~TcpListener() override {
    stop();
    if (socket_ >= 0) ::close(socket_);
  }

  int port() const override { return port_; }
  const std::string& address() const override { return address_; }

  void start(Loop& loop, std::function<void(Accepted)> on_accept) override {
    if (stopped_) return;
    loop_ = &loop;
    acceptor_ = std::make_shared<Acceptor>(loop, std::move(on_accept));
    acceptor_->socket.assign(address_.find(':') == std::string::npos ? tcp::v4() : tcp::v6(), socket_);
    socket_ = -1;
    loop.post([acceptor = acceptor_] { acceptor->wait(); });
  }

  void stop() override {
    if (stopped_.exchange(true) || !acceptor_) return;
    // Given away: this object may outlive the loop, the acceptor must not.
    loop_->post([acceptor = std::move(acceptor_)] {
      boost::system::error_code ignored;
      acceptor->socket.close(ignored);
      acceptor->pause.cancel();
    });
  }

 private:
  int socket_;
  std::string address_;
  int port_;
  Loop* loop_ = nullptr;
  std::atomic<bool> stopped_{false};
  std::shared_ptr<Acceptor> acceptor_;
};

Error bind_error(const std::string& address, int port, int error) {
  const std::string where = address + " port " + std::to_string(port);
  if (error == EADDRINUSE) {
    return {ErrorCode::kConfig, "Port " + std::to_string(port) + " is already in use. Stop the other program or set PORT.", where};
  }
  if (error == EACCES) {
    return {ErrorCode::kConfig, "Not allowed to listen on port " + std::to_string(port) +
            ". Ports below 1024 need root or CAP_NET_BIND_SERVICE.", where};
  }
  if (error == EADDRNOTAVAIL) {
    return {ErrorCode::kConfig, "This machine has no address " + address + ". Set HOST to one that it has.", where};
  }
  return {ErrorCode::kConfig, "Cannot listen on " + where + ": " + std::strerror(error) + ".", where};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(const std::string& address, int port) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error) return Error{ErrorCode::kConfig, "HOST must be an IP address, not \"" + address + "\".", address};
  const tcp::endpoint endpoint(ip, static_cast<unsigned short>(port));
  const int socket = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return bind_error(address, port, errno);
  int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // restart at once; never SO_REUSEPORT: two servers
                                                                   // must not share a port without knowing
  if (ip.is_v6()) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(socket, limits::kListenBacklog) != 0) {
    const int reason = errno;
    ::close(socket);
    return bind_error(address, port, reason);
  }
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length);
  return std::unique_ptr<Listener>(std::make_unique<TcpListener>(socket, address, name_of(name).second));
}

}  // namespace whinchat::io
