#include "fake_provider_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace whinchat::fake {

namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kPiecesPerTurn = 64;  // then the other connections have theirs
constexpr uint64_t kListenerId = 0;
std::atomic<uint64_t> next_id{1};

int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

// Takes one whole request from the front of `in`. False: more bytes are needed.
bool take_request(std::string& in, Received& request) {
  const size_t head_end = in.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  size_t at = in.find("\r\n");
  const std::string line = in.substr(0, at);
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  Received got;
  got.method = line.substr(0, first);
  if (first != std::string::npos) got.target = line.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  while (at < head_end) {
    at += 2;
    const size_t end = std::min(in.find("\r\n", at), head_end);
    const size_t colon = in.find(':', at);
    if (colon != std::string::npos && colon < end) {
      size_t value = colon + 1;
      while (value < end && in[value] == ' ') ++value;
      got.headers.emplace_back(lower(in.substr(at, colon - at)), in.substr(value, end - value));
    }
    at = end;
  }
  at = head_end + 4;
  if (got.header("transfer-encoding") == "chunked") {
    for (;;) {
      const size_t end = in.find("\r\n", at);
      if (end == std::string::npos) return false;
      const size_t size = std::strtoul(in.c_str() + at, nullptr, 16);
      if (in.size() < end + 2 + size + 2) return false;
      got.body.append(in, end + 2, size);
      at = end + 2 + size + 2;
      if (size == 0) break;
    }
  } else {
    const size_t size = std::strtoul(got.header("content-length").c_str(), nullptr, 10);
    if (in.size() - at < size) return false;
    got.body = in.substr(at, size);
    at += size;
  }
  in.erase(0, at);
  request = std::move(got);
  return true;
}

}  // namespace

int listen_on(int& port, bool share_port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (share_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 4096) != 0) {
    std::fprintf(stderr, "fake_provider: cannot listen on 127.0.0.1:%d: %s\n", port, std::strerror(errno));
    std::exit(1);
  }
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

Loop::Loop(Shared& shared, int listener) : shared_(shared), listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{EPOLLIN, {.u64 = kListenerId}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

void Loop::run() {
  std::vector<epoll_event> events(512);
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), next_timeout_ms());
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<size_t>(i)];
      if (event.data.u64 == kListenerId) accept_all();
      else on_event(event.data.u64, event.events);
    }
    run_timers();
    std::vector<uint64_t> ready;
    ready.swap(ready_);
    for (const uint64_t id : ready) {
      const auto found = connections_.find(id);
      if (found != connections_.end()) play(*found->second);
    }
  }
}

int Loop::next_timeout_ms() {
  if (!ready_.empty()) return 0;
  if (timers_.empty()) return -1;
  const int64_t left = timers_.top().due_ns - now_ns();
  return left <= 0 ? 0 : static_cast<int>(left / kNsPerMs + 1);
}

void Loop::run_timers() {
  const int64_t now = now_ns();
  while (!timers_.empty() && timers_.top().due_ns <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    const auto found = connections_.find(timer.connection);
    if (found == connections_.end() || found->second->timer != timer.number) continue;
    found->second->timed = false;
    play(*found->second);
  }
}

void Loop::accept_all() {
  for (int i = 0; i < 256; ++i) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto c = std::make_unique<Connection>();
    c->fd = fd;
    c->id = next_id.fetch_add(1);
    if (shared_.tls != nullptr) {
      c->ssl = SSL_new(shared_.tls);
      SSL_set_fd(c->ssl, fd);
      SSL_set_accept_state(c->ssl);
      c->handshaken = false;
    }
    epoll_event event{EPOLLIN | EPOLLRDHUP, {.u64 = c->id}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    ++shared_.counters.open;
    ++shared_.counters.accepted;
    connections_.emplace(c->id, std::move(c));
  }
}

void Loop::on_event(uint64_t id, uint32_t events) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& c = *found->second;
  if (!c.handshaken && !handshake(c)) return;
  if ((events & EPOLLERR) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return drop(c, false, true, error == ECONNRESET || error == EPIPE);
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) {
    on_readable(c);
    if (connections_.find(id) == connections_.end()) return;
  }
  if ((events & EPOLLOUT) != 0) play(c);
}

bool Loop::handshake(Connection& c) {
  ERR_clear_error();
  const int result = SSL_do_handshake(c.ssl);
  if (result == 1) {
    c.handshaken = true;
    ++shared_.counters.tls_handshakes;
    if (SSL_session_reused(c.ssl) != 0) ++shared_.counters.tls_resumed;
    want_out(c, false);
    return true;
  }
  const int error = SSL_get_error(c.ssl, result);
  if (error == SSL_ERROR_WANT_READ) return false;
  if (error == SSL_ERROR_WANT_WRITE) {
    want_out(c, true);
    return false;
  }
  ++shared_.counters.tls_failed;
  drop(c, false, true, false);
  return false;
}

void Loop::on_readable(Connection& c) {
  char buffer[16384];
  for (;;) {
    ssize_t got = 0;
    bool ended = false;
    bool reset = false;
    if (c.ssl != nullptr) {
      ERR_clear_error();
      got = SSL_read(c.ssl, buffer, sizeof buffer);
      if (got <= 0) {
        const int error = SSL_get_error(c.ssl, static_cast<int>(got));
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) break;
        ended = true;
      }
    } else {
      got = recv(c.fd, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EAGAIN) break;
      ended = got <= 0;
      reset = got < 0 && errno == ECONNRESET;
    }
    if (ended) return drop(c, false, true, reset);
    c.in.append(buffer, static_cast<size_t>(got));
    if (c.ssl == nullptr && got < static_cast<ssize_t>(sizeof buffer)) break;
  }
  take_requests(c);
}

void Loop::take_requests(Connection& c) {
  Received request;
  if (!c.answering && take_request(c.in, request)) begin(c, std::move(request));
}

void Loop::begin(Connection& c, Received request) {
  c.answering = true;
  c.hanging = false;
  c.step = 0;
  c.index = 0;
  ++c.requests;
  if (control(c, request)) {
    c.record = nullptr;
    return play(c);
  }
  ++shared_.counters.requests;
  ++shared_.counters.answering;
  if (is_provider_path(request.target)) {
    Defaults defaults;
    {
      const std::lock_guard lock(shared_.defaults_mutex);
      defaults = shared_.defaults;
    }
    c.script = make_script(request, defaults, shared_.seen);
  } else {
    c.script = plain_answer(404, "application/json", "{\"error\":{\"message\":\"no such path\",\"type\":\"not_found\",\"code\":null,\"param\":null}}");
  }
  c.record = shared_.log.add(std::move(request), c.id, c.requests);
  play(c);
}

// The test's own paths; they are never logged.
bool Loop::control(Connection& c, const Received& request) {
  if (request.target == "/__log") {
    c.script = plain_answer(200, "application/x-ndjson", shared_.log.lines());
  } else if (request.target == "/__stats") {
    c.script = plain_answer(200, "application/json", shared_.counters.json());
  } else if (request.target == "/__reset" && request.method == "POST") {
    shared_.log.clear();
    shared_.seen.clear();
    const std::lock_guard lock(shared_.defaults_mutex);
    shared_.defaults.directive.clear();
    c.script = plain_answer(200, "application/json", "{}");
  } else if (request.target == "/__default" && request.method == "POST") {
    const std::lock_guard lock(shared_.defaults_mutex);
    shared_.defaults.directive = request.body;
    c.script = plain_answer(200, "application/json", "{}");
  } else {
    return false;
  }
  return true;
}

void Loop::play(Connection& c) {
  if (!c.handshaken) return;
  switch (play_some(c)) {
    case Turn::kAgain: ready_.push_back(c.id); break;
    case Turn::kBlocked: want_out(c, true); break;
    case Turn::kWaiting: want_out(c, false); break;
    case Turn::kGone: break;
  }
}

Loop::Turn Loop::play_some(Connection& c) {
  for (int turn = 0; turn < kPiecesPerTurn; ++turn) {
    const Turn sent = flush(c);
    if (sent != Turn::kAgain) return sent;
    if (!c.answering || c.hanging || c.timed) return Turn::kWaiting;
    const uint64_t id = c.id;
    const Turn next = play_step(c, c.script[c.step]);
    if (next == Turn::kWaiting && connections_.find(id) != connections_.end()) {
      const Turn left = flush(c);
      return left == Turn::kAgain ? Turn::kWaiting : left;
    }
    if (next != Turn::kAgain) return next;
  }
  return Turn::kAgain;
}

// Puts the next bytes into c.out or waits. kAgain: call again when they are sent.
Loop::Turn Loop::play_step(Connection& c, const Step& step) {
  using Do = Step::Do;
  switch (step.what) {
    case Do::kSend: c.out = step.bytes; ++c.step; return Turn::kAgain;
    case Do::kWait: ++c.step; arm(c, step.ms); return Turn::kWaiting;
    case Do::kPieces: {
      const int64_t index = step.from + c.index;
      if (step.to >= 0 && index >= step.to) {
        c.index = 0;
        ++c.step;
        return Turn::kAgain;
      }
      thread_local std::string event;
      event.clear();
      step.wire->piece(index, event);
      char size[24];
      c.out.assign(size, static_cast<size_t>(std::snprintf(size, sizeof size, "%zx\r\n", event.size())));
      c.out += event;
      c.out += "\r\n";
      ++c.index;
      ++c.record->chunks;
      shared_.counters.chunks.fetch_add(1, std::memory_order_relaxed);
      if (step.ms == 0) return Turn::kAgain;
      arm(c, step.ms);
      return Turn::kWaiting;
    }
    case Do::kRepeat: c.out = step.bytes; arm(c, step.ms); return Turn::kWaiting;
    case Do::kDrip:
      if (static_cast<size_t>(c.index) >= step.bytes.size()) {
        c.index = 0;
        ++c.step;
        return Turn::kAgain;
      }
      c.out.assign(1, step.bytes[static_cast<size_t>(c.index++)]);
      if (step.ms == 0) return Turn::kAgain;
      arm(c, step.ms);
      return Turn::kWaiting;
    case Do::kFill: {
      const int64_t count = std::min<int64_t>(65536, step.to - c.index);
      if (count <= 0) {
        c.index = 0;
        ++c.step;
        return Turn::kAgain;
      }
      c.out.assign(static_cast<size_t>(count), 'x');
      c.index += count;
      return Turn::kAgain;
    }
    case Do::kHang: c.hanging = true; return Turn::kWaiting;
    case Do::kReset: drop(c, true, false, false); return Turn::kGone;
    case Do::kClose: drop(c, false, false, false); return Turn::kGone;
    case Do::kDone: {
      const uint64_t id = c.id;
      finish_answer(c);
      return connections_.find(id) == connections_.end() ? Turn::kGone : Turn::kWaiting;
    }
  }
  return Turn::kWaiting;
}

void Loop::finish_answer(Connection& c) {
  if (c.record) {
    c.record->done_ms = wall_ms();
    --shared_.counters.answering;
  }
  c.record = nullptr;
  c.answering = false;
  c.script.clear();
  take_requests(c);
}

Loop::Turn Loop::flush(Connection& c) {
  while (c.out_at < c.out.size()) {
    const char* data = c.out.data() + c.out_at;
    const size_t size = c.out.size() - c.out_at;
    ssize_t sent = 0;
    if (c.ssl != nullptr) {
      ERR_clear_error();
      sent = SSL_write(c.ssl, data, static_cast<int>(size));
      if (sent <= 0) {
        const int error = SSL_get_error(c.ssl, static_cast<int>(sent));
        if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) return Turn::kBlocked;
      }
    } else {
      sent = send(c.fd, data, size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return Turn::kBlocked;
    }
    if (sent <= 0) {
      drop(c, false, true, true);
      return Turn::kGone;
    }
    c.out_at += static_cast<size_t>(sent);
  }
  c.out.clear();
  c.out_at = 0;
  return Turn::kAgain;
}

void Loop::arm(Connection& c, int64_t ms) {
  c.timed = true;
  timers_.push({now_ns() + ms * kNsPerMs, c.id, ++c.timer});
}

void Loop::want_out(Connection& c, bool wanted) {
  if (c.wants_out == wanted) return;
  c.wants_out = wanted;
  epoll_event event{EPOLLIN | EPOLLRDHUP | (wanted ? static_cast<uint32_t>(EPOLLOUT) : 0u), {.u64 = c.id}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
}

void Loop::drop(Connection& c, bool reset, bool by_peer, bool peer_reset) {
  if (c.record) {
    if (by_peer) {
      c.record->closed_ms = wall_ms();
      c.record->reset = peer_reset;
    } else {
      c.record->done_ms = wall_ms();
    }
    --shared_.counters.answering;
  }
  if (reset) {
    const linger now{1, 0};
    setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  if (c.ssl != nullptr) SSL_free(c.ssl);
  close(c.fd);
  --shared_.counters.open;
  connections_.erase(c.id);
}

}  // namespace whinchat::fake
