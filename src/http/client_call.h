// Inside http/ only: one request on one upstream connection, through cpp-httplib's client code.
#pragma once

#include <memory>

#include "http/client.h"
#include "io/stream.h"

namespace whinchat::http {

// What happened on the wire, beyond what the callbacks saw.
struct CallResult {
  bool complete = false;        // the whole reply was read and understood
  bool stopped = false;         // a callback returned false
  bool reply_began = false;     // at least one byte came back
  bool reusable = false;        // complete, and the other side keeps the connection
  io::IoStatus failure = io::IoStatus::kOk;  // what ended reading or writing early
  bool too_large = false;
  bool not_http = false;
  bool old_server = false;      // HTTP/1.0: keeps no connection
  ClientHead head;
};

struct CallSetup {
  std::string host_header;
  std::string target;           // "/v1/models?limit=10", or absolute for a plain proxy
  std::string proxy_authorization;
  std::string user_agent;
  io::TimePoint total_deadline;
};

// cpp-httplib's client code: one object for all calls of all loops.
class CallEngine {
 public:
  CallEngine();
  ~CallEngine();
  // One request and its reply. On the caller's fiber. The request's headers and body are let go when the reply begins.
  CallResult run(io::Stream& stream, const CallSetup& setup, ClientRequest& request,
                 const std::function<bool(const ClientHead&)>& on_head,
                 const std::function<bool(std::string_view)>& on_body) const;

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

}  // namespace whinchat::http
