#include "base/json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"

namespace whinchat {
namespace {

using Json = nlohmann::json;

Error refusal(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), {}}; }

// Receives the parser's events and builds the document, or stops it by returning false with `problem` set.
class BoundedBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit BoundedBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return add(value) != nullptr; }
  bool string(string_t& value) override { return check_text(value) && add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return refuse("The JSON holds binary data."); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!check_text(name)) return false;
    Json& object = *open_.back();
    if (object.contains(name)) return refuse("The JSON has the key \"" + escape_for_log(name, 64) + "\" twice in one object.");
    slot_ = &object[name];
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    constexpr int kOutOfRange = 406;  // "number overflow", the one range error that the parser reports
    const std::string where = " at byte " + std::to_string(position) + ".";
    return refuse(error.id == kOutOfRange ? "The JSON has a number that is too large" + where
                                          : "The text is not valid JSON" + where);
  }

  Json take_document() { return std::move(document_); }
  const std::string& problem() const { return problem_; }

 private:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool check_text(const std::string& text) {
    if (text.find('\0') != std::string::npos) return refuse("The JSON has a string with a NUL character.");
    // The byte count is never below the count of code points, so short strings need no second pass.
    if (text.size() > limits_.string_code_points_max && count_code_points(text) > limits_.string_code_points_max) {
      return refuse("The JSON has a string of more than " + std::to_string(limits_.string_code_points_max) + " characters.");
    }
    return true;
  }

  // Puts a value where the parser stands. Null: one value too many.
  Json* add(Json value) {
    if (++values_ > limits_.values_max) {
      refuse("The JSON has more than " + std::to_string(limits_.values_max) + " values.");
      return nullptr;
    }
    Json* place = &document_;
    if (!open_.empty() && open_.back()->is_array()) {
      open_.back()->push_back(nullptr);
      place = &open_.back()->back();
    } else if (!open_.empty()) {
      place = slot_;
    }
    *place = std::move(value);
    return place;
  }

  // A pointer in open_ stays good: its parent gets no new element while it is open.
  bool open(Json container) {
    if (open_.size() >= static_cast<size_t>(limits_.depth_max)) {
      return refuse("The JSON is nested more than " + std::to_string(limits_.depth_max) + " levels deep.");
    }
    Json* place = add(std::move(container));
    if (place != nullptr) open_.push_back(place);
    return place != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json document_;
  std::vector<Json*> open_;  // from the outermost container inwards
  Json* slot_ = nullptr;     // where the value of the last key goes
  int values_ = 0;
  std::string problem_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  // The library skips a byte order mark and takes a NUL byte for the end of the text; both would hide what follows.
  if (text.starts_with("\xEF\xBB\xBF")) return refusal("The JSON starts with a byte order mark. Send plain UTF-8.");
  if (text.find('\0') != std::string_view::npos) return refusal("The JSON has a NUL byte.");
  if (trim(text).empty()) return refusal("The JSON is empty.");
  if (!is_valid_utf8(text)) return refusal("The JSON is not valid UTF-8.");

  BoundedBuilder builder(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return refusal(builder.problem());
  return builder.take_document();
}

}  // namespace whinchat
