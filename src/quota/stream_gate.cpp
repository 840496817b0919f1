#include "quota/stream_gate.h"

#include <utility>

namespace whinchat::quota {

StreamGate::Ticket::Ticket(Ticket&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), client_(other.client_) {}

StreamGate::Ticket& StreamGate::Ticket::operator=(Ticket&& other) noexcept {
  if (this != &other) {
    give_up();
    gate_ = std::exchange(other.gate_, nullptr);
    client_ = other.client_;
  }
  return *this;
}

StreamGate::Ticket::~Ticket() { give_up(); }

void StreamGate::Ticket::give_up() {
  if (gate_ != nullptr) std::exchange(gate_, nullptr)->leave(client_);
}

Result<StreamGate::Ticket> StreamGate::enter(std::string_view client_key, int client_max) {
  constexpr int kRetryAfterS = 5;
  const uint64_t client = siphash24(sip_key_, client_key);
  const std::lock_guard lock(mutex_);
  if (open_ >= open_max_) {
    return Error{ErrorCode::kUnavailable, "The server has as many answers running as it can. Please try again in a moment.",
                 "streams open: " + std::to_string(open_), kRetryAfterS};
  }
  const auto found = open_by_client_.find(client);
  const int own = found == open_by_client_.end() ? 0 : found->second;
  if (own >= client_max) {
    return Error{ErrorCode::kTooManyStreams,
                 "You have " + std::to_string(own) + " answers running already. Wait for one to end or stop one.", {}};
  }
  open_by_client_[client] = own + 1;
  ++open_;
  return Ticket(this, client);
}

int StreamGate::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void StreamGate::leave(uint64_t client) {
  const std::lock_guard lock(mutex_);
  const auto found = open_by_client_.find(client);
  if (found == open_by_client_.end()) return;
  if (--found->second == 0) open_by_client_.erase(found);
  --open_;
}

}  // namespace whinchat::quota
