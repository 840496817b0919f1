// TCP for fibers. recv/send are tried first; only when they would block is the reactor asked.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "io/fiber_impl.h"
#include "io/listener.h"
#include "io/stream.h"

namespace whinchat::io {

namespace {

using boost::asio::ip::tcp;

// Outlives the stream while the reactor still holds a wait on it.
struct Core : std::enable_shared_from_this<Core> {
  explicit Core(Loop& l) : loop(l), socket(l.impl().context) {}

  Loop& loop;
  tcp::socket socket;
  bool read_armed = false;   // the reactor will call read_ready()
  bool write_armed = false;
  Fiber* reader = nullptr;   // waits for read_ready()
  Fiber* writer = nullptr;
  std::function<void()> on_readable;

  void arm_read() {
    if (read_armed) return;
    read_armed = true;
    socket.async_wait(tcp::socket::wait_read, [core = shared_from_this()](boost::system::error_code) {
      core->read_armed = false;
      core->read_ready();
    });
  }
  void arm_write() {
    if (write_armed) return;
    write_armed = true;
    socket.async_wait(tcp::socket::wait_write, [core = shared_from_this()](boost::system::error_code) {
      core->write_armed = false;
      if (Fiber* fiber = std::exchange(core->writer, nullptr)) fiber->wake(Wake::kReady);
    });
  }
  void read_ready() {
    if (Fiber* fiber = std::exchange(reader, nullptr)) return fiber->wake(Wake::kReady);
    if (auto call = std::exchange(on_readable, nullptr)) call();
  }

  Wake wait_readable(TimePoint deadline) {
    Fiber* fiber = Fiber::current();
    return fiber->wait(
        deadline, [&] { reader = fiber; return arm_read(), true; }, [&] { reader = nullptr; });
  }
  Wake wait_writable(TimePoint deadline) {
    Fiber* fiber = Fiber::current();
    return fiber->wait(
        deadline, [&] { writer = fiber; return arm_write(), true; }, [&] { writer = nullptr; });
  }
};

IoStatus status_of(Wake wake) {
  return wake == Wake::kTimeout ? IoStatus::kTimeout : wake == Wake::kCancelled ? IoStatus::kCancelled : IoStatus::kOk;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

class TcpStream final : public Stream {
 public:
  explicit TcpStream(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~TcpStream() override { close(); }

  IoResult read_some(char* data, size_t size, TimePoint deadline) override {
    for (;;) {
      if (drained_) {
        // The last read came back short: nothing more is there, so ask the reactor and save a system call.
        drained_ = false;
      } else {
        const IoResult result = try_read(data, size);
        if (result.status != IoStatus::kOk || result.bytes > 0) return result;
      }
      if (!is_open()) return {IoStatus::kError, 0};
      const Wake wake = core_->wait_readable(deadline);
      if (wake != Wake::kReady) return {status_of(wake), 0};
    }
  }

  IoResult try_read(char* data, size_t size) override {
    for (;;) {
      if (!is_open()) return {IoStatus::kError, 0};
      const ssize_t n = ::recv(core_->socket.native_handle(), data, size, 0);
      if (n > 0) {
        drained_ = static_cast<size_t>(n) < size;
        return {IoStatus::kOk, static_cast<size_t>(n)};
      }
      if (n == 0) return {IoStatus::kEof, 0};
      if (errno == EINTR) continue;
      if (would_block(errno)) return {IoStatus::kOk, 0};
      return {IoStatus::kError, 0};
    }
  }

  IoResult write_all(std::string_view data, TimePoint deadline) override { return write_all(data, {}, deadline); }

  IoResult write_all(std::string_view first, std::string_view second, TimePoint deadline) override {
    size_t sent = 0;
    const size_t total = first.size() + second.size();
    while (sent < total) {
      if (!is_open()) return {IoStatus::kError, sent};
      const ssize_t n = send_parts(first, second, sent);
      if (n >= 0) {
        sent += static_cast<size_t>(n);
        continue;
      }
      if (errno == EINTR) continue;
      if (!would_block(errno)) return {IoStatus::kError, sent};
      const Wake wake = core_->wait_writable(deadline);
      if (wake != Wake::kReady) return {status_of(wake), sent};
    }
    return {IoStatus::kOk, sent};
  }

  bool likely_empty() const override { return drained_; }
  IoResult wait_readable(TimePoint deadline) override {
    drained_ = false;
    return is_open() ? IoResult{status_of(core_->wait_readable(deadline)), 0} : IoResult{IoStatus::kError, 0};
  }
  IoResult wait_writable(TimePoint deadline) override {
    return is_open() ? IoResult{status_of(core_->wait_writable(deadline)), 0} : IoResult{IoStatus::kError, 0};
  }

  void watch_readable(std::function<void()> on_ready) override {
    core_->on_readable = std::move(on_ready);
    if (core_->on_readable && is_open()) core_->arm_read();
  }

  void shutdown() override {
    if (is_open()) ::shutdown(core_->socket.native_handle(), SHUT_WR);
  }

  void close() override {
    core_->on_readable = nullptr;
    boost::system::error_code ignored;
    core_->socket.close(ignored);
  }

  bool is_open() const override { return core_->socket.is_open(); }
  int native_handle() const override {
    return is_open() ? static_cast<int>(core_->socket.native_handle()) : -1;
  }
  bool secure() const override { return false; }

  Core& core() { return *core_; }

 private:
  ssize_t send_parts(std::string_view first, std::string_view second, size_t skip) {
    iovec parts[2];
    int count = 0;
    for (std::string_view part : {first, second}) {
      const size_t here = std::min(skip, part.size());
      part.remove_prefix(here);
      skip -= here;
      if (!part.empty()) parts[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
    return ::sendmsg(core_->socket.native_handle(), &message, MSG_NOSIGNAL);
  }

  std::shared_ptr<Core> core_;
  bool drained_ = false;
};

// The socket, registered anew: once it has waited to be writable, the reactor reports every acknowledged byte for ever.
std::shared_ptr<Core> forget_writability(Core& core, const tcp& protocol) {
  auto fresh = std::make_shared<Core>(core.loop);
  boost::system::error_code error;
  const int handle = core.socket.release(error);
  if (!error) fresh->socket.assign(protocol, handle, error);
  if (!error) fresh->socket.native_non_blocking(true, error);
  return fresh;  // closed, if that failed: its first use says so
}

// Connects or says why not; waits for writability, which a socket in connect() reports when it is done.
Result<std::unique_ptr<Stream>> connect_one(const Endpoint& endpoint, TimePoint deadline) {
  auto core = std::make_shared<Core>(*Loop::current());
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(endpoint.ip, error);
  if (error) return Error{ErrorCode::kInvalidRequest, "Not an address.", endpoint.ip};
  const tcp::endpoint target(address, static_cast<unsigned short>(endpoint.port));
  core->socket.open(target.protocol(), error);
  if (!error) core->socket.native_non_blocking(true, error);
  if (error) return Error{ErrorCode::kProviderUnavailable, "No connection.", "socket: " + error.message()};
  const int handle = core->socket.native_handle();
  int on = 1;
  ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(handle, target.data(), static_cast<socklen_t>(target.size())) != 0) {
    if (errno != EINPROGRESS && !would_block(errno)) {
      return Error{ErrorCode::kProviderUnavailable, "No connection.", std::string("connect: ") + std::strerror(errno)};
    }
    const Wake wake = core->wait_writable(deadline);
    if (wake == Wake::kCancelled) return Error{ErrorCode::kCancelled, "Stopped.", "connect cancelled"};
    if (wake == Wake::kTimeout) return Error{ErrorCode::kTimeout, "No connection in time.", "connect timed out"};
    int failure = 0;
    socklen_t length = sizeof failure;
    ::getsockopt(handle, SOL_SOCKET, SO_ERROR, &failure, &length);
    if (failure != 0) {
      return Error{ErrorCode::kProviderUnavailable, "No connection.", std::string("connect: ") + std::strerror(failure)};
    }
    core = forget_writability(*core, target.protocol());
  }
  return std::unique_ptr<Stream>(std::make_unique<TcpStream>(std::move(core)));
}

}  // namespace

Result<std::unique_ptr<Stream>> connect_tcp(const std::vector<Endpoint>& endpoints, TimePoint deadline) {
  Error last{ErrorCode::kProviderUnavailable, "No connection.", "no address"};
  for (size_t i = 0; i < endpoints.size(); ++i) {
    const TimePoint now = Clock::now();
    if (now >= deadline) return Error{ErrorCode::kTimeout, "No connection in time.", "connect timed out"};
    const auto share = (deadline - now) / static_cast<int>(endpoints.size() - i);
    auto stream = connect_one(endpoints[i], std::min(deadline, now + std::max<Duration>(share, std::chrono::milliseconds(250))));
    if (stream.ok() || stream.error().code == ErrorCode::kCancelled) return stream;
    last = stream.error();
  }
  return last;
}

std::unique_ptr<Stream> adopt_socket(int socket) {
  auto core = std::make_shared<Core>(*Loop::current());
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length);
  boost::system::error_code error;
  core->socket.assign(name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, error);
  if (error) {
    ::close(socket);
    return std::make_unique<TcpStream>(std::move(core));  // a closed stream
  }
  core->socket.native_non_blocking(true, error);
  int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::make_unique<TcpStream>(std::move(core));
}

}  // namespace whinchat::io
