#include "http/client.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "base/limits.h"
#include "base/url.h"
#include "http/client_call.h"
#include "http/client_proxy.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/tls.h"

namespace whinchat::http {

namespace {

constexpr size_t kIdlePerOrigin = 32;             // and loop
constexpr std::chrono::seconds kIdleTime{50};     // below the 60 s after which many servers close

struct Idle {
  std::unique_ptr<io::Stream> stream;
  io::TimePoint since;
};

// Idle connections by loop and origin. A stream is used on its own loop only; the lock covers the map, never a wait.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  std::unique_ptr<io::Stream> take(const std::string& key) {
    for (;;) {
      Idle idle = pop(key);
      if (!idle.stream) return nullptr;
      idle.stream->watch_readable(nullptr);
      char byte;
      const auto peek = idle.stream->try_read(&byte, 1);
      if (peek.ok() && peek.bytes == 0 && io::Clock::now() - idle.since < kIdleTime) return std::move(idle.stream);
    }
  }

  void put(const std::string& key, std::unique_ptr<io::Stream> stream) {
    // Whatever an idle connection says means its end: it is dropped at once, not when somebody wants to use it.
    stream->watch_readable([pool = weak_from_this(), key, raw = stream.get()] {
      if (auto self = pool.lock()) self->drop(key, raw);
    });
    std::lock_guard lock(mutex_);
    auto& list = idle_[{io::Loop::current(), key}];
    if (list.size() >= kIdlePerOrigin) list.erase(list.begin());
    list.push_back({std::move(stream), io::Clock::now()});
  }

  long count() const {
    std::lock_guard lock(mutex_);
    long n = 0;
    for (const auto& [key, list] : idle_) n += static_cast<long>(list.size());
    return n;
  }

  // Streams die on their own loops.
  void clear() {
    std::lock_guard lock(mutex_);
    for (auto& [place, list] : idle_) {
      auto dying = std::make_shared<std::vector<Idle>>(std::move(list));
      place.first->post([dying] { dying->clear(); });
    }
    idle_.clear();
  }

 private:
  using Place = std::pair<io::Loop*, std::string>;

  Idle pop(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto place = idle_.find({io::Loop::current(), key});
    if (place == idle_.end() || place->second.empty()) return {};
    Idle idle = std::move(place->second.back());
    place->second.pop_back();
    return idle;
  }

  void drop(const std::string& key, const io::Stream* stream) {
    Idle dying;
    std::lock_guard lock(mutex_);
    auto& list = idle_[{io::Loop::current(), key}];
    for (auto it = list.begin(); it != list.end(); ++it) {
      if (it->stream.get() != stream) continue;
      dying = std::move(*it);
      list.erase(it);
      return;
    }
  }

  mutable std::mutex mutex_;
  std::map<Place, std::vector<Idle>> idle_;  // under mutex_
};

class PooledClient final : public Client {
 public:
  PooledClient(ClientOptions options, ProxyRules proxies)
      : options_(std::move(options)), proxies_(std::move(proxies)), pool_(std::make_shared<Pool>()) {}
  ~PooledClient() override { pool_->clear(); }

  Result<ClientHead> send(ClientRequest request, const std::function<bool(const ClientHead&)>& on_head,
                          const std::function<bool(std::string_view)>& on_body) override;
  Stats stats() const override { return {open_.load() + pool_->count(), pool_->count(), opened_.load(), reused_.load()}; }

 private:
  Result<std::unique_ptr<io::Stream>> connect(const Url& url, const Proxy* proxy, const std::string& key, io::TimePoint deadline);
  io::WorkerPool& workers();
  Result<std::shared_ptr<io::TlsClientContext>> tls();

  const ClientOptions options_;
  const ProxyRules proxies_;
  const CallEngine engine_;
  std::shared_ptr<Pool> pool_;
  std::once_flag workers_once_;
  std::unique_ptr<io::WorkerPool> workers_;
  std::mutex tls_mutex_;
  std::shared_ptr<io::TlsClientContext> tls_;  // under tls_mutex_; null until the first https request
  std::atomic<long> open_{0};
  std::atomic<long> opened_{0};
  std::atomic<long> reused_{0};
};

Error failure_of(const CallResult& call) {
  if (call.failure == io::IoStatus::kCancelled) return {ErrorCode::kCancelled, "Stopped.", "cancelled"};
  if (call.failure == io::IoStatus::kTimeout) return {ErrorCode::kTimeout, "The provider did not answer in time.", call.head.status ? "silent in the body" : "no reply head"};
  if (call.too_large) return {ErrorCode::kProviderProtocol, "The provider's answer is too large.", "body limit"};
  if (call.not_http) return {ErrorCode::kProviderProtocol, "The provider's answer could not be understood.", "not acceptable HTTP"};
  if (call.reply_began) return {ErrorCode::kProviderTruncated, "The provider's answer broke off.", "connection ended in mid-reply"};
  return {ErrorCode::kProviderUnavailable, "The provider closed the connection without an answer.", "connection ended before the reply"};
}

// Printable characters alone: a line break in a key would otherwise end its header and begin another.
bool are_sendable(const Headers& headers) {
  const auto plain = [](std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  };
  return std::all_of(headers.begin(), headers.end(), [&](const Header& header) {
    return !header.name.empty() && header.name.find_first_of(" :") == std::string::npos && plain(header.name) && plain(header.value);
  });
}

Result<ClientHead> PooledClient::send(ClientRequest request, const std::function<bool(const ClientHead&)>& on_head,
                                      const std::function<bool(std::string_view)>& on_body) {
  auto url = parse_url(request.url);
  if (!url.ok()) return Error{ErrorCode::kInvalidRequest, "The provider's address " + url.error().message + ".", "bad URL"};
  const Proxy* proxy = proxies_.choose(*url);
  const std::string key = url->origin() + (proxy ? " by proxy" : "");
  const auto now = io::Clock::now();
  CallSetup setup{url->authority(), url->path.empty() ? "/" : url->path, "", options_.user_agent, now + request.timeouts.total};
  if (proxy && url->scheme == "http") {
    setup.target = "http://" + url->authority() + setup.target;
    setup.proxy_authorization = proxy->authorization;
  }
  if (!are_sendable(request.headers)) {
    return Error{ErrorCode::kInvalidRequest, "A header for the provider has a forbidden character.", "header"};
  }
  for (bool may_reuse = request.kept != KeptConnections::kAvoid;; may_reuse = false) {
    std::unique_ptr<io::Stream> stream = may_reuse ? pool_->take(key) : nullptr;
    const bool reused = stream != nullptr;
    if (!stream) {
      auto connected = connect(*url, proxy, key, std::min(now + request.timeouts.total, io::Clock::now() + request.timeouts.connect));
      if (!connected.ok()) return connected.error();
      stream = std::move(connected).value();
    }
    (reused ? reused_ : opened_).fetch_add(1, std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    CallResult call = engine_.run(*stream, setup, request, on_head, on_body);
    open_.fetch_sub(1, std::memory_order_relaxed);
    if (call.reusable) pool_->put(key, std::move(stream));
    else stream->close();
    if (call.complete || call.stopped) return std::move(call.head);
    const bool went_stale = reused && !call.reply_began && (call.failure == io::IoStatus::kEof || call.failure == io::IoStatus::kError);
    if (!went_stale) return failure_of(call);
    if (request.kept == KeptConnections::kReportStale) {
      return Error{ErrorCode::kProviderUnavailable, "The provider closed a kept connection.", "a kept connection ended", 0};
    }
  }
}

Result<std::unique_ptr<io::Stream>> PooledClient::connect(const Url& url, const Proxy* proxy, const std::string& key,
                                                          io::TimePoint deadline) {
  auto endpoints = io::resolve(workers(), proxy ? proxy->host : url.host, proxy ? proxy->port : url.port, deadline);
  if (!endpoints.ok()) return endpoints.error();
  auto stream = io::connect_tcp(*endpoints, deadline);
  if (!stream.ok() || url.scheme == "http") return stream;
  if (proxy) {
    if (auto tunnel = open_tunnel(*stream.value(), *proxy, url, deadline); !tunnel) return tunnel.error();
  }
  auto context = tls();
  if (!context.ok()) return std::move(context).error();
  return io::tls_connect(std::move(stream).value(), *context.value(), url.host, key, deadline);
}

io::WorkerPool& PooledClient::workers() {
  std::call_once(workers_once_, [this] { workers_ = std::make_unique<io::WorkerPool>(2, limits::kWorkerQueue); });
  return *workers_;
}

// Reading 150 certificates takes 20 ms: on a worker, and only when somebody needs them.
Result<std::shared_ptr<io::TlsClientContext>> PooledClient::tls() {
  using Made = Result<std::shared_ptr<io::TlsClientContext>>;
  auto made = io::offload(workers(), [this]() -> Made {
    std::lock_guard lock(tls_mutex_);
    if (tls_) return tls_;
    auto context = io::TlsClientContext::create(options_.ca_file);
    if (!context.ok()) return Error{ErrorCode::kProviderUnavailable, context.error().message, context.error().detail};
    tls_ = context.value();
    return context;
  });
  if (!made) return Error{ErrorCode::kUnavailable, "The server is busy.", "worker queue full"};
  return std::move(*made);
}

}  // namespace

Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  auto proxies = ProxyRules::create(options.https_proxy, options.http_proxy, options.no_proxy);
  if (!proxies.ok()) return proxies.error();
  return std::unique_ptr<Client>(std::make_unique<PooledClient>(std::move(options), std::move(proxies).value()));
}

Result<Client::Reply> Client::fetch(ClientRequest request) {
  Reply reply;
  auto sent = send(
      std::move(request), [](const ClientHead&) { return true; },
      [&](std::string_view bytes) {
        reply.body.append(bytes);
        return true;
      });
  if (!sent.ok()) return sent.error();
  reply.status = sent->status;
  reply.headers = std::move(sent->headers);
  return reply;
}

}  // namespace whinchat::http
