#include "chat/continuation.h"

#include <algorithm>
#include <utility>

namespace whinchat::chat {

namespace {

constexpr size_t kTailBytes = 2048;    // how far before the cut a model may begin again
constexpr size_t kRepeatBytesMin = 12; // shorter ones happen by chance ("- ", "the ")

}  // namespace

RepeatFilter::RepeatFilter(std::string_view old_text) : tail_(old_text.substr(old_text.size() - std::min(old_text.size(), kTailBytes))) {}

std::string RepeatFilter::take(std::string_view piece) {
  if (!deciding_) return std::string(piece);
  held_.append(piece);
  // A repetition is a stretch of the tail that reaches its end. The longest one that has come whole is dropped; while the
  // text is still inside a longer one, it waits.
  const std::string_view held = held_;
  const std::string_view tail = tail_;
  for (size_t begin = 0; begin + kRepeatBytesMin <= tail.size(); ++begin) {
    const std::string_view stretch = tail.substr(begin);
    if (held.size() < stretch.size() && stretch.starts_with(held)) return {};
    if (held.starts_with(stretch)) {
      held_.erase(0, stretch.size());
      break;
    }
  }
  return finish();
}

std::string RepeatFilter::finish() {
  deciding_ = false;
  return std::exchange(held_, {});
}

}  // namespace whinchat::chat
