#include "chat/archive_tree.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::chat {

namespace {

using nlohmann::json;

const json* find(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto place = object.find(name);
  return place == object.end() ? nullptr : &*place;
}

constexpr int64_t kLastMs = 253'402'300'799'999;  // the end of 9999

}  // namespace

std::string text_of(const json& object, const char* name) {
  const json* value = find(object, name);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<int64_t> time_of(const json& object, const char* name) {
  const json* value = find(object, name);
  if (!value) return std::nullopt;
  if (value->is_string()) return parse_rfc3339(value->get_ref<const std::string&>());
  if (!value->is_number()) return std::nullopt;
  const double ms = value->get<double>() * 1000;
  if (!(ms >= 0 && ms <= static_cast<double>(kLastMs))) return std::nullopt;
  return std::llround(ms);
}

std::optional<int64_t> count_of(const json& object, const char* name) {
  const json* value = find(object, name);
  if (!value || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(kLastMs)) return std::nullopt;
  const auto count = value->get<int64_t>();
  return count >= 0 && count <= kLastMs ? std::optional<int64_t>(count) : std::nullopt;
}

bool flag_of(const json& object, const char* name) {
  const json* value = find(object, name);
  return value && value->is_boolean() && value->get<bool>();
}

const json& object_of(const json& object, const char* name) {
  static const json kNone = json::object();
  const json* value = find(object, name);
  return value && value->is_object() ? *value : kNone;
}

const json& list_of(const json& object, const char* name) {
  static const json kNone = json::array();
  const json* value = find(object, name);
  return value && value->is_array() ? *value : kNone;
}

std::string title_from(std::string_view text) {
  std::string out;
  size_t count = 0;
  for (size_t at = 0; at < text.size() && count < limits::kTitleCodePoints; ++count) {
    const size_t start = at;
    const char32_t c = next_code_point(text, at);
    if (c < 0x20 || c == 0x7F) out += ' ';
    else out.append(text, start, at - start);
  }
  return std::string(trim(out));
}

std::string name_from(std::string_view text) {
  const auto allowed = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view("._:/@+-").find(c) != std::string_view::npos;
  };
  if (text.size() > limits::kNameBytes || !std::all_of(text.begin(), text.end(), allowed)) return {};
  return std::string(text);
}

std::vector<store::ImportedMessage> in_tree_order(std::vector<ArchiveNode> nodes) {
  std::unordered_map<std::string, size_t> by_source;
  for (size_t i = 0; i < nodes.size(); ++i) by_source.emplace(nodes[i].message.source, i);
  std::vector<std::vector<size_t>> children(nodes.size());
  std::vector<size_t> waiting;  // a stack: the first child's branch comes first
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto& parent = nodes[i].message.parent_source;
    const auto place = parent ? by_source.find(*parent) : by_source.end();
    if (place == by_source.end()) waiting.push_back(i);
    else children[place->second].push_back(i);
  }
  const auto later_first = [&](size_t a, size_t b) { return nodes[a].order != nodes[b].order ? nodes[a].order > nodes[b].order : a > b; };
  std::sort(waiting.begin(), waiting.end(), later_first);
  for (const size_t root : waiting) nodes[root].message.parent_source.reset();
  std::vector<store::ImportedMessage> out;
  std::vector<bool> placed(nodes.size());
  for (size_t next = 0;;) {
    if (waiting.empty()) {  // what is left stands in circles
      while (next < nodes.size() && placed[next]) ++next;
      if (next == nodes.size()) return out;
      nodes[next].message.parent_source.reset();
      waiting.push_back(next);
    }
    const size_t at = waiting.back();
    waiting.pop_back();
    placed[at] = true;
    auto& below = children[at];
    std::sort(below.begin(), below.end(), later_first);
    for (const size_t child : below) {
      if (placed[child]) continue;
      auto& parent = nodes[child].message.parent_source;
      if (nodes[at].keep) parent = nodes[at].message.source;
      else parent = nodes[at].message.parent_source;
      waiting.push_back(child);
    }
    if (nodes[at].keep) out.push_back(std::move(nodes[at].message));
  }
}

}  // namespace whinchat::chat
