// How many streams may be open at once: per client, so that one cannot take all, and in all, so that memory is bounded.
//
// Bounded itself: it remembers only clients with an open stream. Thread-safe; a ticket may be given up on any thread, and
// must not outlive the gate.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/result.h"

namespace whinchat::quota {

class StreamGate {
 public:
  // Keeps one place taken until it goes.
  class Ticket {
   public:
    Ticket(StreamGate* gate, uint64_t client) : gate_(gate), client_(client) {}
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    void give_up();
    StreamGate* gate_;  // null: moved from
    uint64_t client_;
  };

  explicit StreamGate(int open_max = limits::kStreamsOpen) : open_max_(open_max) {}

  // Errors: kTooManyStreams (this client has client_max open), kUnavailable with retry_after_s (the server is full).
  Result<Ticket> enter(std::string_view client_key, int client_max = limits::kStreamsPerClient);

  int open() const;

 private:
  void leave(uint64_t client);

  const int open_max_;
  const SipKey sip_key_ = random_sip_key();
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, int> open_by_client_;  // guarded by mutex_; no entry holds 0
  int open_ = 0;                                      // guarded by mutex_
};

}  // namespace whinchat::quota
