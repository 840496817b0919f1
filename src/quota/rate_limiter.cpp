#include "quota/rate_limiter.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include "base/limits.h"
#include "quota/window_state.h"

namespace whinchat::quota {
namespace {

using Words = std::array<WindowWord, kWindowsMax>;

struct Slot {
  uint64_t hash;  // 0: never used
  Words words;
};
static_assert(sizeof(Slot) == 32);

constexpr size_t kSets = limits::kLimiterSlots / limits::kLimiterWays;
static_assert(kSets * limits::kLimiterWays == limits::kLimiterSlots && kSets % limits::kLimiterLocks == 0);

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

// Zeroed memory that the system hands out page by page, when it is first touched.
template <class T>
std::unique_ptr<T[], FreeMemory> zeroed(size_t count) {
  void* memory = std::calloc(count, sizeof(T));
  if (memory == nullptr) throw std::bad_alloc();
  return std::unique_ptr<T[], FreeMemory>(static_cast<T*>(memory));
}

// The window that the headers speak of: when refused the one with the longest wait, so that Retry-After is the truth for
// all of them; else the finest.
void sum_up(LimitStatus& status) {
  const WindowStatus* shown = &status.windows[0];
  for (size_t i = 0; i < status.window_count; ++i) {
    if (!status.allowed && status.windows[i].retry_after_s > shown->retry_after_s) shown = &status.windows[i];
  }
  status.limit = shown->limit;
  status.remaining = shown->remaining;
  status.reset_epoch_s = shown->reset_epoch_s;
  status.retry_after_s = status.allowed ? 0 : std::max(shown->retry_after_s, 1);
}

}  // namespace

struct RateLimiter::Table {
  std::unique_ptr<Slot[], FreeMemory> slots = zeroed<Slot>(limits::kLimiterSlots);
  std::unique_ptr<Words[], FreeMemory> shared = zeroed<Words>(kSets);
  std::array<std::mutex, limits::kLimiterLocks> locks;  // a set belongs to lock number set % count

  std::mutex& lock_of(size_t set) { return locks[set % limits::kLimiterLocks]; }

  // The state that counts for the key, or null when it has none yet.
  Words* find(size_t set, uint64_t hash) {
    Slot* first = &slots[set * limits::kLimiterWays];
    for (Slot* slot = first; slot != first + limits::kLimiterWays; ++slot) {
      if (slot->hash == hash) return &slot->words;
    }
    return nullptr;
  }

  // A free slot for the key, or the shared bucket. A new slot starts from the shared bucket's state: the key may be one of
  // those that have been using it, and must not get a second helping.
  Words& take(size_t set, uint64_t hash, Strategy strategy, int64_t now_ns) {
    Slot* first = &slots[set * limits::kLimiterWays];
    for (Slot* slot = first; slot != first + limits::kLimiterWays; ++slot) {
      const auto lapsed = [&](WindowWord word) { return has_lapsed(strategy, word, now_ns); };
      if (slot->hash != 0 && !std::all_of(slot->words.begin(), slot->words.end(), lapsed)) continue;
      slot->hash = hash;
      slot->words = shared[set];
      return slot->words;
    }
    return shared[set];
  }
};

RateLimiter::RateLimiter(RateLimiterOptions options)
    : options_(std::move(options)), sip_key_(random_sip_key()), table_(std::make_unique<Table>()) {
  assert(!options_.windows.empty() && options_.windows.size() <= kWindowsMax);
  for ([[maybe_unused]] const Window& window : options_.windows) {
    assert(window.hits_max >= 1 && window.hits_max <= limits::kLimiterHitsMax && window.period_s >= 1);
  }
}

RateLimiter::~RateLimiter() = default;

LimitStatus RateLimiter::check_and_count(std::string_view key, Instant now) {
  if (!options_.enabled) return peek(key, now);
  const Strategy strategy = options_.strategy;
  const size_t count = options_.windows.size();
  const uint64_t hash = std::max<uint64_t>(siphash24(sip_key_, key), 1);
  const size_t set = hash % kSets;

  const std::lock_guard lock(table_->lock_of(set));
  Words* words = table_->find(set, hash);
  if (words == nullptr) words = &table_->take(set, hash, strategy, now.monotonic_ns);

  LimitStatus status;
  Words after = *words;
  for (size_t i = 0; i < count && status.allowed; ++i) {
    const HitResult result = hit(strategy, options_.windows[i], after[i], now.monotonic_ns);
    after[i] = result.word;
    status.allowed = result.allowed;
  }
  if (status.allowed || strategy == Strategy::kFixedWindow) *words = after;

  status.window_count = count;
  for (size_t i = 0; i < count; ++i) status.windows[i] = status_of(strategy, options_.windows[i], (*words)[i], now);
  sum_up(status);
  return status;
}

LimitStatus RateLimiter::peek(std::string_view key, Instant now) const {
  const uint64_t hash = std::max<uint64_t>(siphash24(sip_key_, key), 1);
  const size_t set = hash % kSets;
  Words words{};
  if (options_.enabled) {
    const std::lock_guard lock(table_->lock_of(set));
    const Words* found = table_->find(set, hash);
    words = found != nullptr ? *found : table_->shared[set];
  }
  LimitStatus status;
  status.window_count = options_.windows.size();
  for (size_t i = 0; i < status.window_count; ++i) {
    status.windows[i] = status_of(options_.strategy, options_.windows[i], words[i], now);
    status.allowed = status.allowed && status.windows[i].retry_after_s == 0;
  }
  sum_up(status);
  return status;
}

}  // namespace whinchat::quota
