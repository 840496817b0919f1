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
  ClientHead head;
};

struct CallSetup {
  std::string host_header;
  std::string target;           // "/v1/models?limit=10", or absolute for a plain proxy
  std::string proxy_authorization;
  std::string user_agent;
  io::TimePoint total_deadline;
};

CallResult run_call(io::Stream& stream, const CallSetup& setup, const ClientRequest& request,
                    const std::function<bool(const ClientHead&)>& on_head,
                    const std::function<bool(std::string_view)>& on_body);

}  // namespace whinchat::http
