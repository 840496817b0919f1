// The conversations of a JSON text of any length, one after the other, without the text as a whole.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat::chat {

// Cuts {"...":..., "conversations":[A,B,...]} or [A,B,...] into the texts of A, B, ... Only brackets, strings and commas are
// looked at: each piece is to be parsed by parse_json. Memory: one piece and one chunk.
class ConversationTexts {
 public:
  // The next bytes; empty: there are no more. The view must live until the next call.
  using Source = std::function<Result<std::string_view>()>;

  explicit ConversationTexts(Source source) : source_(std::move(source)) {}

  struct Piece {
    std::string text;
    bool too_large = false;   // longer than limits::kArchiveConversationBytes: dropped, the text is empty
  };
  // Nothing: that was the last. Errors: kInvalidRequest when the text is no such list, or ends in the middle of it.
  Result<std::optional<Piece>> next();

 private:
  enum class State { kBegin, kFirst, kMore, kEnd };

  Result<void> enter();
  Result<void> find_list();
  Result<Piece> read_value(size_t bytes_max);
  Result<std::string> read_key();
  Result<int> look();            // the next byte, not taken; -1: the end
  Result<int> look_past_space();
  void take() { ++at_; }

  Source source_;
  std::string_view chunk_;
  size_t at_ = 0;
  bool over_ = false;
  State state_ = State::kBegin;
};

}  // namespace whinchat::chat
