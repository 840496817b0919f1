// A sticky signal that one fiber waits for and any thread may give.
#pragma once

#include <memory>

#include "io/fiber.h"

namespace whinchat::io {

class Notify {
 public:
  Notify();
  ~Notify();
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;

  void notify();                 // any thread, also before wait(); several calls count as one
  Wake wait(TimePoint deadline); // on a fiber; kReady takes the signal back

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace whinchat::io
