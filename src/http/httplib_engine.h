// cpp-httplib's server code on our streams: one object for all requests of all loops.
#pragma once

#include <memory>

namespace whinchat::http {

class Exchange;

class Engine {
 public:
  Engine();
  ~Engine();
  // Reads the body, calls the handler and writes the response of one request. On the request's fiber. False: the
  // connection is of no further use.
  bool process(Exchange& exchange);

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

const char* library_version();  // of cpp-httplib

}  // namespace whinchat::http
