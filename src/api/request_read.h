// Reading what a client sends beside the path: parameters of the query, and the fields of a JSON object. Whatever is wrong is
// kInvalidRequest with a sentence that names the field.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"

namespace whinchat::api {

// The decoded value of ?name=value, the first one; nothing when it is not there. '+' is a space. Errors: broken escapes.
Result<std::optional<std::string>> query_text(const http::Request& request, std::string_view name);
Result<std::optional<int64_t>> query_integer(const http::Request& request, std::string_view name, int64_t min, int64_t max);
Result<bool> query_flag(const http::Request& request, std::string_view name);  // "true" or "false"; absent: false

// GET with "text/event-stream" among what Accept names.
bool wants_events(const http::Request& request);

// A body that is one JSON object. Fields that nobody asks for are ignored. The first thing that is wrong is kept and makes
// every later answer empty, so that a handler asks for all it wants and then looks at ok() once.
class FieldReader {
 public:
  explicit FieldReader(std::string_view body);  // empty body: an object without fields
  ~FieldReader();

  // Absent and null: nothing. Text is UTF-8 without NUL.
  std::optional<std::string> text(const char* name, size_t code_points_max);
  std::optional<std::string> line(const char* name, size_t code_points_max);  // control characters become spaces, trimmed
  std::optional<std::string> id(const char* name);                            // base/ids.h
  std::optional<std::string> name(const char* name);                          // of a provider or model: letters, digits, ._:/@+-
  std::optional<bool> flag(const char* name);
  std::optional<int64_t> integer(const char* name, int64_t least, int64_t most);
  std::optional<std::string> choice(const char* name, std::initializer_list<std::string_view> words);  // one of them

  // Must be there; "" and an empty list with an error otherwise.
  std::string required(const char* name, size_t code_points_max);
  Secret secret(const char* name, size_t bytes_max);
  std::vector<std::string> texts(const char* name, size_t count_max);  // one at least

  bool has(const char* name) const;
  void refuse(std::string message);
  bool ok() const { return !error_; }
  const Error& error() const { return *error_; }

 private:
  struct Document;
  std::unique_ptr<Document> document_;
  std::optional<Error> error_;
};

}  // namespace whinchat::api
