// The fields of a JSON body, asked for by name and type. The first thing that is wrong is remembered, so that a handler
// reads all it wants and looks once:
//
//   Fields fields(request.body);
//   const std::string name = fields.text("name");
//   const auto hours = fields.optional_integer("hours", 1, 720);
//   if (fields.problem()) return error_response(*fields.problem());
//
// Fields that nobody asks for are ignored. null counts as absent where a field is optional. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace whinchat::api {

class Fields {
 public:
  explicit Fields(std::string_view body);  // "": as {}
  ~Fields();

  // What is wrong with the body: kInvalidRequest, and a sentence that names the field.
  const std::optional<Error>& problem() const { return problem_; }
  bool has(std::string_view name) const;  // there, and not null

  std::string text(std::string_view name, size_t bytes_max = 4096);
  Secret secret(std::string_view name, size_t bytes_max = 4096);
  std::optional<std::string> optional_text(std::string_view name, size_t bytes_max = 4096);
  std::optional<int64_t> optional_integer(std::string_view name, int64_t least, int64_t most);
  std::optional<bool> optional_bool(std::string_view name);
  std::vector<std::string> texts(std::string_view name, size_t count_max);  // a list of strings, with one at least
  // One of the words.
  std::optional<std::string> optional_choice(std::string_view name, const std::vector<std::string_view>& words);

 private:
  const nlohmann::json* find(std::string_view name, bool required);
  void refuse(std::string sentence);

  std::unique_ptr<nlohmann::json> object_;
  std::optional<Error> problem_;
};

}  // namespace whinchat::api
