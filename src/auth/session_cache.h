// Identities of sessions and tokens in memory, so that a request costs no query. Revocation is at once: whoever ends a
// session forgets it here after its row is gone, and what was read before that cannot be put in afterwards.
// Bounded (limits::kSessionCacheEntries; when full, some entry makes room). Thread-safe; nothing here waits.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/identity.h"

namespace whinchat::auth {

struct CachedIdentity {
  Identity who;
  int64_t idle_until_ms = 0;
  int64_t absolute_until_ms = 0;
  int64_t written_ms = 0;        // when its use was last written down

  bool live(int64_t now_ms) const { return now_ms < idle_until_ms && now_ms < absolute_until_ms; }
};

class SessionCache {
 public:
  std::optional<CachedIdentity> find(std::string_view token_hash) const;
  uint64_t generation() const;  // read it before the query whose answer is put
  void put(std::string_view token_hash, CachedIdentity entry, uint64_t generation);  // dropped when something was forgotten since
  // True for one caller when the last note is older than every_ms: that one writes down the use. Slides the idle end.
  bool note_use(std::string_view token_hash, int64_t now_ms, int64_t every_ms, int64_t idle_ms);

  void forget_session(std::string_view session_id);
  void forget_user(std::string_view user_id);
  void clear();
  size_t size() const;

 private:
  template <class F>
  void forget(F matches);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, CachedIdentity> entries_;  // under mutex_
  uint64_t generation_ = 0;                                  // under mutex_
};

}  // namespace whinchat::auth
