#include "chat/personal_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "base/json_text.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::chat {

namespace {

using nlohmann::json;

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

// "" when it is not there; error: no text, or too long.
Result<std::string> short_text(const json& object, const char* name, size_t code_points_max) {
  const auto place = object.find(name);
  if (place == object.end() || place->is_null()) return std::string();
  if (!place->is_string()) return bad("\"" + std::string(name) + "\" must be text.");
  const auto& text = place->get_ref<const std::string&>();
  if (count_code_points(text) > code_points_max) return bad("\"" + std::string(name) + "\" is too long (max " + std::to_string(code_points_max) + " characters).");
  return text;
}

bool is_prompt_id(std::string_view id) {
  if (id.empty() || id.size() > limits::kPromptIdBytes) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string_view::npos;
}

Result<SavedPrompt> read_prompt(const json& prompt, std::set<std::string>& ids) {
  if (!prompt.is_object()) return bad("Each of \"prompts\" must be an object with id, name and text.");
  auto id = short_text(prompt, "id", limits::kPromptIdBytes);
  if (!id.ok()) return std::move(id).error();
  if (!is_prompt_id(*id)) return bad("A prompt's \"id\" is 1 to 64 letters, digits, - and _.");
  if (!ids.insert(*id).second) return bad("Two prompts have the same \"id\".");
  auto name = short_text(prompt, "name", limits::kPromptNameCodePoints);
  if (!name.ok()) return std::move(name).error();
  if (trim(*name).empty()) return bad("A prompt's \"name\" is missing.");
  auto text = short_text(prompt, "text", limits::kInstructionsCodePoints);
  if (!text.ok()) return std::move(text).error();
  if (text->empty()) return bad("A prompt's \"text\" is missing.");
  return SavedPrompt{std::move(id).value(), std::move(name).value(), std::move(text).value()};
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

Result<PersonalSettings> read_personal_settings(const json& settings) {
  PersonalSettings out;
  auto instructions = short_text(settings, "instructions", limits::kInstructionsCodePoints);
  if (!instructions.ok()) return std::move(instructions).error();
  out.instructions = std::move(instructions).value();
  const auto prompts = settings.find("prompts");
  if (prompts == settings.end() || prompts->is_null()) return out;
  if (!prompts->is_array() || prompts->size() > limits::kPromptsPerUser) return bad("\"prompts\" must be a list of at most " + std::to_string(limits::kPromptsPerUser) + ".");
  std::set<std::string> ids;
  for (const json& prompt : *prompts) {
    auto read = read_prompt(prompt, ids);
    if (!read.ok()) return std::move(read).error();
    out.prompts.push_back(std::move(read).value());
  }
  return out;
}

std::string personal_settings_text(const PersonalSettings& settings) {
  std::string out = "{\"instructions\":";
  append_json_string(out, settings.instructions);
  out += ",\"prompts\":[";
  for (const SavedPrompt& prompt : settings.prompts) {
    if (&prompt != settings.prompts.data()) out += ',';
    out += "{\"id\":\"" + prompt.id + "\",\"name\":";
    append_json_string(out, prompt.name);
    out += ",\"text\":";
    append_json_string(out, prompt.text);
    out += '}';
  }
  return out + "]}";
}

std::string archived_settings(std::string_view stored) { return "{\"format\":\"whinchat\",\"version\":1,\"settings\":" + std::string(stored) + "}\n"; }

Result<std::optional<PersonalSettings>> read_archived_settings(std::string_view text) {
  using Read = std::optional<PersonalSettings>;
  auto parsed = parse_json(text);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object() || parsed->value("format", json()) != "whinchat") return Read();
  const auto settings = parsed->find("settings");
  if (settings == parsed->end() || !settings->is_object()) return bad("\"settings\" must be an object.");
  auto read = read_personal_settings(*settings);
  if (!read.ok()) return std::move(read).error();
  return Read(std::move(read).value());
}

MergedSettings merge_settings(PersonalSettings here, const PersonalSettings& archived) {
  MergedSettings out;
  for (const SavedPrompt& prompt : archived.prompts) {
    const auto known = [&](const SavedPrompt& one) { return one.id == prompt.id || (one.name == prompt.name && one.text == prompt.text); };
    if (std::any_of(here.prompts.begin(), here.prompts.end(), known)) continue;
    if (here.prompts.size() == limits::kPromptsPerUser) {
      ++out.prompts_left_out;
      continue;
    }
    here.prompts.push_back(prompt);
    ++out.prompts_added;
  }
  if (!has(here.instructions, archived.instructions)) {
    std::string both = has(archived.instructions, here.instructions) ? archived.instructions : here.instructions + "\n\n" + archived.instructions;
    out.instructions_added = count_code_points(both) <= limits::kInstructionsCodePoints;
    if (out.instructions_added) here.instructions = std::move(both);
  }
  out.settings = std::move(here);
  return out;
}

}  // namespace whinchat::chat
