// Inside http/ only: what Server and its connections share.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/crypto.h"
#include "http/httplib_engine.h"
#include "http/server.h"
#include "io/listener.h"

namespace whinchat::http {

class Connection;

struct Server::Impl {
  Impl(io::LoopGroup& group, ServerOptions opts) : loops(group), options(std::move(opts)) {}

  struct Listening {
    std::unique_ptr<io::Listener> listener;
    std::shared_ptr<io::TlsServerContext> tls;
  };
  // Connections of one loop, touched on that loop only.
  struct PerLoop {
    io::Loop* loop = nullptr;
    std::unordered_set<Connection*> connections;
    RandomIds request_ids;
  };

  void accept(io::Accepted accepted, const std::shared_ptr<io::TlsServerContext>& tls);
  bool admit(const std::string& address_key, bool loopback);
  void leave(const std::string& address_key);
  void on_each_connection(std::function<void(Connection&)> call);  // on their loops, soon

  io::LoopGroup& loops;
  ServerOptions options;
  Engine engine;
  std::vector<Listening> listeners;
  std::vector<PerLoop> per_loop;
  std::weak_ptr<Impl> self;
  std::atomic<size_t> turn{0};

  std::mutex addresses_mutex;
  std::unordered_map<std::string, int> addresses;  // under addresses_mutex: open connections by address

  std::atomic<bool> draining{false};
  std::atomic<bool> closed{false};     // connections that come now are closed at once
  std::atomic<long> connections{0};
  std::atomic<long> requests{0};
  std::atomic<long> refused{0};
};

}  // namespace whinchat::http
