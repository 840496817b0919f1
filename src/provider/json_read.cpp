#include "provider/json_read.h"

#include <nlohmann/json.hpp>

#include "provider/text_joiner.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

// Counted before parsing: a deep text would cost a hundred times its size in memory.
bool nests_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kUpstreamJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

bool parse_upstream_json(std::string_view text, json& out, bool& marked) {
  marked = false;
  if (nests_too_deep(text)) return false;
  out = json::parse(text.begin(), text.end(), nullptr, false);
  if (!out.is_discarded()) return true;
  std::string rewritten;
  if (!mark_lone_surrogates(text, rewritten)) return false;
  marked = true;
  out = json::parse(rewritten.begin(), rewritten.end(), nullptr, false);
  return !out.is_discarded();
}

const json* member(const json& j, std::string_view key) {
  if (!j.is_object()) return nullptr;
  const auto it = j.find(key);
  return it == j.end() || it->is_null() ? nullptr : &*it;
}

const json* element(const json& j, size_t index) {
  return j.is_array() && index < j.size() ? &j[index] : nullptr;
}

std::string_view string_in(const json& j, std::string_view key) {
  const json* value = member(j, key);
  return value && value->is_string() ? std::string_view(value->get_ref<const std::string&>()) : std::string_view();
}

std::string text_or_number_in(const json& j, std::string_view key) {
  const json* value = member(j, key);
  if (!value) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->is_number_integer() ? std::to_string(value->get<int64_t>()) : std::string();
}

std::optional<int64_t> integer_in(const json& j, std::string_view key) {
  const json* value = member(j, key);
  if (!value || !value->is_number()) return std::nullopt;
  if (value->is_number_float()) {
    const double d = value->get<double>();
    if (!(d >= 0 && d < 1e15)) return std::nullopt;
    return static_cast<int64_t>(d);
  }
  const int64_t n = value->get<int64_t>();
  if (n < 0 || n > 1'000'000'000'000) return std::nullopt;  // token counts and dates; nonsense counts as absent
  return n;
}

}  // namespace whinchat::provider
