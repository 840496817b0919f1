// Owns everything that lives as long as the server, in construction order, and its start, drain and stop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "config.h"

namespace whinchat {

class App {
 public:
  // Opens the log, binds the ports, finds providers. Nothing is served before run().
  static Result<std::unique_ptr<App>> create(Config config);
  ~App();

  // The address to type into a browser: "http://localhost:5000".
  std::string address() const;

  // "http://localhost:5000/setup#token=...", while nobody administers the server yet; else "".
  std::string setup_link() const;

  // Serves until SIGTERM or SIGINT and the drain that follows. Returns the exit code.
  int run(const std::function<void()>& on_serving);

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace whinchat
