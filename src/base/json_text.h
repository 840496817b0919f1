// JSON written without building a document: what every request and every streamed piece of an answer passes through.
// Source: RFC 8259 section 7.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace whinchat {

// Appends text as a JSON string, quotes included. text: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// One object, field by field, into a text that it appends to. Names need no escapes; texts are valid UTF-8.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_string(key(name), value); }
  void text_or_null(std::string_view name, const std::optional<std::string>& value) {
    if (value) text(name, *value);
    else key(name) += "null";
  }
  void flag(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void integer(std::string_view name, int64_t value) { key(name) += std::to_string(value); }
  void integer_or_null(std::string_view name, const std::optional<int64_t>& value) { key(name) += value ? std::to_string(*value) : "null"; }
  void time(std::string_view name, int64_t epoch_ms) { text(name, rfc3339(epoch_ms)); }
  void time_or_null(std::string_view name, const std::optional<int64_t>& epoch_ms) {
    if (epoch_ms) time(name, *epoch_ms);
    else key(name) += "null";
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace whinchat
