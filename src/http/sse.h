// Server-sent events, both ways: a push parser for what providers send, and a writer for what we send to browsers.
// Source: WHATWG HTML "Server-sent events" (9.2.6, living standard, read November 2026).
//
// The parser deviates from the standard in three places, each because real servers need it:
//   - at the end of the input an unfinished event is delivered if its data is "[DONE]" or is whole JSON;
//   - a byte order mark is tolerated at the start of any line, not only of the stream;
//   - an event whose data exceeds the limit ends the parsing with kTooLarge.
// Bytes that are not UTF-8 become U+FFFD. No input makes it fail or throw otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace whinchat::http {

inline constexpr size_t kSseEventBytesMax = 1u << 20;  // a text delta is a few bytes; a whole answer fits into one event

// Views live until the callback returns.
struct SseEvent {
  std::string_view name;  // "message" when the stream named none; bytes as sent
  std::string_view data;  // valid UTF-8; may be empty
  std::string_view id;    // the last id seen in the stream; bytes as sent
};

// Feed it bytes as they arrive, in pieces of any size; events come out through the callback. An event that lies whole in
// one piece is not copied. Keeps no pointer into the input after feed() returned. One fiber or thread at a time.
class SseParser {
 public:
  enum class State : uint8_t {
    kOpen,      // wants more
    kStopped,   // the callback returned false; further input is ignored
    kTooLarge,  // an event over the limit; further input is ignored
  };
  // False: stop. Must not throw.
  using OnEvent = std::function<bool(const SseEvent&)>;

  explicit SseParser(size_t event_bytes_max = kSseEventBytesMax) : event_bytes_max_(event_bytes_max) {}

  State feed(std::string_view bytes, const OnEvent& on_event);
  // The input is over. Call once.
  State finish(const OnEvent& on_event);

  State state() const { return state_; }
  uint64_t comments() const { return comments_; }  // comment lines so far: the server is alive
  int64_t retry_ms() const { return retry_ms_; }   // the last "retry:" field, -1: none

 private:
  void take_line(std::string_view line, bool in_input, const OnEvent& on_event);
  void take_field(std::string_view field, std::string_view value, bool in_input);
  void add_data(std::string_view value, bool in_input);
  void own_data();
  void dispatch(const OnEvent& on_event);

  size_t event_bytes_max_;
  State state_ = State::kOpen;
  bool swallow_lf_ = false;   // the last piece ended in CR
  uint64_t comments_ = 0;
  int64_t retry_ms_ = -1;
  std::string line_;          // start of a line whose end has not come yet
  size_t data_lines_ = 0;
  std::string_view data_view_;  // the only data line, still in the input of this feed()
  bool data_is_view_ = false;
  std::string data_;
  std::string name_;
  std::string id_;
  std::string repaired_;
};

// Appends one event with that data; line breaks in it become several data lines.
void append_sse_event(std::string& out, std::string_view data);
inline constexpr std::string_view kSsePing = ": ping\n\n";  // a comment that keeps proxies from closing an idle stream

}  // namespace whinchat::http
