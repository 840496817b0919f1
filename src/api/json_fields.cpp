#include "api/json_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace whinchat::api {

namespace {

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

}  // namespace

Fields::Fields(std::string_view body) : object_(std::make_unique<nlohmann::json>(nlohmann::json::object())) {
  if (body.empty()) return;
  auto parsed = parse_json(body);
  if (!parsed.ok()) problem_ = parsed.error();
  else if (!parsed->is_object()) refuse("The body must be a JSON object.");
  else *object_ = std::move(parsed).value();
}

Fields::~Fields() = default;

void Fields::refuse(std::string sentence) {
  if (!problem_) problem_ = Error{ErrorCode::kInvalidRequest, std::move(sentence), ""};
}

const nlohmann::json* Fields::find(std::string_view name, bool required) {
  const auto found = object_->find(name);
  if (found != object_->end() && !(found->is_null() && !required)) return &*found;
  if (required) refuse("The field " + quoted(name) + " is missing.");
  return nullptr;
}

bool Fields::has(std::string_view name) const {
  const auto found = object_->find(name);
  return found != object_->end() && !found->is_null();
}

std::string Fields::text(std::string_view name, size_t bytes_max) {
  if (!find(name, true)) return {};
  auto value = optional_text(name, bytes_max);
  if (!value && !problem_) refuse("The field " + quoted(name) + " must be a string.");
  return value.value_or("");
}

Secret Fields::secret(std::string_view name, size_t bytes_max) { return Secret(text(name, bytes_max)); }

std::optional<std::string> Fields::optional_text(std::string_view name, size_t bytes_max) {
  const nlohmann::json* value = find(name, false);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    refuse("The field " + quoted(name) + " must be a string.");
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > bytes_max) refuse("The field " + quoted(name) + " is too long: " + std::to_string(bytes_max) + " bytes are the most.");
  return text;
}

std::optional<int64_t> Fields::optional_integer(std::string_view name, int64_t least, int64_t most) {
  const nlohmann::json* value = find(name, false);
  if (!value) return std::nullopt;
  const bool fits = value->is_number_integer() && !(value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  const int64_t number = fits ? value->get<int64_t>() : 0;
  if (!fits || number < least || number > most) {
    refuse("The field " + quoted(name) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
    return std::nullopt;
  }
  return number;
}

std::optional<bool> Fields::optional_bool(std::string_view name) {
  const nlohmann::json* value = find(name, false);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  refuse("The field " + quoted(name) + " must be true or false.");
  return std::nullopt;
}

std::vector<std::string> Fields::texts(std::string_view name, size_t count_max) {
  const nlohmann::json* value = find(name, true);
  if (!value) return {};
  std::vector<std::string> out;
  const bool fits = value->is_array() && !value->empty() && value->size() <= count_max &&
                    std::all_of(value->begin(), value->end(), [](const auto& item) { return item.is_string(); });
  if (!fits) {
    refuse("The field " + quoted(name) + " must be a list of 1 to " + std::to_string(count_max) + " strings.");
    return out;
  }
  for (const auto& item : *value) out.push_back(item.template get<std::string>());
  return out;
}

std::optional<std::string> Fields::optional_choice(std::string_view name, const std::vector<std::string_view>& words) {
  auto value = optional_text(name);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  std::string sentence = "The field " + quoted(name) + " must be one of:";
  for (const std::string_view word : words) sentence += " " + std::string(word);
  refuse(sentence + ".");
  return std::nullopt;
}

}  // namespace whinchat::api
