#include "chat/side_call.h"

#include <atomic>

#include "chat/turn.h"
#include "io/loop.h"
#include "io/notify.h"

namespace whinchat::chat {

namespace {

class Collector final : public provider::DeltaSink {
 public:
  explicit Collector(size_t bytes_max) : bytes_max_(bytes_max) {}
  bool on_text(std::string_view piece) override {
    text.append(piece);
    return text.size() <= bytes_max_;
  }
  bool on_reasoning(std::string_view) override { return true; }
  bool over() const { return text.size() > bytes_max_; }
  std::string text;

 private:
  const size_t bytes_max_;
};

// Shared with the fiber that asks, which may end a little later than the one that waits.
struct Call {
  Call(std::shared_ptr<provider::Provider> p, provider::ChatRequest r, size_t bytes_max)
      : provider(std::move(p)), request(std::move(r)), sink(bytes_max) {}
  const std::shared_ptr<provider::Provider> provider;
  const provider::ChatRequest request;
  Collector sink;
  TurnResult result;
  std::atomic<bool> finished{false};
  io::Notify ended;
};

}  // namespace

Result<SideAnswer> ask_aside(std::shared_ptr<provider::Provider> provider, provider::ChatRequest request, size_t answer_bytes_max,
                             std::chrono::milliseconds patience) {
  auto call = std::make_shared<Call>(std::move(provider), std::move(request), answer_bytes_max);
  const io::FiberRef fiber = io::spawn(*io::Loop::current(), [call] {
    call->result = run_turn(*call->provider, call->request, call->sink);
    call->finished.store(true, std::memory_order_release);
    call->ended.notify();
  });
  const io::Wake why = call->ended.wait(io::Clock::now() + patience);
  const io::CancelReason reason = io::this_fiber::cancel_reason();
  if (why != io::Wake::kReady) {
    fiber.cancel();
    io::this_fiber::clear_cancel();
    // It ends soon: every wait of a cancelled fiber returns at once. Until then it counts as ours.
    while (!call->finished.load(std::memory_order_acquire)) {
      if (call->ended.wait(io::kNoDeadline) == io::Wake::kCancelled) io::this_fiber::clear_cancel();
    }
    if (reason != io::CancelReason::kNone) io::this_fiber::self().cancel(reason);
    if (why == io::Wake::kCancelled) return Error{ErrorCode::kCancelled, "Stopped.", "beside an answer"};
    return Error{ErrorCode::kTimeout, "The model did not answer in time.", "beside an answer"};
  }
  const provider::ChatOutcome& outcome = call->result.outcome;
  if (outcome.error && !call->sink.over()) return *outcome.error;
  return SideAnswer{std::move(call->sink.text), outcome.usage, outcome.model};
}

}  // namespace whinchat::chat
