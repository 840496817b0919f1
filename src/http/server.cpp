#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/ip_address.h"
#include "base/limits.h"
#include "http/connection.h"
#include "http/server_impl.h"

namespace whinchat::http {

namespace {

std::string busy_answer() {
  const std::string body = "{\"error\":\"Too many connections. Please try again in a few seconds.\"}\n";
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

// Straight from the accept loop: no record, no fiber, whatever the client does.
void turn_away(int socket) {
  static const std::string answer = busy_answer();
  ::send(socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
  ::close(socket);
}

}  // namespace

Server::Server(io::LoopGroup& loops, ServerOptions options) : impl_(std::make_shared<Impl>(loops, std::move(options))) {
  impl_->self = impl_;
  impl_->per_loop.resize(loops.size());
  for (size_t i = 0; i < loops.size(); ++i) impl_->per_loop[i].loop = &loops.at(i);
}

Server::~Server() {
  stop_accepting();
  close_all();
}

Result<int> Server::listen(const std::string& address, int port, std::shared_ptr<io::TlsServerContext> tls) {
  auto listener = io::Listener::bind(address, port);
  if (!listener.ok()) return listener.error();
  const int bound = listener.value()->port();
  impl_->listeners.push_back({std::move(listener).value(), std::move(tls)});
  return bound;
}

void Server::start() {
  for (auto& listening : impl_->listeners) {
    listening.listener->start(impl_->loops.at(0), [impl = impl_.get(), tls = listening.tls](io::Accepted accepted) {
      impl->accept(std::move(accepted), tls);
    });
  }
}

void Server::Impl::accept(io::Accepted accepted, const std::shared_ptr<io::TlsServerContext>& tls) {
  const auto address = IpAddress::parse(accepted.peer_ip);
  const std::string key = address ? address->limiter_key() : accepted.peer_ip;
  if (!admit(key, address && address->is_loopback())) {
    refused.fetch_add(1, std::memory_order_relaxed);
    return turn_away(accepted.socket);
  }
  PerLoop& home = per_loop[turn.fetch_add(1, std::memory_order_relaxed) % per_loop.size()];
  home.loop->post([impl = self.lock(), &home, accepted = std::move(accepted), key, tls]() mutable {
    // Also when the server is closed by now: the record owns the socket and gives its place back.
    std::make_shared<Connection>(impl, home, std::move(accepted), key, tls)->start();
  });
}

bool Server::Impl::admit(const std::string& address_key, bool loopback) {
  const int cap = loopback ? limits::kConnectionsPerLoopbackAddress : limits::kConnectionsPerAddress;
  if (connections.load(std::memory_order_relaxed) >= options.connections_max) return false;
  std::lock_guard lock(addresses_mutex);
  int& open = addresses[address_key];
  if (open >= cap) return false;
  ++open;
  connections.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Server::Impl::leave(const std::string& address_key) {
  connections.fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard lock(addresses_mutex);
  const auto place = addresses.find(address_key);
  if (place != addresses.end() && --place->second <= 0) addresses.erase(place);
}

void Server::Impl::on_each_connection(std::function<void(Connection&)> call) {
  for (PerLoop& home : per_loop) {
    home.loop->post([impl = self.lock(), &home, call] {
      const std::vector<Connection*> now(home.connections.begin(), home.connections.end());
      for (Connection* connection : now) {
        if (home.connections.count(connection)) call(*connection);
      }
    });
  }
}

void Server::stop_accepting() {
  impl_->draining.store(true);
  for (auto& listening : impl_->listeners) listening.listener->stop();
  impl_->on_each_connection([](Connection& connection) { connection.end_if_idle(); });
}

void Server::end_streams() {
  impl_->on_each_connection([](Connection& connection) { connection.cancel(io::CancelReason::kDrain); });
}

void Server::close_all() {
  impl_->closed.store(true);
  impl_->on_each_connection([](Connection& connection) {
    connection.cancel(io::CancelReason::kStopped);
    connection.close();
  });
}

ServerStats Server::stats() const {
  return {impl_->connections.load(), impl_->requests.load(), impl_->refused.load()};
}

}  // namespace whinchat::http
