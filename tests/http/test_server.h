// For tests: a Server on 127.0.0.1 with handlers by path, and reading its answers off a raw socket.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/text.h"
#include "http/server.h"
#include "io/on_fiber.h"
#include "io/raw_socket.h"

namespace whinchat::http::test {

using namespace io::test;

class TestServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  explicit TestServer(int loops = 2) : loops_(std::make_unique<io::LoopGroup>(loops)) {
    options.dispatch = [this](Request& request) { return dispatch(request); };
    options.decorate = [](const Request& request, Response& response) {
      response.headers.push_back({"X-Decorated", request.request_id});
    };
    options.refuse = [](int status, const std::string& reason) {
      Response response;
      response.status = status;
      response.headers = {{"Content-Type", "text/plain"}};
      response.body = "refused: " + reason;
      return response;
    };
    options.on_throw = [](const Request&, const char* what) { return text(std::string("threw: ") + what, 500); };
    options.on_done = [this](const Request& request, int status, double, size_t bytes) {
      std::lock_guard lock(mutex_);
      done_ += request.method + " " + request.path + " " + std::to_string(status) + (bytes > 0 ? "" : " unsent") + "\n";
    };
    handle("/hello", [](const Request& r) { return text("hello " + r.method); });
    handle("/echo", [](const Request& r) { return text(r.body); }, 1 << 20);
  }
  ~TestServer() {
    server_.reset();
    loops_.reset();
  }

  static Response text(std::string body, int status = 200) {
    Response response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain"}};
    response.body = std::move(body);
    return response;
  }

  // Before start().
  void handle(const std::string& path, Handler handler, size_t body_bytes_max = 1024) {
    routes_[path] = {std::move(handler), body_bytes_max};
  }
  void stream(const std::string& path, std::function<void(BodyWriter&)> body) {
    handle(path, [body](const Request&) {
      Response response;
      response.headers = {{"Content-Type", "text/event-stream"}};
      response.stream = body;
      return response;
    });
  }
  int start(std::shared_ptr<io::TlsServerContext> tls = nullptr) {
    server_ = std::make_unique<Server>(*loops_, options);
    port_ = listen(std::move(tls));
    server_->start();
    return port_;
  }
  int listen(std::shared_ptr<io::TlsServerContext> tls) {
    auto port = server_->listen("127.0.0.1", 0, std::move(tls));
    REQUIRE(port.ok());
    return port.value();
  }

  RawSocket connect() const { return RawSocket::connect(port_); }
  Server& server() { return *server_; }
  io::LoopGroup& loops() { return *loops_; }
  std::string done() const {
    std::lock_guard lock(mutex_);
    return done_;
  }

  ServerOptions options;

 private:
  struct Route {
    Handler handler;
    size_t body_bytes_max = 0;
  };
  Dispatch dispatch(Request& request) const {
    Dispatch chosen;
    const auto route = routes_.find(request.path);
    if (route == routes_.end()) {
      chosen.instead = text("not found", 404);
      return chosen;
    }
    chosen.handle = route->second.handler;
    chosen.body_bytes_max = route->second.body_bytes_max;
    return chosen;
  }

  std::unique_ptr<io::LoopGroup> loops_;
  std::unique_ptr<Server> server_;
  std::map<std::string, Route> routes_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::string done_;  // under mutex_
};

struct Answer {
  int status = 0;      // 0: nothing that looks like an answer came
  std::string head;    // with its empty line
  std::string body;    // de-chunked
  bool complete = false;

  // The value of that header, or an empty string; "twice" when it is there more than once.
  std::string header(std::string_view name) const {
    std::string found;
    bool seen = false;
    for (size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
      const std::string line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
      const size_t colon = line.find(':');
      if (colon == std::string::npos || !equals_ignoring_case(line.substr(0, colon), name)) continue;
      if (seen) return "twice";
      seen = true;
      found = std::string(trim(line.substr(colon + 1)));
    }
    return found;
  }
  bool closes() const { return equals_ignoring_case(header("Connection"), "close"); }
};

// Socket: RawSocket or RawTls.
template <class Socket>
std::string read_chunks(Socket& socket, bool& complete, int patience_ms) {
  std::string body;
  for (;;) {
    const std::string size = socket.read_until("\r\n", patience_ms);
    const size_t bytes = std::strtoul(size.c_str(), nullptr, 16);
    if (!size.ends_with("\r\n")) return body;
    const std::string data = socket.read_exactly(bytes + 2, patience_ms);
    if (data.size() != bytes + 2) return body + data;
    if (bytes == 0) return complete = true, body;
    body += data.substr(0, bytes);
  }
}

// One answer: its length is told by its head; without one, everything until the end.
template <class Socket>
Answer read_answer(Socket& socket, bool to_head_request = false, int patience_ms = 5000) {
  Answer answer;
  answer.head = socket.read_until("\r\n\r\n", patience_ms);
  if (!answer.head.starts_with("HTTP/1.1 ") || !answer.head.ends_with("\r\n\r\n")) return answer;
  answer.status = std::atoi(answer.head.c_str() + 9);
  const std::string length = answer.header("Content-Length");
  if (to_head_request || answer.status == 204 || answer.status == 304 || answer.status < 200) {
    answer.complete = true;
  } else if (equals_ignoring_case(answer.header("Transfer-Encoding"), "chunked")) {
    answer.body = read_chunks(socket, answer.complete, patience_ms);
  } else if (!length.empty()) {
    answer.body = socket.read_exactly(std::stoul(length), patience_ms);
    answer.complete = answer.body.size() == std::stoul(length);
  } else {
    answer.body = socket.read_exactly(static_cast<size_t>(-1), patience_ms);
    answer.complete = true;
  }
  return answer;
}

inline Answer ask(RawSocket& socket, const std::string& request) {
  socket.send(request);
  return read_answer(socket, request.starts_with("HEAD "));
}

inline std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}
inline std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

}  // namespace whinchat::http::test
