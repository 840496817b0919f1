#include "io/loop.h"

#include <atomic>
#include <csignal>
#include <thread>

#include "io/fiber_impl.h"

namespace whinchat::io {

namespace {

thread_local Loop* current_loop = nullptr;

constexpr std::chrono::seconds kStopPatience{5};  // for fibers that were cancelled and still clean up
constexpr int kRoundsAfterStop = 100;             // each may queue more; nothing of ours needs ten

}  // namespace

Loop::Loop() : impl_(std::make_unique<Impl>()) {
#ifdef SIGPIPE
  std::signal(SIGPIPE, SIG_IGN);  // a peer that left is an error value of send(), not the end of the process
#endif
}

Loop::~Loop() = default;

Loop* Loop::current() { return current_loop; }

void Loop::run() {
  current_loop = this;
  impl_->context.run();
  // What was queued behind the stop runs as well: a fiber that never began would be lost with all that it holds.
  for (int round = 0; round < kRoundsAfterStop; ++round) {
    impl_->context.restart();
    if (impl_->context.poll() == 0) break;
  }
  current_loop = nullptr;
}

void Loop::stop() {
  boost::asio::post(impl_->context, [this] { impl_->begin_stop(); });
}

void Loop::post(std::function<void()> task) { boost::asio::post(impl_->context, std::move(task)); }

void Loop::Impl::begin_stop() {
  if (stopping) return;
  stopping = true;
  if (fibers.empty()) return context.stop();
  for (Fiber* fiber : fibers) fiber->cancel(CancelReason::kStopped);
  stop_timer.expires_after(kStopPatience);
  stop_timer.async_wait([this](boost::system::error_code error) {
    if (!error) context.stop();
  });
}

struct LoopGroup::Threads {
  std::vector<std::thread> threads;
  std::atomic<size_t> turn{0};
};

LoopGroup::LoopGroup(int loops) : threads_(std::make_unique<Threads>()) {
  for (int i = 0; i < loops; ++i) loops_.push_back(std::make_unique<Loop>());
  for (auto& loop : loops_) threads_->threads.emplace_back([raw = loop.get()] { raw->run(); });
}

LoopGroup::~LoopGroup() {
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_->threads) thread.join();
}

Loop& LoopGroup::next() { return at(threads_->turn.fetch_add(1, std::memory_order_relaxed)); }

}  // namespace whinchat::io
