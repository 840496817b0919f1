// Some models write their thoughts into the text itself: "<think>thoughts</think>answer" (DeepSeek R1, QwQ, Qwen 3 behind
// servers that do not tell the two apart). This tells them apart. Only a tag at the very beginning counts, so that an
// answer about such tags stays text. A tag may be cut anywhere between two pieces. Pure; one per answer.
#pragma once

#include <string>
#include <string_view>

namespace whinchat::provider {

class ThinkSplitter {
 public:
  // Reasoning comes before text. Views live until the next call or as long as the input; either may be empty.
  struct Pieces {
    std::string_view reasoning;
    std::string_view text;
  };
  Pieces feed(std::string_view text);
  Pieces finish();                  // what was held back for the rest of a tag that never came
  void pass() { if (state_ == State::kStart && held_.empty()) state_ = State::kText; }  // nothing is to be split
  bool passes() const { return state_ == State::kText; }

 private:
  enum class State : unsigned char { kStart, kThinking, kBehind, kText };
  Pieces begin();
  Pieces think();

  State state_ = State::kStart;
  bool begun_ = false;              // a thought that is not blank came
  std::string held_;                // input that is not told apart yet
  std::string out_;
};

}  // namespace whinchat::provider
