// A forward-only look into one JSON text, without allocation: enough to slice the delta out of the plain events that
// make up nearly all of a stream. Whatever it does not expect makes it fail, and the caller parses the whole event.
// What it accepts is valid JSON (RFC 8259), so both ways agree; a fuzz target compares them.
#pragma once

#include <string_view>

namespace whinchat::provider {

// The text must outlive the object; it must be valid UTF-8. After the first failure everything fails.
class JsonSkim {
 public:
  explicit JsonSkim(std::string_view text) : text_(text) {}

  bool begin_object() { return begin('{'); }
  bool begin_array() { return begin('['); }
  // The next member: its key (never one with escapes), positioned at its value. False: the object is over, or failed.
  bool next_member(std::string_view& key);
  bool next_element();
  // The inside of a string as it stands on the wire; `escaped` tells whether it holds backslashes.
  bool string(std::string_view& inside, bool& escaped);
  bool null();            // consumes null if that is the value; else false, nothing consumed and no failure
  bool skip_scalar();     // string, number, true, false, null
  bool integer(std::string_view& digits);  // a number of digits only
  bool at_string();
  bool end();             // true: nothing but white space is left and nothing failed
  bool failed() const { return failed_; }

 private:
  bool begin(char open);
  bool next(char close);
  void skip_space();
  bool literal(std::string_view word);
  bool number();
  bool fail() { failed_ = true; return false; }

  std::string_view text_;
  size_t pos_ = 0;
  bool first_ = false;  // just behind an opening bracket
  bool failed_ = false;
};

}  // namespace whinchat::provider
