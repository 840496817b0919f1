#include "auth/running_work.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace whinchat::auth {

struct RunningWork::State {
  struct Entry {
    std::string session_id;
    std::string user_id;
    io::FiberRef fiber;
  };
  mutable std::mutex mutex;
  std::unordered_map<uint64_t, Entry> entries;  // under mutex, as all of these
  uint64_t next = 1;
  uint64_t epoch = 1;

  template <class F>
  void end(F matches) {
    std::vector<io::FiberRef> fibers;
    {
      std::lock_guard lock(mutex);
      ++epoch;
      for (const auto& [number, entry] : entries) {
        if (matches(entry)) fibers.push_back(entry.fiber);
      }
    }
    const io::FiberRef self = io::this_fiber::active() ? io::this_fiber::self() : io::FiberRef();
    for (const io::FiberRef& fiber : fibers) {
      if (!(fiber == self)) fiber.cancel(io::CancelReason::kRevoked);
    }
  }
};

RunningWork::RunningWork() : state_(std::make_shared<State>()) {}
RunningWork::~RunningWork() = default;

std::optional<RunningWork::Ticket> RunningWork::enter(const Identity& who, const io::FiberRef& fiber) {
  if (who.session_id.empty()) return Ticket();
  std::lock_guard lock(state_->mutex);
  if (who.epoch != state_->epoch) return std::nullopt;
  const uint64_t number = state_->next++;
  state_->entries.emplace(number, State::Entry{who.session_id, who.user_id, fiber});
  // The pointer is only a sign that somebody is there; what counts is what happens when the last copy goes.
  return Ticket(state_.get(), [state = state_, number](void*) {
    std::lock_guard leave(state->mutex);
    state->entries.erase(number);
  });
}

uint64_t RunningWork::epoch() const {
  std::lock_guard lock(state_->mutex);
  return state_->epoch;
}

void RunningWork::end_session(std::string_view session_id) {
  state_->end([&](const State::Entry& entry) { return entry.session_id == session_id; });
}

void RunningWork::end_user(std::string_view user_id, std::string_view except_session_id) {
  state_->end([&](const State::Entry& entry) { return entry.user_id == user_id && entry.session_id != except_session_id; });
}

void RunningWork::distrust() {
  std::lock_guard lock(state_->mutex);
  ++state_->epoch;
}

std::vector<std::string> RunningWork::session_ids() const {
  std::vector<std::string> ids;
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& [number, entry] : state_->entries) ids.push_back(entry.session_id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace whinchat::auth
