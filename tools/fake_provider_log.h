// What the fake provider received, kept for a test to read back as JSON lines. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "fake_provider_script.h"

namespace whinchat::fake {

int64_t wall_ms();  // milliseconds since 1970, UTC

struct Record {
  Received request;
  uint64_t connection = 0;
  int64_t request_of_connection = 1;
  int64_t at_ms = 0;
  std::atomic<int64_t> done_ms{0};    // the answer was complete
  std::atomic<int64_t> closed_ms{0};  // the peer closed before that
  std::atomic<bool> reset{false};     // it did so with RST
  std::atomic<int64_t> chunks{0};
};

class Log {
 public:
  explicit Log(bool enabled) : enabled_(enabled) {}
  std::shared_ptr<Record> add(Received request, uint64_t connection, int64_t request_of_connection);
  std::string lines() const;
  void clear();

 private:
  static constexpr size_t kRecordsMax = 20000;
  const bool enabled_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Record>> records_;
};

struct Counters {
  std::atomic<int64_t> open{0}, accepted{0}, requests{0}, chunks{0}, answering{0}, tls_handshakes{0}, tls_resumed{0}, tls_failed{0};
  std::string json() const;
};

}  // namespace whinchat::fake
