// A load generator for streamed answers and plain requests, one thread, epoll, plain HTTP/1.1 to a numeric address.
// Modes: streams (many answers at once), first (one after another: time to the first text), requests (rate on kept
// connections), slow (slow heads, bodies and readers while probes measure). Prints one JSON object. Linux only.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

int64_t now_us() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000LL + t.tv_nsec / 1000;
}

// Times in microseconds, 64 steps per doubling: within 1 % of the true value.
class Histogram {
 public:
  void add(int64_t us) {
    ++count_;
    max_ = std::max(max_, us);
    ++buckets_[index(std::max<int64_t>(us, 1))];
  }
  double quantile_ms(double q) const {
    const auto wanted = static_cast<int64_t>(std::ceil(q * static_cast<double>(count_)));
    int64_t seen = 0;
    for (size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= wanted && buckets_[i] > 0) return std::exp2((static_cast<double>(i) + 0.5) / 64.0) / 1000.0;
    }
    return 0;
  }
  std::string json() const {
    char out[160];
    std::snprintf(out, sizeof out, "{\"n\":%" PRId64 ",\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}", count_, quantile_ms(0.5),
                  quantile_ms(0.9), quantile_ms(0.99), static_cast<double>(max_) / 1000.0);
    return out;
  }

 private:
  static constexpr size_t kBuckets = 64 * 40;
  static size_t index(int64_t us) { return std::min(kBuckets - 1, static_cast<size_t>(std::log2(static_cast<double>(us)) * 64.0)); }
  int64_t count_ = 0, max_ = 0;
  int64_t buckets_[kBuckets] = {};
};

struct Options {
  std::string mode = "streams", host = "127.0.0.1", path = "/", body, end_mark, first_mark = "\n\n", probe = "/api/health";
  int port = 80;
  int64_t count = 1, ramp_per_s = 1500, seconds = 0, probes_per_s = 20, warm_up = 0;
};

struct Result {
  int64_t started = 0, completed = 0, failed = 0, events = 0, bytes = 0, alive = 0;
  std::string first_failure;
  Histogram first, gap, latency;
};

enum class Kind { kStream, kRequest, kSlowHead, kSlowBody, kSlowReader, kProbe };

struct Client {
  int fd = -1;
  Kind kind = Kind::kStream;
  size_t slot = 0;
  bool head_seen = false, finished_mark = false, chunked = false, first_seen = false, last = false;
  int status = 0;
  int64_t begun_us = 0, last_us = 0, body_left = -1;
  std::string head, tail, out;
  size_t out_at = 0;
};

class Load {
 public:
  explicit Load(Options options) : o_(std::move(options)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  void run();
  void print(double seconds) const;

 private:
  std::string request(const std::string& path, const std::string& body) const;
  Client* open_client(Kind kind);
  void close_client(Client* client);
  void fail(Client* client, const std::string& why);
  void send_some(Client* client);
  void on_readable(Client* client);
  bool take_head(Client* client, std::string_view& data);
  void take_body(Client* client, std::string_view data);
  void done(Client* client);
  void begin_request(Client* client);
  void start_due(int64_t now);
  void tick_slow(int64_t now);
  bool over(int64_t now) const;

  Options o_;
  int epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<size_t> free_;
  std::vector<Client*> grave_;
  Result r_;
  int64_t begun_ = 0, next_slow_ = 0, next_probe_ = 0, live_ = 0, probes_failed_ = 0, dropped_slow_ = 0;
  Histogram probe_;
};

std::string Load::request(const std::string& path, const std::string& body) const {
  std::string out = (body.empty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: " + o_.host + ":" + std::to_string(o_.port) + "\r\n";
  if (!body.empty()) out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

Client* Load::open_client(Kind kind) {
  size_t slot = clients_.size();
  if (free_.empty()) {
    clients_.push_back(nullptr);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  clients_[slot] = std::make_unique<Client>();
  Client* c = clients_[slot].get();
  c->slot = slot;
  c->kind = kind;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (kind == Kind::kSlowReader) {
    const int small = 4096;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(o_.port));
  inet_pton(AF_INET, o_.host.c_str(), &address.sin_addr);
  ++live_;
  c->begun_us = c->last_us = now_us();
  connect(c->fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const bool reads = kind != Kind::kSlowReader;
  epoll_event event{(reads ? static_cast<uint32_t>(EPOLLIN | EPOLLRDHUP) : 0u) | EPOLLOUT, {.ptr = c}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, c->fd, &event);
  if (kind == Kind::kProbe) c->out = request(o_.probe, "");
  else if (kind == Kind::kSlowHead) c->out = "GET / HTTP/1.1\r\nHost: x\r\n";
  else if (kind == Kind::kSlowBody) c->out = request(o_.path, o_.body).substr(0, request(o_.path, o_.body).size() - o_.body.size());
  else c->out = request(o_.path, o_.body);
  return c;
}

void Load::close_client(Client* client) {
  if (client->fd < 0) return;
  close(client->fd);
  client->fd = -1;
  --live_;
  grave_.push_back(client);  // freed after the batch: later events of it may still be in hand
}

void Load::fail(Client* client, const std::string& why) {
  if (client->kind == Kind::kProbe) {
    ++probes_failed_;
  } else if (client->kind == Kind::kStream || client->kind == Kind::kRequest) {
    ++r_.failed;
    if (r_.first_failure.empty()) {
      r_.first_failure = why;
      std::replace(r_.first_failure.begin(), r_.first_failure.end(), '"', '\'');
    }
  } else {
    ++dropped_slow_;  // what a good server does to them
  }
  close_client(client);
}

void Load::send_some(Client* client) {
  while (client->out_at < client->out.size()) {
    const ssize_t sent = send(client->fd, client->out.data() + client->out_at, client->out.size() - client->out_at, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
    if (sent < 0) return fail(client, std::string("send: ") + std::strerror(errno));
    client->out_at += static_cast<size_t>(sent);
  }
  const bool reads = client->kind != Kind::kSlowReader;
  epoll_event event{reads ? static_cast<uint32_t>(EPOLLIN | EPOLLRDHUP) : 0u, {.ptr = client}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client->fd, &event);
}

bool Load::take_head(Client* c, std::string_view& data) {
  c->head.append(data.substr(0, 16384));
  const size_t end = c->head.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const size_t used = end + 4 - (c->head.size() - std::min<size_t>(data.size(), 16384));
  data = data.substr(used);
  c->status = std::atoi(c->head.c_str() + std::min<size_t>(9, c->head.size()));
  std::string lower = c->head.substr(0, end + 2);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
  const size_t length = lower.find("\r\ncontent-length:");
  c->chunked = lower.find("\r\ntransfer-encoding: chunked") != std::string::npos;
  c->last = lower.find("\r\nconnection: close") != std::string::npos;
  if (length != std::string::npos) c->body_left = std::atoll(lower.c_str() + length + 17);
  c->head_seen = true;
  c->head.clear();
  return true;
}

void Load::take_body(Client* c, std::string_view data) {
  const int64_t now = now_us();
  r_.bytes += static_cast<int64_t>(data.size());
  if (c->kind == Kind::kStream && c->status == 200) {
    int64_t events = 0;
    for (size_t at = data.find("\n\n"); at != std::string_view::npos; at = data.find("\n\n", at + 2)) ++events;
    r_.events += events;
    const std::string joined = c->tail.size() < 64 ? c->tail : c->tail.substr(c->tail.size() - 64);
    if (!c->first_seen && (data.find(o_.first_mark) != std::string_view::npos || (joined + std::string(data.substr(0, 64))).find(o_.first_mark) != std::string::npos)) {
      c->first_seen = true;
      r_.first.add(now - c->begun_us);
    } else if (c->first_seen && events > 0) {
      r_.gap.add(now - c->last_us);
    }
    if (events > 0) c->last_us = now;
    if (!o_.end_mark.empty() && !c->finished_mark) {
      c->finished_mark = data.find(o_.end_mark) != std::string_view::npos || (joined + std::string(data.substr(0, 64))).find(o_.end_mark) != std::string::npos;
    }
  }
  c->tail.append(data.size() > 128 ? data.substr(data.size() - 128) : data);
  if (c->tail.size() > 256) c->tail.erase(0, c->tail.size() - 128);
  bool complete = false;
  if (c->body_left >= 0) {
    c->body_left -= static_cast<int64_t>(data.size());
    complete = c->body_left <= 0;
  } else if (c->chunked) {
    complete = c->tail.size() >= 5 && c->tail.compare(c->tail.size() - 5, 5, "0\r\n\r\n") == 0;
  }
  if (complete) done(c);
}

void Load::done(Client* c) {
  const int64_t took = now_us() - c->begun_us;
  if (c->kind == Kind::kProbe) {
    if (c->status != 200) ++probes_failed_;
    probe_.add(took);
    return close_client(c);
  }
  if (c->status != 200) return fail(c, "status " + std::to_string(c->status));
  if (c->kind == Kind::kStream && !o_.end_mark.empty() && !c->finished_mark) return fail(c, "ended without " + o_.end_mark);
  if (c->kind != Kind::kStream && c->kind != Kind::kRequest) return fail(c, "answered");
  ++r_.completed;
  r_.latency.add(took);
  const bool again = c->kind == Kind::kRequest || (o_.mode == "first" && r_.completed < o_.count);
  if (again && !c->last) return begin_request(c);
  const Kind kind = c->kind;
  close_client(c);
  if (!again || over(now_us())) return;
  ++r_.started;  // the server ends a connection after so many requests; the next one pays for a new one
  open_client(kind);
}

void Load::begin_request(Client* c) {
  if (o_.warm_up > 0 && --o_.warm_up == 0) r_ = Result();
  ++r_.started;
  c->head_seen = c->finished_mark = c->chunked = c->first_seen = false;
  c->body_left = -1;
  c->head.clear();
  c->tail.clear();
  c->out_at = 0;
  c->begun_us = c->last_us = now_us();
  send_some(c);
}

void Load::on_readable(Client* c) {
  static char buffer[65536];
  for (int turn = 0; turn < 4 && c->fd >= 0; ++turn) {
    const ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      if (c->kind == Kind::kRequest && !c->head_seen && c->head.empty() && got == 0) {  // a server may end a kept connection between requests
        const int64_t begun = c->begun_us;
        close_client(c);
        if (!over(now_us())) open_client(Kind::kRequest)->begun_us = begun;
        return;
      }
      return fail(c, got == 0 ? "closed early" : std::string("recv: ") + std::strerror(errno));
    }
    std::string_view data(buffer, static_cast<size_t>(got));
    if (!c->head_seen && !take_head(c, data)) continue;
    take_body(c, data);
    if (got < static_cast<ssize_t>(sizeof buffer)) return;
  }
}

bool Load::over(int64_t now) const { return o_.seconds > 0 && now - begun_ >= o_.seconds * 1'000'000; }

void Load::start_due(int64_t now) {
  if (o_.mode == "slow") return tick_slow(now);
  const int64_t wanted = o_.mode == "first" ? 1 : std::min(o_.count, o_.ramp_per_s * (now - begun_) / 1'000'000 + 1);
  static int64_t opened = 0;
  while (opened < wanted) {
    ++opened;
    ++r_.started;
    open_client(o_.mode == "requests" ? Kind::kRequest : Kind::kStream);
  }
}

void Load::tick_slow(int64_t now) {
  static int64_t opened = 0;
  const int64_t wanted = std::min(o_.count, o_.ramp_per_s * (now - begun_) / 1'000'000 + 1);
  for (; opened < wanted; ++opened) {
    const Kind kinds[] = {Kind::kSlowHead, Kind::kSlowBody, Kind::kSlowReader};
    open_client(kinds[opened % 3]);
  }
  if (now >= next_slow_) {  // one more byte from each; a dropped one comes back
    next_slow_ = now + 2'500'000;
    for (size_t i = 0; i < clients_.size(); ++i) {
      Client* c = clients_[i].get();
      if (c == nullptr || c->fd < 0 || c->out_at < c->out.size()) continue;
      if (c->kind == Kind::kSlowHead) c->out += "a";
      else if (c->kind == Kind::kSlowBody) c->out += "{";
      else continue;
      send_some(c);
    }
    const int64_t missing = opened - live_;
    for (int64_t i = 0; i < missing; ++i) open_client(i % 2 == 0 ? Kind::kSlowHead : Kind::kSlowBody);
  }
  if (now >= next_probe_) {
    next_probe_ = now + 1'000'000 / o_.probes_per_s;
    open_client(Kind::kProbe);
  }
}

void Load::run() {
  begun_ = now_us();
  std::vector<epoll_event> events(1024);
  for (;;) {
    const int64_t now = now_us();
    if (over(now)) break;
    start_due(now);
    if (live_ == 0 && o_.mode != "slow" && r_.started >= (o_.mode == "first" ? 1 : o_.count)) break;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 2);
    for (int i = 0; i < count; ++i) {
      auto* c = static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr);
      const uint32_t what = events[static_cast<size_t>(i)].events;
      if (c->fd < 0) continue;
      if ((what & EPOLLOUT) != 0) send_some(c);
      if (c->fd >= 0 && (what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        if (c->kind == Kind::kSlowReader) fail(c, "closed");
        else on_readable(c);
      }
    }
    for (Client* c : grave_) {
      free_.push_back(c->slot);
      clients_[c->slot] = nullptr;
    }
    grave_.clear();
  }
  r_.alive = live_;
  print(static_cast<double>(now_us() - begun_) / 1e6);
}

void Load::print(double seconds) const {
  std::printf("{\"mode\":\"%s\",\"seconds\":%.3f,\"started\":%" PRId64 ",\"completed\":%" PRId64 ",\"alive\":%" PRId64 ",\"failed\":%" PRId64
              ",\"events\":%" PRId64 ",\"events_per_s\":%.0f,\"completed_per_s\":%.0f,\"bytes\":%" PRId64 ",\"first_ms\":%s,\"gap_ms\":%s,"
              "\"latency_ms\":%s,\"probe_ms\":%s,\"probes_failed\":%" PRId64 ",\"slow_dropped\":%" PRId64 ",\"first_failure\":\"%s\"}\n",
              o_.mode.c_str(), seconds, r_.started, r_.completed, r_.alive, r_.failed, r_.events, static_cast<double>(r_.events) / seconds,
              static_cast<double>(r_.completed) / seconds, r_.bytes, r_.first.json().c_str(), r_.gap.json().c_str(), r_.latency.json().c_str(),
              probe_.json().c_str(), probes_failed_, dropped_slow_, r_.first_failure.c_str());
}

[[noreturn]] void usage(const char* why) {
  std::fprintf(stderr,
               "bench_load: %s\n"
               "Usage: bench_load --mode streams|first|requests|slow --url http://IP:PORT/PATH [--body TEXT] [--count N]\n"
               "       [--ramp PER_S] [--seconds N] [--first-mark TEXT] [--end-mark TEXT] [--probe PATH] [--warm-up N]\n", why);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--mode") o.mode = value;
    else if (name == "--url") {
      const size_t host = value.find("//") + 2;
      const size_t colon = value.find(':', host);
      const size_t slash = value.find('/', host);
      if (colon == std::string::npos || slash == std::string::npos) usage("--url must be http://IP:PORT/PATH");
      o.host = value.substr(host, colon - host);
      o.port = std::atoi(value.c_str() + colon + 1);
      o.path = value.substr(slash);
    } else if (name == "--body") o.body = value;
    else if (name == "--count") o.count = std::atoll(value.c_str());
    else if (name == "--ramp") o.ramp_per_s = std::atoll(value.c_str());
    else if (name == "--seconds") o.seconds = std::atoll(value.c_str());
    else if (name == "--first-mark") o.first_mark = value;
    else if (name == "--end-mark") o.end_mark = value;
    else if (name == "--probe") o.probe = value;
    else if (name == "--warm-up") o.warm_up = std::atoll(value.c_str());
    else usage(("unknown option " + name).c_str());
  }
  if (argc < 3 || argc % 2 == 0) usage("options come in pairs");
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  Load(parse(argc, argv)).run();
  return 0;
}
