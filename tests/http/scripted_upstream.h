// For tests: an upstream that follows a script on a thread of its own, and a client that is used from outside fibers.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "http/client.h"
#include "io/on_fiber.h"
#include "io/raw_socket.h"

namespace whinchat::http::test {

using namespace io::test;

class Upstream {
 public:
  explicit Upstream(std::function<void(RawListener&)> script) : thread_([this, script] { script(listener_); }) {}
  ~Upstream() { thread_.join(); }

  // Each string is sent to one request of one connection after another; then that connection ends.
  static std::function<void(RawListener&)> answering(std::vector<std::string> answers) {
    return [answers](RawListener& listener) {
      for (const std::string& answer : answers) {
        RawSocket socket = listener.accept();
        socket.read_until("\r\n\r\n");
        socket.send(answer);
        socket.finish_writing();
        socket.read_all(2000);
      }
    };
  }

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + path; }
  int port() const { return listener_.port(); }

 private:
  RawListener listener_;
  std::thread thread_;
};

class Caller {
 public:
  explicit Caller(ClientOptions options = {}) {
    if (options.user_agent.empty()) options.user_agent = "test/1";
    auto made = Client::create(std::move(options));
    REQUIRE(made.ok());
    client = std::move(made).value();
  }

  Result<Client::Reply> fetch(const ClientRequest& request) {
    Result<Client::Reply> reply = Error{};
    on_fiber(loops.at(0), [&] { reply = client->fetch(request); });
    return reply;
  }
  Result<Client::Reply> fetch(const std::string& url) { return fetch(request_for(url)); }

  static ClientRequest request_for(const std::string& url) {
    ClientRequest request;
    request.url = url;
    request.timeouts = {5s, 5s, 5s, 10s};
    return request;
  }

  io::LoopGroup loops{1};
  std::unique_ptr<Client> client;
};

// The body, or what went wrong: "timeout: no reply head".
inline std::string outcome(const Result<Client::Reply>& reply) {
  return reply.ok() ? reply->body : std::string(wire_name(reply.error().code)) + ": " + reply.error().detail;
}

inline std::string ok(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

}  // namespace whinchat::http::test
