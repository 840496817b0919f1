#include "http/sse.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace whinchat::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kFieldNameRoom = 64;  // a line may be the longest data plus its field name
constexpr size_t kNone = std::string_view::npos;

// Finds line ends from left to right. The two characters are searched apart and remembered, so that a piece with only
// one kind of line end is still read once.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes) : bytes_(bytes), lf_(find('\n', 0)), cr_(find('\r', 0)) {}

  size_t at_or_after(size_t pos) {
    if (lf_ < pos) lf_ = find('\n', pos);
    if (cr_ < pos) cr_ = find('\r', pos);
    return lf_ < cr_ ? lf_ : cr_;
  }

 private:
  size_t find(char c, size_t pos) const {
    if (pos >= bytes_.size()) return kNone;
    const void* hit = std::memchr(bytes_.data() + pos, c, bytes_.size() - pos);
    return hit ? static_cast<size_t>(static_cast<const char*>(hit) - bytes_.data()) : kNone;
  }

  std::string_view bytes_;
  size_t lf_;
  size_t cr_;
};

bool is_done_marker(std::string_view data) {
  while (!data.empty() && (data.back() == ' ' || data.back() == '\t')) data.remove_suffix(1);
  return data == "[DONE]";
}

}  // namespace

SseParser::State SseParser::feed(std::string_view bytes, const OnEvent& on_event) {
  if (state_ != State::kOpen || bytes.empty()) return state_;
  size_t pos = 0;
  if (swallow_lf_) {
    swallow_lf_ = false;
    if (bytes[0] == '\n') pos = 1;
  }
  LineEnds ends(bytes);
  while (pos < bytes.size() && state_ == State::kOpen) {
    const size_t end = ends.at_or_after(pos);
    const std::string_view part = bytes.substr(pos, end == kNone ? kNone : end - pos);
    if (line_.size() + part.size() > event_bytes_max_ + kFieldNameRoom) {
      state_ = State::kTooLarge;
      break;
    }
    if (end == kNone) {
      line_.append(part);
      break;
    }
    pos = end + 1;
    if (bytes[end] == '\r') {
      if (pos == bytes.size()) swallow_lf_ = true;
      else if (bytes[pos] == '\n') ++pos;
    }
    if (line_.empty()) {
      take_line(part, true, on_event);
    } else {
      line_.append(part);
      take_line(line_, false, on_event);
      line_.clear();
    }
  }
  own_data();
  return state_;
}

SseParser::State SseParser::finish(const OnEvent& on_event) {
  if (state_ != State::kOpen) return state_;
  if (!line_.empty()) take_line(line_, false, on_event);
  line_.clear();
  if (state_ != State::kOpen || data_lines_ == 0) return state_;
  if (is_done_marker(data_) || nlohmann::json::accept(data_)) dispatch(on_event);
  return state_;
}

void SseParser::take_line(std::string_view line, bool in_input, const OnEvent& on_event) {
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) line.remove_prefix(kByteOrderMark.size());
  if (line.empty()) return dispatch(on_event);
  const size_t colon = line.find(':');
  if (colon == 0) {
    ++comments_;
    return;
  }
  std::string_view value = colon == kNone ? std::string_view() : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  take_field(line.substr(0, colon), value, in_input);
}

void SseParser::take_field(std::string_view field, std::string_view value, bool in_input) {
  if (field == "data") {
    add_data(value, in_input);
  } else if (field == "event") {
    name_.assign(value);
  } else if (field == "id") {
    if (value.find('\0') == kNone) id_.assign(value);
  } else if (field == "retry") {
    if (value.empty() || value.size() > 9 || value.find_first_not_of("0123456789") != kNone) return;
    retry_ms_ = 0;
    for (const char digit : value) retry_ms_ = retry_ms_ * 10 + (digit - '0');
  }
}

void SseParser::add_data(std::string_view value, bool in_input) {
  const size_t so_far = data_is_view_ ? data_view_.size() : data_.size();
  if (so_far + value.size() + (data_lines_ > 0 ? 1 : 0) > event_bytes_max_) {
    state_ = State::kTooLarge;
    return;
  }
  if (data_lines_ == 0 && in_input) {
    data_view_ = value;
    data_is_view_ = true;
  } else {
    own_data();
    if (data_lines_ > 0) data_ += '\n';
    data_.append(value);
  }
  ++data_lines_;
}

void SseParser::own_data() {
  if (!data_is_view_) return;
  data_.assign(data_view_);
  data_is_view_ = false;
}

void SseParser::dispatch(const OnEvent& on_event) {
  if (data_lines_ > 0) {
    std::string_view data = data_is_view_ ? data_view_ : std::string_view(data_);
    if (!is_valid_utf8(data)) {
      repaired_ = replace_bad_utf8(data);
      data = repaired_;
    }
    const std::string_view name = name_.empty() ? std::string_view("message") : std::string_view(name_);
    if (!on_event(SseEvent{name, data, id_})) state_ = State::kStopped;
  }
  data_lines_ = 0;
  data_is_view_ = false;
  data_.clear();
  name_.clear();
}

void append_sse_event(std::string& out, std::string_view data) {
  for (;;) {
    const size_t end = data.find_first_of("\r\n");
    out += "data: ";
    out.append(data.substr(0, end));
    out += '\n';
    if (end == kNone) break;
    const bool crlf = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (crlf ? 2 : 1));
  }
  out += '\n';
}

}  // namespace whinchat::http
