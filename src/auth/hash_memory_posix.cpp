// mmap(2), munmap(2).
#include <sys/mman.h>

#include "auth/hash_memory.h"

namespace whinchat::auth {

namespace {

struct Region {
  void* memory = nullptr;
  size_t bytes = 0;

  Region() = default;
  ~Region() { drop(); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  void drop() {
    if (memory) ::munmap(memory, bytes);
    memory = nullptr;
    bytes = 0;
  }
};

thread_local Region t_region;  // libargon2's callbacks carry no pointer of ours

}  // namespace

int take_hash_memory(uint8_t** memory, size_t bytes) {
  if (t_region.bytes < bytes) {
    t_region.drop();
    void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return -1;
    t_region.memory = mapped;
    t_region.bytes = bytes;
  }
  *memory = static_cast<uint8_t*>(t_region.memory);
  return 0;
}

void give_back_hash_memory(uint8_t*, size_t) {}

void drop_hash_memory() { t_region.drop(); }

}  // namespace whinchat::auth
