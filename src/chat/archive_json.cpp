#include "chat/archive_json.h"

#include "base/limits.h"

namespace whinchat::chat {

namespace {

Error bad(const char* message) { return {ErrorCode::kInvalidRequest, message, ""}; }

constexpr const char* kNoList = "The file holds no list of conversations.";
constexpr const char* kCut = "The file ends in the middle of its JSON.";

bool is_space(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Where a value of JSON ends, told byte by byte.
class ValueEnd {
 public:
  // True: the value goes on with this byte.
  bool takes(char c) {
    if (in_string_) {
      if (escaped_) escaped_ = false;
      else if (c == '\\') escaped_ = true;
      else if (c == '"') in_string_ = false;
      return true;
    }
    if (depth_ == 0 && (c == ',' || c == ']' || c == '}' || (begun_ && is_space(c)))) return false;
    begun_ = true;
    if (c == '"') in_string_ = true;
    else if (c == '{' || c == '[') ++depth_;
    else if (c == '}' || c == ']') --depth_;
    return true;
  }
  bool may_end() const { return !in_string_ && depth_ == 0; }

 private:
  bool in_string_ = false;
  bool escaped_ = false;
  bool begun_ = false;
  size_t depth_ = 0;
};

}  // namespace

Result<int> ConversationTexts::look() {
  while (at_ == chunk_.size() && !over_) {
    auto more = source_();
    if (!more.ok()) return std::move(more).error();
    chunk_ = *more;
    at_ = 0;
    over_ = chunk_.empty();
  }
  if (over_) return -1;
  return static_cast<unsigned char>(chunk_[at_]);
}

Result<int> ConversationTexts::look_past_space() {
  for (;;) {
    auto c = look();
    if (!c.ok() || !is_space(*c)) return c;
    take();
  }
}

Result<ConversationTexts::Piece> ConversationTexts::read_value(size_t bytes_max) {
  Piece piece;
  ValueEnd end;
  for (;;) {
    auto c = look();
    if (!c.ok()) return std::move(c).error();
    if (*c < 0) return bad(kCut);
    if (!end.takes(static_cast<char>(*c))) return piece;
    take();
    if (piece.too_large) continue;
    piece.text += static_cast<char>(*c);
    if (piece.text.size() <= bytes_max) continue;
    piece.too_large = true;
    piece.text = std::string();
  }
}

// The key of a member and its colon.
Result<std::string> ConversationTexts::read_key() {
  std::string key;
  bool escaped = false;
  take();
  for (;;) {
    auto c = look();
    if (!c.ok()) return std::move(c).error();
    if (*c < 0) return bad(kCut);
    take();
    if (*c == '"' && !escaped) break;
    escaped = *c == '\\' && !escaped;
    if (key.size() < limits::kNameBytes) key += static_cast<char>(*c);
  }
  auto colon = look_past_space();
  if (!colon.ok()) return std::move(colon).error();
  if (*colon != ':') return bad(kNoList);
  take();
  return key;
}

// The members of the outer object, up to the list. Those before it are passed over.
Result<void> ConversationTexts::find_list() {
  for (;;) {
    auto c = look_past_space();
    if (!c.ok()) return std::move(c).error();
    if (*c < 0) return bad(kCut);
    if (*c != '"') return bad(kNoList);
    auto key = read_key();
    if (!key.ok()) return std::move(key).error();
    auto first = look_past_space();
    if (!first.ok()) return std::move(first).error();
    if (*key == "conversations" && *first == '[') {
      take();
      return {};
    }
    auto passed = read_value(0);
    if (!passed.ok()) return std::move(passed).error();
    auto after = look_past_space();
    if (!after.ok()) return std::move(after).error();
    if (*after != ',') return bad(*after < 0 ? kCut : kNoList);
    take();
  }
}

Result<void> ConversationTexts::enter() {
  for (const int mark : {0xEF, 0xBB, 0xBF}) {  // a byte order mark is forgiven
    auto c = look();
    if (!c.ok()) return std::move(c).error();
    if (*c != mark) break;
    take();
  }
  auto c = look_past_space();
  if (!c.ok()) return std::move(c).error();
  if (*c != '[' && *c != '{') return bad(kNoList);
  take();
  if (*c == '[') return {};
  return find_list();
}

Result<std::optional<ConversationTexts::Piece>> ConversationTexts::next() {
  if (state_ == State::kEnd) return std::optional<Piece>();
  if (state_ == State::kBegin) {
    if (auto entered = enter(); !entered) return entered.error();
    state_ = State::kFirst;
  }
  auto c = look_past_space();
  if (!c.ok()) return std::move(c).error();
  if (*c == ']') {
    state_ = State::kEnd;
    return std::optional<Piece>();
  }
  if (state_ == State::kMore) {
    if (*c != ',') return bad(*c < 0 ? kCut : kNoList);
    take();
    if (c = look_past_space(); !c.ok()) return std::move(c).error();
  }
  state_ = State::kMore;
  if (*c < 0) return bad(kCut);
  if (*c == ',' || *c == ']' || *c == '}') return bad(kNoList);
  auto piece = read_value(limits::kArchiveConversationBytes);
  if (!piece.ok()) return std::move(piece).error();
  return std::optional<Piece>(std::move(piece).value());
}

}  // namespace whinchat::chat
