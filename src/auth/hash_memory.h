// The memory that a password hash works in: one region per thread that hashes, kept while others wait for their turn.
// Straight from the system, so that it goes back there at once; freed allocator memory would stay resident. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace whinchat::auth {

int take_hash_memory(uint8_t** memory, size_t bytes);        // as argon2_context::allocate_cbk: 0 when it worked
void give_back_hash_memory(uint8_t* memory, size_t bytes);   // as free_cbk
void drop_hash_memory();                                     // this thread's region goes back to the system

}  // namespace whinchat::auth
