// What time it is, behind an interface, so that tests can jump an hour or a day.
//
// Deadlines of sockets and fibers use io/time.h. This clock is for what people see (logs, reset times) and for what is
// counted over minutes and days (limits). Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whinchat {

// One moment on both clocks. Whatever is counted hangs on the monotonic one; the epoch is for showing.
struct Instant {
  int64_t monotonic_ns = 0;
  int64_t epoch_ms = 0;
};

class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public WallClock {
 public:
  Instant now() const override;  // CLOCK_MONOTONIC and CLOCK_REALTIME
};

// For tests: stands still until told otherwise.
class ManualClock final : public WallClock {
 public:
  explicit ManualClock(Instant start = {1'000'000'000, 1'800'000'000'000})
      : monotonic_ns_(start.monotonic_ns), epoch_ms_(start.epoch_ms) {}
  Instant now() const override { return {monotonic_ns_.load(), epoch_ms_.load()}; }
  void advance_ms(int64_t ms) { monotonic_ns_ += ms * 1'000'000; epoch_ms_ += ms; }
  void jump_epoch_ms(int64_t ms) { epoch_ms_ += ms; }  // somebody set the system's clock

 private:
  std::atomic<int64_t> monotonic_ns_;
  std::atomic<int64_t> epoch_ms_;
};

// "2026-11-23T09:14:05.123Z" (RFC 3339, UTC). Years 1970 to 9999; outside, the nearest of these.
std::string rfc3339(int64_t epoch_ms);

// And back, any offset and any number of digits of the second (below ms they are dropped): "2024-03-01T09:14:05.123456+02:00".
// A time without an offset is taken for UTC. Nothing: it is none, or outside 1970 to 9999.
std::optional<int64_t> parse_rfc3339(std::string_view text);

}  // namespace whinchat
