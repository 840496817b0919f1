#include "store/search.h"

#include "base/utf8.h"

namespace whinchat::store {

std::string search_key(std::string_view user_id) {
  uint64_t hash = 14695981039346656037ull;  // FNV-1a, 64 bits
  for (const char c : user_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  std::string key;
  for (int i = 0; i < 3; ++i) append_utf8(key, static_cast<char32_t>(0xE000 + ((hash >> (20 + i * 12)) & 0xFFF)));
  return key;
}

}  // namespace whinchat::store
