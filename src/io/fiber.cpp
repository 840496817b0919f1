#include "io/fiber.h"

#include <cxxabi.h>

#include <cassert>
#include <cstdlib>

#include "io/fiber_impl.h"
#include "io/fiber_switch.h"

namespace whinchat::io {

namespace {

namespace context = boost::context::detail;

std::atomic<long> live_fibers{0};

// The Itanium C++ ABI fixes this layout (section 2.2.2, "Caught Exception Stack").
ExceptionState& thread_exceptions() { return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals()); }

}  // namespace

long fiber_count() { return live_fibers.load(std::memory_order_relaxed); }

Fiber::Fiber(Loop& loop, std::function<void()> body) : loop_(loop), body_(std::move(body)) {
  live_fibers.fetch_add(1, std::memory_order_relaxed);
}

Fiber::~Fiber() {
  if (!finished()) live_fibers.fetch_sub(1, std::memory_order_relaxed);  // its loop ended before it began
}

Fiber* Fiber::current() {
  Loop* loop = Loop::current();
  return loop ? loop->impl().running : nullptr;
}

void Fiber::start() {
  auto& impl = loop_.impl();
  self_ = shared_from_this();
  impl.fibers.insert(this);
  if (impl.stopping) cancel(CancelReason::kStopped);
  stack_ = impl.stacks.take();
  here_ = context::make_fcontext(stack_.sp, stack_.size, &Fiber::entry);
  tsan_fiber_ = sanitizer::create();
  resume();
}

void Fiber::entry(context::transfer_t from) {
  auto* fiber = static_cast<Fiber*>(from.data);
  fiber->back_ = from.fctx;
  sanitizer::arrive(nullptr, &fiber->loop_stack_bottom_, &fiber->loop_stack_bytes_);
  try {
    fiber->body_();
  } catch (...) {
    std::abort();  // the rule of this header: a body that throws is a bug that must be seen
  }
  fiber->body_ = nullptr;  // what the body captured dies on the stack it lived on
  fiber->finished_.store(true, std::memory_order_release);
  sanitizer::leave(nullptr, fiber->loop_stack_bottom_, fiber->loop_stack_bytes_);
  sanitizer::go(fiber->tsan_loop_);
  context::jump_fcontext(fiber->back_, nullptr);
  std::abort();  // not reached: nobody enters a finished fiber
}

void Fiber::resume() {
  auto& impl = loop_.impl();
  assert(!impl.running);
  impl.running = this;
  const ExceptionState loop_exceptions = thread_exceptions();
  thread_exceptions() = exceptions_;
  void* fake_stack = nullptr;
  sanitizer::leave(&fake_stack, static_cast<char*>(stack_.sp) - stack_.size, stack_.size);
  tsan_loop_ = sanitizer::here();
  sanitizer::go(tsan_fiber_);
  here_ = context::jump_fcontext(here_, this).fctx;
  sanitizer::arrive(fake_stack, nullptr, nullptr);
  exceptions_ = thread_exceptions();
  thread_exceptions() = loop_exceptions;
  impl.running = nullptr;
  if (finished()) finish();
}

void Fiber::finish() {
  auto& impl = loop_.impl();
  sanitizer::destroy(tsan_fiber_);
  impl.stacks.give_back(stack_);
  timer_.reset();
  impl.fibers.erase(this);
  live_fibers.fetch_sub(1, std::memory_order_relaxed);
  if (impl.stopping && impl.fibers.empty()) impl.context.stop();
  self_.reset();  // may end this object
}

Wake Fiber::suspend(TimePoint until) {
  waiting_ = true;
  ++wait_number_;
  wait_until_ = until;
  if (until != kNoDeadline && until < timer_at_) arm_timer();
  sanitizer::leave(&sanitizer_fake_stack_, loop_stack_bottom_, loop_stack_bytes_);
  sanitizer::go(tsan_loop_);
  back_ = context::jump_fcontext(back_, nullptr).fctx;
  sanitizer::arrive(sanitizer_fake_stack_, &loop_stack_bottom_, &loop_stack_bytes_);
  return woken_by_;
}

void Fiber::wake(Wake why) {
  if (!waiting_) return;
  waiting_ = false;
  woken_by_ = why;
  resume();
}

void Fiber::wake_later(uint32_t number, Wake why) {
  boost::asio::post(loop_.impl().context, [fiber = shared_from_this(), number, why] {
    if (fiber->wait_number_ == number) fiber->wake(why);
  });
}

void Fiber::arm_timer() {
  if (!timer_) timer_.emplace(loop_.impl().context);
  timer_at_ = wait_until_;
  timer_->expires_at(timer_at_);
  timer_->async_wait([fiber = shared_from_this()](boost::system::error_code error) {
    if (error || fiber->finished()) return;  // armed anew for an earlier time, or over
    fiber->timer_at_ = kNoDeadline;
    if (!fiber->waiting_ || fiber->wait_until_ == kNoDeadline) return;
    if (Clock::now() >= fiber->wait_until_) {
      fiber->wake(Wake::kTimeout);
    } else {
      fiber->arm_timer();
    }
  });
}

void Fiber::cancel(CancelReason reason) {
  if (finished()) return;  // its loop may be gone by now
  auto expected = CancelReason::kNone;
  if (!reason_.compare_exchange_strong(expected, reason)) return;
  boost::asio::post(loop_.impl().context, [fiber = shared_from_this()] {
    if (fiber->cancelled()) fiber->wake(Wake::kCancelled);
  });
}

void Fiber::flush_output() {
  if (!output_ || in_output_) return;
  in_output_ = true;
  output_->flush_before_wait();
  in_output_ = false;
}

void Fiber::run_tick() {
  if (!output_ || in_output_) return;
  in_output_ = true;
  output_->tick();
  in_output_ = false;
}

void FiberRef::cancel(CancelReason reason) const {
  if (fiber_) fiber_->cancel(reason);
}

bool FiberRef::finished() const { return !fiber_ || fiber_->finished(); }

FiberRef spawn(Loop& loop, std::function<void()> body) {
  auto fiber = std::make_shared<Fiber>(loop, std::move(body));
  boost::asio::post(loop.impl().context, [fiber] { fiber->start(); });
  return FiberRef(fiber);
}

namespace this_fiber {

bool active() { return Fiber::current() != nullptr; }
FiberRef self() {
  Fiber* fiber = Fiber::current();
  return fiber ? FiberRef(fiber->shared_from_this()) : FiberRef();
}
bool cancelled() { return Fiber::current()->cancelled(); }
CancelReason cancel_reason() { return Fiber::current()->reason_.load(std::memory_order_relaxed); }
void clear_cancel() { Fiber::current()->reason_.store(CancelReason::kNone, std::memory_order_relaxed); }
Wake sleep_until(TimePoint when) {
  return Fiber::current()->wait(when, [] { return true; }, [] {});
}
Wake sleep_for(Duration duration) { return sleep_until(Clock::now() + duration); }
void set_output(FiberOutput* output) { Fiber::current()->output_ = output; }
void trim_stack() {
  const Fiber* fiber = Fiber::current();
  fiber->loop_.impl().stacks.trim(fiber->stack_, __builtin_frame_address(0));
}
FiberOutput* output() { return Fiber::current()->output_; }

}  // namespace this_fiber

}  // namespace whinchat::io
