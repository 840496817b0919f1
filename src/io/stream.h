// A byte stream that suspends the calling fiber instead of blocking a thread: TCP, or TLS over it.
//
// A stream belongs to the loop it was made on; all calls come from fibers of that loop. One reader and one writer at a
// time. Bytes are sent with TCP_NODELAY; nothing is corked here.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/fiber.h"

namespace whinchat::io {

enum class IoStatus : uint8_t { kOk, kEof, kTimeout, kCancelled, kError };

struct IoResult {
  IoStatus status = IoStatus::kOk;
  size_t bytes = 0;
  bool ok() const { return status == IoStatus::kOk; }
};

class Stream {
 public:
  virtual ~Stream() = default;  // closes at once

  // At least one byte unless the status says otherwise. Tries first, waits only when nothing is there.
  virtual IoResult read_some(char* data, size_t size, TimePoint deadline) = 0;
  // What can be had without waiting: kOk with 0 bytes when nothing is there.
  virtual IoResult try_read(char* data, size_t size) = 0;
  // True when the last read came back short, so that trying again before waiting would be a wasted system call.
  virtual bool likely_empty() const { return false; }
  // All of it, or the status says why not (bytes: how many left).
  virtual IoResult write_all(std::string_view data, TimePoint deadline) = 0;
  // Two parts in one send (writev where plain).
  virtual IoResult write_all(std::string_view first, std::string_view second, TimePoint deadline) = 0;
  // Only waiting: kOk when it is worth trying again. For layers such as TLS.
  virtual IoResult wait_readable(TimePoint deadline) = 0;
  virtual IoResult wait_writable(TimePoint deadline) = 0;
  // Calls on_ready once, on the loop outside any fiber, when there is something to read (also an end or an error).
  // Replaces an earlier call; null takes it back. Must not be outstanding while a fiber reads.
  virtual void watch_readable(std::function<void()> on_ready) = 0;
  // Polite end: TLS close_notify if it fits, FIN. Never waits.
  virtual void shutdown() = 0;
  virtual void close() = 0;               // at once; waits on it end with kError
  virtual bool is_open() const = 0;
  virtual int native_handle() const = 0;  // the socket, for poll() and getsockname(); -1 when closed
  virtual bool secure() const = 0;
};

// Connects to the first address of the list that answers. Each address gets an equal share of the time left, at least
// 250 ms, so one dead address does not eat the whole deadline. On a fiber.
struct Endpoint {
  std::string ip;  // textual, v4 or v6
  int port = 0;
};
Result<std::unique_ptr<Stream>> connect_tcp(const std::vector<Endpoint>& endpoints, TimePoint deadline);

}  // namespace whinchat::io
