// GET and PUT /api/settings: what a person keeps for every device, instructions and saved prompts.
#include <nlohmann/json.hpp>

#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/json.h"
#include "base/limits.h"
#include "chat/personal_settings.h"
#include "io/offload.h"
#include "store/user_settings.h"

namespace whinchat::api {

namespace {

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

Result<store::UserSettings> read_settings(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object()) return bad("The request's JSON must be an object.");
  const auto settings = parsed->find("settings");
  if (settings == parsed->end() || !settings->is_object()) return bad("\"settings\" must be an object.");
  const auto revision = parsed->find("revision");
  const bool whole = revision != parsed->end() && revision->is_number_integer() && *revision >= 0 && *revision < limits::kSettingsRevisionMax;
  if (!whole) return bad("\"revision\" must be the whole number that came with the settings, 0 when nothing was stored.");
  auto read = chat::read_personal_settings(*settings);
  if (!read.ok()) return std::move(read).error();
  return store::UserSettings{chat::personal_settings_text(*read), revision->get<int64_t>()};
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
  const auto done = body.size() > limits::kOtherBodyBytes ? io::offload(context.body_readers(), [&] { return read_settings(body); }) : std::optional(read_settings(body));
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
