// Any bytes as JSON from outside: refused with a reason, or within every limit; and what was accepted is what another,
// lenient reader makes of the same text, and survives a round trip.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/utf8.h"

namespace {

using Json = nlohmann::json;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Measure {
  int depth = 0;
  int values = 0;
  size_t code_points_max = 0;
};

void check_text(const std::string& text, Measure& measure) {
  require(whinchat::is_valid_utf8(text) && text.find('\0') == std::string::npos);
  measure.code_points_max = std::max(measure.code_points_max, whinchat::count_code_points(text));
}

void walk(const Json& value, int depth, Measure& measure) {
  ++measure.values;
  if (value.is_structured()) measure.depth = std::max(measure.depth, depth + 1);
  if (value.is_string()) check_text(value.get_ref<const std::string&>(), measure);
  for (auto child = value.begin(); value.is_structured() && child != value.end(); ++child) {
    if (value.is_object()) check_text(child.key(), measure);
    walk(*child, depth + 1, measure);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace whinchat;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const JsonLimits small{6, 64, 40};  // within the reach of short inputs
  const auto parsed = parse_json(text, small);
  const auto usual = parse_json(text);
  if (!parsed.ok()) {
    require(parsed.error().code == ErrorCode::kInvalidRequest && !parsed.error().message.empty());
    return 0;
  }
  Measure measure;
  walk(*parsed, 0, measure);
  require(measure.depth <= small.depth_max && measure.values <= small.values_max);
  require(measure.code_points_max <= small.string_code_points_max);
  require(usual.ok() && *usual == *parsed);
  require(Json::parse(text, nullptr, false) == *parsed);
  const auto again = parse_json(parsed->dump(), small);
  require(again.ok() && *again == *parsed);
  return 0;
}
