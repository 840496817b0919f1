// Turns the JSON strings of successive deltas into whole code points. A server may cut a surrogate pair in two
// (\ud83d in one delta, \ude00 in the next): the first half is held back until the second comes; a half that stays
// alone becomes U+FFFD. Everything that comes out is valid UTF-8 provided that what goes in is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whinchat::provider {

// One joiner per channel (text, reasoning). Returned views live until the next call.
class TextJoiner {
 public:
  // The inside of a JSON string as on the wire, with valid escapes.
  std::string_view add_raw(std::string_view inside, bool escaped);
  // A string that was parsed. marked: the event went through mark_lone_surrogates().
  std::string_view add_parsed(std::string_view text, bool marked);
  // The channel is over or interrupted: U+FFFD if half a pair is waiting, else nothing.
  std::string_view finish();

 private:
  void unit(uint32_t utf16);
  void plain(std::string_view text);
  void flush_half();
  void append_code_point(uint32_t c);

  uint32_t half_ = 0;  // a high surrogate that waits for its other half
  std::string out_;
};

// A JSON parser refuses escapes of half a pair. This writes each as a private-use code point (U+10D800 + low 11 bits)
// that add_parsed() knows again. True: something was replaced.
bool mark_lone_surrogates(std::string_view json, std::string& out);

}  // namespace whinchat::provider
