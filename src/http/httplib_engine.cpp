#include "http/httplib_engine.h"

#include <httplib.h>

#include "base/limits.h"
#include "base/text.h"
#include "http/exchange.h"

namespace whinchat::http {

namespace {

// All requests reach cpp-httplib as "/request"; this pattern takes its safe, regex-free matcher.
constexpr const char* kPattern = "/:request";

void fill_body(Exchange& exchange, httplib::Response& out) {
  Response& response = exchange.response();
  if (response.stream) return;  // follows when the head is written: Exchange::run_stream()
  if (!response.fixed_body.empty()) {
    std::string type(find_header(response.headers, "Content-Type"));
    if (type.empty()) type = "application/octet-stream";
    out.set_content_provider(response.fixed_body.size(), type,
                             [bytes = response.fixed_body](size_t offset, size_t length, httplib::DataSink& sink) {
                               return sink.write(bytes.data() + offset, length);
                             });
  } else {
    out.body = std::move(response.body);
  }
}

// Nothing that a handler copied from a request may end the header it stands in.
bool is_sendable(const Header& header) {
  return header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

void fill(Exchange& exchange, httplib::Response& out) {
  Response& response = exchange.response();
  if (response.stream && exchange.old_client()) response.close = true;
  out.status = response.status;
  out.headers.clear();
  const bool by_provider = !response.fixed_body.empty();  // cpp-httplib adds the type itself then
  for (const Header& header : response.headers) {
    if (by_provider && equals_ignoring_case(header.name, "Content-Type")) continue;
    if (is_sendable(header)) out.headers.emplace(header.name, header.value);
  }
  fill_body(exchange, out);
}

// Without a body to be read: the ready answer, the handler's, or why the announced body is refused.
void answer_at_once(Exchange& exchange, httplib::Response& out) {
  if (exchange.refused()) exchange.refuse_body();
  else exchange.make_response();
  fill(exchange, out);
}

// The last word on headers: cpp-httplib closes after every status of 400 or more and promises what we do not do.
void settle_headers(const httplib::Request&, httplib::Response& out) {
  Exchange& exchange = Exchange::current();
  out.headers.erase("Keep-Alive");
  out.headers.erase("Connection");
  out.headers.erase("Accept-Ranges");
  if (out.status == 204 || out.status == 304 || exchange.streams()) out.headers.erase("Content-Length");
  if (exchange.streams() && !exchange.old_client()) out.set_header("Transfer-Encoding", "chunked");
  if (!exchange.keep_alive()) {
    out.set_header("Connection", "close");
  } else if (exchange.old_client()) {
    out.set_header("Connection", "keep-alive");
  }
}

}  // namespace

class Engine::Library : public httplib::Server {
 public:
  Library() {
    svr_sock_ = 0;  // "running": streams end at once without it; nothing is ever done with the number
    set_payload_max_length(limits::kBodyBytesMax);
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& out) {
      Exchange& exchange = Exchange::current();
      if (exchange.body_readable()) return HandlerResponse::Unhandled;
      answer_at_once(exchange, out);
      return HandlerResponse::Handled;
    });
    set_expect_100_continue_handler([](const httplib::Request&, httplib::Response& out) {
      Exchange& exchange = Exchange::current();
      if (!exchange.answered_without_body() && !exchange.refused()) return 100;
      exchange.close_after();
      answer_at_once(exchange, out);
      // On this way cpp-httplib leaves the length out.
      if (!out.body.empty()) out.set_header("Content-Length", std::to_string(out.body.size()));
      return out.status;
    });
    auto with_body = [](const httplib::Request&, httplib::Response& out, const httplib::ContentReader& read) {
      Exchange& exchange = Exchange::current();
      const bool complete = read([&](const char* data, size_t size) {
        if (exchange.body().size() + size > exchange.body_bytes_max()) return exchange.too_large(), false;
        exchange.body().append(data, size);
        return true;
      });
      if (complete) exchange.make_response();
      else exchange.refuse_body();
      fill(exchange, out);
    };
    Post(kPattern, with_body);
    Put(kPattern, with_body);
    Patch(kPattern, with_body);
    Delete(kPattern, with_body);
    set_post_routing_handler(settle_headers);
  }
  ~Library() override { svr_sock_ = INVALID_SOCKET; }

  bool serve(Exchange& exchange) {
    bool closed = false;
    return process_request(exchange, exchange.peer_ip(), 0, "", 0, false, closed, nullptr);
  }
};

const char* library_version() { return CPPHTTPLIB_VERSION; }

Engine::Engine() : library_(std::make_unique<Library>()) {}
Engine::~Engine() = default;

bool Engine::process(Exchange& exchange) {
  const bool written = library_->serve(exchange) && (!exchange.streams() || exchange.run_stream());
  return exchange.finish() && written;
}

}  // namespace whinchat::http
