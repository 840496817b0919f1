#include "auth/session_cache.h"

#include "base/limits.h"

namespace whinchat::auth {

std::optional<CachedIdentity> SessionCache::find(std::string_view token_hash) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(token_hash));
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

uint64_t SessionCache::generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}

void SessionCache::put(std::string_view token_hash, CachedIdentity entry, uint64_t generation) {
  std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  if (entries_.size() >= limits::kSessionCacheEntries) entries_.erase(entries_.begin());
  entries_.insert_or_assign(std::string(token_hash), std::move(entry));
}

bool SessionCache::note_use(std::string_view token_hash, int64_t now_ms, int64_t every_ms, int64_t idle_ms) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(token_hash));
  if (found == entries_.end() || now_ms < found->second.written_ms + every_ms) return false;
  found->second.written_ms = now_ms;
  if (idle_ms > 0) found->second.idle_until_ms = now_ms + idle_ms;
  return true;
}

template <class F>
void SessionCache::forget(F matches) {
  std::lock_guard lock(mutex_);
  ++generation_;
  std::erase_if(entries_, [&](const auto& item) { return matches(item.second.who); });
}

void SessionCache::forget_session(std::string_view session_id) {
  forget([&](const Identity& who) { return who.session_id == session_id; });
}

void SessionCache::forget_user(std::string_view user_id) {
  forget([&](const Identity& who) { return who.user_id == user_id; });
}

void SessionCache::clear() {
  forget([](const Identity&) { return true; });
}

size_t SessionCache::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace whinchat::auth
