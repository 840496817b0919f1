// Inside io/ only: telling the sanitizers about stack switches; nothing in ordinary builds.
// Source: sanitizer/common_interface_defs.h and sanitizer/tsan_interface.h of GCC 12.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WHINCHAT_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WHINCHAT_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WHINCHAT_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WHINCHAT_TSAN 1
#endif

#ifdef WHINCHAT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WHINCHAT_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace whinchat::io::sanitizer {

#ifdef WHINCHAT_ASAN
// fake_stack_save null: the stack that is left will never be entered again.
inline void leave(void** fake_stack_save, const void* bottom, size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack_save, bottom, bytes);
}
inline void arrive(void* fake_stack, const void** from_bottom, size_t* from_bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, from_bottom, from_bytes);
}
// For new mappings: a fiber's last frame never returns, so what ASan noted of it outlives the memory it lay in.
inline void forget(const void* low, size_t bytes) { __asan_unpoison_memory_region(low, bytes); }
#else
inline void leave(void**, const void*, size_t) {}
inline void arrive(void*, const void**, size_t*) {}
inline void forget(const void*, size_t) {}
#endif

#ifdef WHINCHAT_TSAN
inline void* create() { return __tsan_create_fiber(0); }
inline void destroy(void* fiber) { __tsan_destroy_fiber(fiber); }
inline void* here() { return __tsan_get_current_fiber(); }
inline void go(void* fiber) { __tsan_switch_to_fiber(fiber, 0); }
#else
inline void* create() { return nullptr; }
inline void destroy(void*) {}
inline void* here() { return nullptr; }
inline void go(void*) {}
#endif

}  // namespace whinchat::io::sanitizer
