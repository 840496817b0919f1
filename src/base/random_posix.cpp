#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include <algorithm>
#include <stdexcept>

#include "base/crypto.h"

namespace whinchat {

// The kernel's own generator (getentropy: POSIX.1-2024): nothing to set up, nothing that a fork could double.
void random_bytes(void* out, size_t bytes) {
  constexpr size_t kMost = 256;  // of one call
  auto* at = static_cast<unsigned char*>(out);
  while (bytes > 0) {
    const size_t step = std::min(bytes, kMost);
    if (::getentropy(at, step) != 0) throw std::runtime_error("the system gives no random numbers");
    at += step;
    bytes -= step;
  }
}

}  // namespace whinchat
