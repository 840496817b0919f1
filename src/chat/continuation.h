// Drops what a model repeats when it is asked to go on with an answer.
//
// Models begin again a few words before the cut, or at the very beginning. While what comes could still be such a repetition
// of the end of the old text, it is held back; then the repeated part is dropped and the rest goes on. Anything else passes
// untouched. Used on one fiber.
#pragma once

#include <string>
#include <string_view>

namespace whinchat::chat {

class RepeatFilter {
 public:
  explicit RepeatFilter(std::string_view old_text);  // looks at its end only

  // What of the text so far is to be passed on now.
  std::string take(std::string_view piece);
  std::string finish();  // what is still held back, at the end of the answer

 private:
  std::string tail_;     // of the old text
  std::string held_;
  bool deciding_ = true;
};

}  // namespace whinchat::chat
