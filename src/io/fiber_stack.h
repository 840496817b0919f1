// Inside io/ only: guarded stacks for fibers. One FiberStacks per loop; not thread-safe.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstdint>
#include <vector>

#include "base/limits.h"
#include "io/fiber_switch.h"

namespace whinchat::io {

class FiberStacks {
 public:
  FiberStacks() : allocator_(limits::kFiberStackBytes) {}
  ~FiberStacks() {
    for (auto& stack : kept_) allocator_.deallocate(stack);
  }
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  boost::context::stack_context take() {
    if (kept_.empty()) {
      auto stack = allocator_.allocate();  // throws std::bad_alloc when the address space is full
      sanitizer::forget(static_cast<char*>(stack.sp) - stack.size, stack.size);
      return stack;
    }
    auto stack = kept_.back();
    kept_.pop_back();
    return stack;
  }

  // Everything between the guard page and some room below here. What was there is garbage of calls that have returned.
  void trim(const boost::context::stack_context& stack, const void* here) const {
#ifdef MADV_DONTNEED
    if (!kReuse) return;
    const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    const uintptr_t low = reinterpret_cast<uintptr_t>(stack.sp) - stack.size + page;
    const uintptr_t high = (reinterpret_cast<uintptr_t>(here) - kTrimRoom) / page * page;
    if (high > low) ::madvise(reinterpret_cast<void*>(low), high - low, MADV_DONTNEED);
#endif
  }

  void give_back(boost::context::stack_context stack) {
    if (kReuse && kept_.size() < limits::kFiberStacksKept) {
      kept_.push_back(stack);
    } else {
      allocator_.deallocate(stack);
    }
  }

 private:
  // Sanitizers remember what a stack held; a fresh mapping each time keeps their picture true.
#if defined(WHINCHAT_ASAN) || defined(WHINCHAT_TSAN)
  static constexpr bool kReuse = false;
#else
  static constexpr bool kReuse = true;
#endif

  static constexpr uintptr_t kTrimRoom = 1024;  // the caller's way down to its wait

  boost::context::protected_fixedsize_stack allocator_;
  std::vector<boost::context::stack_context> kept_;
};

}  // namespace whinchat::io
