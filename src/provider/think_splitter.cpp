#include "provider/think_splitter.h"

#include <algorithm>

namespace whinchat::provider {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kBlank = " \t\r\n";
constexpr size_t kBlankBytesMax = 64;  // before the tag; models write a line break at most

std::string_view without_leading_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlank), text.size()));
}

// How many bytes at the end may be the beginning of the closing tag.
size_t begun_tag_bytes(std::string_view text) {
  for (size_t n = std::min(text.size(), kClose.size() - 1); n > 0; --n) {
    if (text.ends_with(kClose.substr(0, n))) return n;
  }
  return 0;
}

}  // namespace

ThinkSplitter::Pieces ThinkSplitter::feed(std::string_view text) {
  switch (state_) {
    case State::kText: return {{}, text};
    case State::kBehind:
      text = without_leading_blanks(text);
      if (!text.empty()) state_ = State::kText;
      return {{}, text};
    case State::kStart: held_.append(text); return begin();
    case State::kThinking: held_.append(text); return think();
  }
  return {{}, text};
}

ThinkSplitter::Pieces ThinkSplitter::begin() {
  const std::string_view told = without_leading_blanks(held_);
  const size_t blanks = held_.size() - told.size();
  if (blanks <= kBlankBytesMax && told.starts_with(kOpen)) {
    held_.erase(0, blanks + kOpen.size());
    state_ = State::kThinking;
    return think();
  }
  if (blanks <= kBlankBytesMax && kOpen.starts_with(told)) return {};
  state_ = State::kText;
  out_.swap(held_);
  std::string().swap(held_);
  return {{}, out_};
}

ThinkSplitter::Pieces ThinkSplitter::think() {
  out_.swap(held_);
  held_.clear();
  std::string_view all = out_;
  if (!begun_) all = without_leading_blanks(all);
  const size_t close = all.find(kClose);
  if (close != std::string_view::npos) {
    const std::string_view text = without_leading_blanks(all.substr(close + kClose.size()));
    state_ = text.empty() ? State::kBehind : State::kText;
    return {all.substr(0, close), text};
  }
  const size_t kept = begun_tag_bytes(all);
  held_.assign(all.substr(all.size() - kept));
  all.remove_suffix(kept);
  begun_ = begun_ || !all.empty();
  return {all, {}};
}

ThinkSplitter::Pieces ThinkSplitter::finish() {
  out_.swap(held_);
  held_.clear();
  if (state_ == State::kThinking) return {out_, {}};
  return {{}, out_};
}

}  // namespace whinchat::provider
