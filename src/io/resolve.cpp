#include "io/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <mutex>

namespace whinchat::io {

namespace {

constexpr size_t kEndpointsMax = 8;

struct Lookup {
  bool done = false;
  int status = ARES_ENOTFOUND;
  std::vector<std::string> v6;
  std::vector<std::string> v4;
};

void collect(void* context, int status, int /*timeouts*/, ares_addrinfo* info) {
  auto* lookup = static_cast<Lookup*>(context);
  lookup->done = true;
  lookup->status = status;
  for (auto* node = info ? info->nodes : nullptr; node; node = node->ai_next) {
    char text[INET6_ADDRSTRLEN] = "";
    if (node->ai_family == AF_INET) {
      inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr, text, sizeof text);
      lookup->v4.emplace_back(text);
    } else if (node->ai_family == AF_INET6) {
      inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr, text, sizeof text);
      lookup->v6.emplace_back(text);
    }
  }
  if (info) ares_freeaddrinfo(info);
}

// poll(), because select() cannot name descriptors above 1023 and a server has many.
void drive(ares_channel channel, Lookup& lookup, TimePoint deadline) {
  while (!lookup.done && Clock::now() < deadline) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const int mask = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    pollfd fds[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      short events = 0;
      if (ARES_GETSOCK_READABLE(mask, i)) events |= POLLIN;
      if (ARES_GETSOCK_WRITABLE(mask, i)) events |= POLLOUT;
      if (events) fds[count++] = {sockets[i], events, 0};
    }
    ::poll(fds, count, 50);
    for (nfds_t i = 0; i < count; ++i) {
      ares_process_fd(channel, fds[i].revents & (POLLIN | POLLERR | POLLHUP) ? fds[i].fd : ARES_SOCKET_BAD,
                      fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own time-outs
  }
}

Lookup look_up(const std::string& host, TimePoint deadline) {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  Lookup lookup;
  ares_options options{};
  options.timeout = 2000;
  options.tries = 2;
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) return lookup;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, collect, &lookup);
  drive(channel, lookup, deadline);
  ares_destroy(channel);  // calls collect() for what is still open
  return lookup;
}

// "127.0.0.1", "::1" or "[::1]" as an endpoint; empty for a name.
std::optional<Endpoint> literal(std::string host, int port) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  unsigned char bytes[16];
  const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(family, host.c_str(), bytes) != 1) return std::nullopt;
  return Endpoint{host, port};
}

}  // namespace

Result<std::vector<Endpoint>> resolve(WorkerPool& pool, const std::string& host, int port, TimePoint deadline) {
  if (auto endpoint = literal(host, port)) return std::vector<Endpoint>{*endpoint};
  if (host == "localhost" || (host.size() > 10 && host.ends_with(".localhost"))) {
    return std::vector<Endpoint>{{"127.0.0.1", port}, {"::1", port}};  // RFC 6761 section 6.3
  }
  auto lookup = offload(pool, [&] { return look_up(host, deadline); });
  if (!lookup) return Error{ErrorCode::kUnavailable, "The server is busy.", "resolver queue full"};
  if (!lookup->done) return Error{ErrorCode::kTimeout, "The name was not found in time.", "DNS time-out: " + host};
  std::vector<Endpoint> endpoints;
  for (size_t i = 0; i < std::max(lookup->v6.size(), lookup->v4.size()); ++i) {
    if (i < lookup->v6.size()) endpoints.push_back({lookup->v6[i], port});
    if (i < lookup->v4.size()) endpoints.push_back({lookup->v4[i], port});
  }
  if (endpoints.size() > kEndpointsMax) endpoints.resize(kEndpointsMax);
  if (endpoints.empty()) {
    return Error{ErrorCode::kProviderUnavailable, "The name was not found.",
                 std::string("DNS: ") + ares_strerror(lookup->status) + ": " + host};
  }
  return endpoints;
}

}  // namespace whinchat::io
