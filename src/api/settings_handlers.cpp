// GET and PUT /api/settings: what a person keeps for every device, instructions and saved prompts.
#include <nlohmann/json.hpp>
#include <set>

#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/json.h"
#include "base/json_text.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "io/offload.h"
#include "store/user_settings.h"

namespace whinchat::api {

namespace {

using nlohmann::json;

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

// "" when it is not there; error: no text, or too long.
Result<std::string> text_of(const json& object, const char* name, size_t code_points_max) {
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

// Appends it with the fields that are known, and no others.
Result<void> append_prompt(std::string& out, const json& prompt, std::set<std::string>& ids) {
  if (!prompt.is_object()) return bad("Each of \"prompts\" must be an object with id, name and text.");
  auto id = text_of(prompt, "id", limits::kPromptIdBytes);
  if (!id.ok()) return std::move(id).error();
  if (!is_prompt_id(*id)) return bad("A prompt's \"id\" is 1 to 64 letters, digits, - and _.");
  if (!ids.insert(*id).second) return bad("Two prompts have the same \"id\".");
  auto name = text_of(prompt, "name", limits::kPromptNameCodePoints);
  if (!name.ok()) return std::move(name).error();
  if (trim(*name).empty()) return bad("A prompt's \"name\" is missing.");
  auto text = text_of(prompt, "text", limits::kInstructionsCodePoints);
  if (!text.ok()) return std::move(text).error();
  if (text->empty()) return bad("A prompt's \"text\" is missing.");
  out += "{\"id\":\"" + *id + "\",\"name\":";
  append_json_string(out, *name);
  out += ",\"text\":";
  append_json_string(out, *text);
  out += '}';
  return {};
}

Result<std::string> settings_text(const json& settings) {
  auto instructions = text_of(settings, "instructions", limits::kInstructionsCodePoints);
  if (!instructions.ok()) return std::move(instructions).error();
  std::string out = "{\"instructions\":";
  append_json_string(out, *instructions);
  out += ",\"prompts\":[";
  const auto prompts = settings.find("prompts");
  if (prompts != settings.end() && !prompts->is_null()) {
    if (!prompts->is_array() || prompts->size() > limits::kPromptsPerUser) return bad("\"prompts\" must be a list of at most " + std::to_string(limits::kPromptsPerUser) + ".");
    std::set<std::string> ids;
    for (const json& prompt : *prompts) {
      if (!ids.empty()) out += ',';
      if (auto appended = append_prompt(out, prompt, ids); !appended) return std::move(appended).error();
    }
  }
  return out + "]}";
}

Result<store::UserSettings> read_settings(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object()) return bad("The request's JSON must be an object.");
  const auto settings = parsed->find("settings");
  if (settings == parsed->end() || !settings->is_object()) return bad("\"settings\" must be an object.");
  const auto revision = parsed->find("revision");
  const bool whole = revision != parsed->end() && revision->is_number_integer() && *revision >= 0 && *revision < limits::kSettingsRevisionMax;
  if (!whole) return bad("\"revision\" must be the whole number that came with the settings, 0 when nothing was stored.");
  auto text = settings_text(*settings);
  if (!text.ok()) return std::move(text).error();
  return store::UserSettings{std::move(text).value(), revision->get<int64_t>()};
}

std::string settings_json(const store::UserSettings& stored, std::string_view before = "{") {
  return std::string(before) + "\"settings\":" + stored.body + ",\"revision\":" + std::to_string(stored.revision) + "}\n";
}

}  // namespace

http::Response handle_get_settings(Context& context, const Call& call) {
  auto stored = context.database.read([&](store::Connection& c) { return store::settings_of_user(c, call.who.user_id); });
  if (!stored.ok()) return error_response(stored.error());
  return json_response(settings_json(*stored));
}

http::Response handle_put_settings(Context& context, const Call& call) {
  const std::string& body = call.request.body;
  // A hundred long prompts are milliseconds of work: not on a loop.
  const auto done = body.size() > limits::kOtherBodyBytes ? io::offload(context.file_judges(), [&] { return read_settings(body); }) : std::optional(read_settings(body));
  if (!done) return error_response(Error{ErrorCode::kUnavailable, "The server is busy. Please try again.", "the queue of work for other threads is full", 2});
  const Result<store::UserSettings>& wanted = *done;
  if (!wanted.ok()) return error_response(wanted.error());
  auto stored = context.database.write([&](store::Connection& c) { return store::put_settings(c, call.who.user_id, *wanted); });
  if (!stored.ok()) return error_response(stored.error());
  // The same words a second time, because the first answer was lost, are no conflict.
  if (stored->revision == wanted->revision + 1 && stored->body == wanted->body) return json_response("{\"revision\":" + std::to_string(stored->revision) + "}\n");
  constexpr std::string_view kChanged = R"({"error":"The settings were changed elsewhere in the meantime.","code":"conflict",)";
  return json_response(settings_json(*stored, kChanged), 409);
}

}  // namespace whinchat::api
