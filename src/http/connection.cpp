#include "http/connection.h"

#include <poll.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "http/exchange.h"
#include "http/reason_phrase.h"

namespace whinchat::http {

namespace {

constexpr size_t kReadBytes = 4096;
constexpr std::chrono::milliseconds kLingerTime{100};
constexpr size_t kLingerBytes = 64 * 1024;

// A whole response as text, for answers given before cpp-httplib is asked.
std::string plain_response(const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
  for (const Header& header : response.headers) text += header.name + ": " + header.value + "\r\n";
  text += "Content-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n";
  return text + response.body;
}

}  // namespace

Connection::Connection(std::shared_ptr<Server::Impl> server, Server::Impl::PerLoop& home, io::Accepted accepted,
                       std::string address_key, std::shared_ptr<io::TlsServerContext> tls)
    : server_(std::move(server)),
      home_(home),
      peer_ip_(std::move(accepted.peer_ip)),
      peer_port_(accepted.peer_port),
      address_key_(std::move(address_key)),
      tls_(std::move(tls)),
      stream_(io::adopt_socket(accepted.socket)),
      timer_(*home.loop) {
  home_.connections.insert(this);
}

Connection::~Connection() {
  home_.connections.erase(this);
  server_->leave(address_key_);
}

void Connection::start() { idle(limits::kHeadDeadline); }

// Nobody waits on a stack: the reactor holds the record, the timer ends it.
void Connection::idle(std::chrono::seconds patience) {
  const bool over = server_->draining.load(std::memory_order_relaxed) && served_ > 0;
  if (over || server_->closed.load() || !stream_->is_open()) return close();
  timer_.set(io::Clock::now() + patience, [self = shared_from_this()] { self->close(); });
  stream_->watch_readable([self = shared_from_this()] {
    self->timer_.cancel();
    self->fiber_ = io::spawn(*self->home_.loop, [self] { self->serve(); });
  });
}

void Connection::end_if_idle() {
  if (fiber_.finished()) close();
}

void Connection::cancel(io::CancelReason reason) { fiber_.cancel(reason); }

void Connection::close() {
  const auto self = shared_from_this();  // the timer and the watch below may hold the last references
  timer_.cancel();
  if (!stream_) return;  // lost in a failed handshake
  stream_->watch_readable(nullptr);
  stream_->close();
}

bool Connection::may_keep_alive() const {
  return served_ < limits::kRequestsPerConnection && !server_->draining.load(std::memory_order_relaxed);
}

void Connection::serve() {
  if (tls_ && !secured_ && !open_tls()) return close();
  while (serve_one()) {
    if (input_.empty()) return idle(limits::kKeepAliveIdle);  // without this fiber, which ends here
  }
  linger();
  close();
}

bool Connection::open_tls() {
  const auto deadline = io::Clock::now() + limits::kTlsHandshakeDeadline;
  const auto hello = io::starts_with_tls_hello(*stream_, deadline);
  if (!hello.ok()) return false;
  if (!hello.value()) {
    refuse({400, "This port speaks HTTPS: write https:// in the address."});
    linger();
    return false;
  }
  auto secured = io::tls_accept(std::move(stream_), *tls_, deadline);
  if (!secured.ok()) return false;
  stream_ = std::move(secured).value();
  secured_ = true;
  return true;
}

// One request from its first byte to the last of its answer. False: the connection is to end.
bool Connection::serve_one() {
  const auto deadline = io::Clock::now() + limits::kHeadDeadline;
  size_t length = 0;
  for (;;) {
    if (served_ > 0 && input_.starts_with("\r\n")) input_.erase(0, 2);  // RFC 9112 section 2.2: an empty line between requests
    length = head_length(input_);
    if (length != 0) break;
    const size_t line = input_.find('\n');
    if (line == std::string::npos && input_.size() > limits::kTargetBytes + 64) {
      return refuse({414, "The address is longer than 8,192 bytes."});
    }
    if (input_.size() > limits::kHeadBytes) return refuse({431, "The request head is longer than 16,384 bytes."});
    if (!input_.empty() && input_.front() == 0x16) return false;  // a TLS hello on the plain port
    if (!read_more(deadline).ok()) return false;
  }
  if (length > limits::kHeadBytes) return refuse({431, "The request head is longer than 16,384 bytes."});
  std::optional<Exchange> exchange;
  if (!begin(length, exchange)) return false;
  server_->requests.fetch_add(1, std::memory_order_relaxed);
  const bool again = server_->engine.process(*exchange);
  exchange.reset();
  server_->requests.fetch_sub(1, std::memory_order_relaxed);
  return again && !io::this_fiber::cancelled();
}

// A function of its own: what it needs on the stack would stay there for as long as a stream lasts.
[[gnu::noinline]] bool Connection::begin(size_t head_bytes, std::optional<Exchange>& exchange) {
  HeadResult parsed = parse_request_head(std::string_view(input_).substr(0, head_bytes));
  if (parsed.refusal) return refuse(*parsed.refusal);
  input_.erase(0, head_bytes);
  ++served_;
  Request request;
  fill_request(*parsed.head, request);
  Dispatch dispatch = choose(request);
  exchange.emplace(*this, std::move(*parsed.head), std::move(request), std::move(dispatch));
  return true;
}

// Choosing is the application's code as well, so it stands behind the same wall as handlers.
Dispatch Connection::choose(Request& request) {
  try {
    return server_->options.dispatch(request);
  } catch (const std::exception& e) {
    Dispatch failed;
    failed.instead = server_->options.on_throw(request, e.what());
    return failed;
  }
}

void Connection::fill_request(const RequestHead& head, Request& request) const {
  request.method = head.method;
  request.target = head.target;
  request.path = head.path;
  request.query = head.query;
  request.headers = head.headers;
  request.host = head.host;
  request.peer_ip = peer_ip_;
  request.client_ip = peer_ip_;
  request.secure = secured_;
  request.request_id = home_.request_ids.next();
}

bool Connection::refuse(const HeadRefusal& refusal) {
  const std::string text = plain_response(server_->options.refuse(refusal.status, refusal.reason));
  stream_->write_all(text, io::Clock::now() + limits::kWriteStall);
  return false;
}

void Connection::linger() {
  if (!stream_->is_open() || io::this_fiber::cancelled()) return;
  stream_->shutdown();
  char waste[kReadBytes];
  const auto deadline = io::Clock::now() + kLingerTime;
  for (size_t seen = 0; seen < kLingerBytes;) {
    const auto got = stream_->read_some(waste, sizeof waste, deadline);
    if (!got.ok()) return;
    seen += got.bytes;
  }
}

io::IoResult Connection::read_more(io::TimePoint deadline) {
  char bytes[kReadBytes];  // not input_ itself: it must not move while this waits
  const auto got = stream_->read_some(bytes, sizeof bytes, deadline);
  if (got.ok()) input_.append(bytes, got.bytes);
  return got;
}

void Connection::watch() {
  if (input_.size() >= limits::kPipelinedBytes) return;
  stream_->watch_readable([self = shared_from_this()] {
    char bytes[1024];
    const auto got = self->stream_->try_read(bytes, sizeof bytes);
    if (got.status != io::IoStatus::kOk) return self->fiber_.cancel(io::CancelReason::kReaderGone);
    self->input_.append(bytes, got.bytes);
    self->watch();
  });
}

void Connection::unwatch() { stream_->watch_readable(nullptr); }

bool Connection::poll_gone() {
  pollfd fd{stream_->native_handle(), POLLRDHUP, 0};
  return ::poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace whinchat::http
