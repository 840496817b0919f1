#include "api/turn_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/chat_codec.h"
#include "api/conversation_codec.h"
#include "api/json_write.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::api {

namespace {

using nlohmann::json;

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

// An id of ours, or nothing when the field is absent or null.
Result<std::optional<std::string>> id_field(const json& body, const char* name) {
  const auto place = body.find(name);
  if (place == body.end() || place->is_null()) return std::optional<std::string>();
  if (!place->is_string() || !is_id(place->get_ref<const std::string&>())) return bad(std::string(name) + " must be a UUID of version 7, in lower case.");
  return std::optional<std::string>(place->get<std::string>());
}

// Ids of uploaded files, each once.
Result<std::vector<std::string>> attachments_field(const json& body) {
  std::vector<std::string> out;
  const auto place = body.find("attachments");
  if (place == body.end() || place->is_null()) return out;
  if (!place->is_array() || place->size() > static_cast<size_t>(limits::kAttachmentsPerMessage)) {
    return bad("attachments must be a list of at most " + std::to_string(limits::kAttachmentsPerMessage) + " ids.");
  }
  for (const json& id : *place) {
    if (!id.is_string() || !is_id(id.get_ref<const std::string&>())) return bad("attachments must be ids of uploaded files.");
    if (std::find(out.begin(), out.end(), id.get_ref<const std::string&>()) != out.end()) return bad("attachments names a file twice.");
    out.push_back(id.get<std::string>());
  }
  return out;
}

// With files, a message needs no words.
bool has_words(const json& body) {
  const auto message = body.find("message");
  if (message == body.end() || message->is_null()) return false;
  return !message->is_string() || !is_blank(message->get_ref<const std::string&>());
}

}  // namespace

Result<chat::StartTurn> parse_start_turn(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object()) return bad("The request must be a JSON object.");
  chat::StartTurn start;
  auto id = id_field(*parsed, "id");
  if (!id.ok()) return std::move(id).error();
  if (!*id) return bad("id is missing: a UUID of version 7 that you make; the same id again is the same turn.");
  start.id = std::move(**id);
  if (const auto kind = parsed->find("kind"); kind != parsed->end() && !kind->is_null()) {
    const auto known = kind->is_string() ? turn_kind(kind->get_ref<const std::string&>()) : std::nullopt;
    if (!known) return bad("kind must be ask, regenerate or continue.");
    start.kind = *known;
  }
  auto parent = id_field(*parsed, "parent_id");
  if (!parent.ok()) return std::move(parent).error();
  start.parent_id = std::move(*parent);
  if (start.kind != TurnKind::kAsk && !start.parent_id) return bad("parent_id is missing.");
  auto attachments = attachments_field(*parsed);
  if (!attachments.ok()) return std::move(attachments).error();
  if (start.kind != TurnKind::kAsk && !attachments->empty()) return bad("attachments belong to a question.");
  auto input = parse_turn_input(*parsed, start.kind == TurnKind::kAsk && (attachments->empty() || has_words(*parsed)));
  if (!input.ok()) return std::move(input).error();
  start.message = std::move(input->message);
  start.attachments = std::move(attachments).value();
  start.provider = std::move(input->provider);
  start.model = std::move(input->model);
  start.max_tokens = input->max_tokens;
  start.temperature = input->temperature;
  if (const auto told = parsed->find("instructions"); told != parsed->end() && !told->is_null()) {
    if (!told->is_string()) return bad("instructions must be text.");
    start.instructions = told->get<std::string>();
    if (count_code_points(start.instructions) > limits::kInstructionsCodePoints) return bad("instructions are too long (max 4,000 characters)");
    if (is_blank(start.instructions)) start.instructions.clear();
  }
  return start;
}

void append_piece_event(std::string& out, const chat::TurnLog::Piece& piece) {
  out += "id: ";
  out += std::to_string(piece.at + piece.text.size());
  out += piece.reasoning ? "\ndata: {\"type\":\"reasoning\",\"content\":" : "\ndata: {\"type\":\"chunk\",\"content\":";
  append_json_string(out, piece.text);
  out += "}\n\n";
}

void append_end_event(std::string& out, const Turn& turn, size_t length, int64_t now_ms) {
  out += "id: " + std::to_string(length + 1) + "\ndata: {\"type\":";
  const auto text = [&out](std::string_view key, std::string_view value) {
    out += ",\"" + std::string(key) + "\":";
    append_json_string(out, value);
  };
  switch (turn.state) {
    case TurnState::kDone:
      out += "\"done\",\"usage\":";
      append_usage(out, turn.usage);
      text("finish_reason", turn.finish_reason);
      text("model", turn.model);
      text("message_id", turn.message_id);
      break;
    case TurnState::kStopped:
      out += "\"stopped\",\"usage\":";
      append_usage(out, turn.usage);
      break;
    case TurnState::kFailed:
      out += "\"error\"";
      text("code", turn.error_code);
      text("error", turn.error);
      if (turn.retry_ms) out += ",\"retry_after\":" + std::to_string(std::max<int64_t>(0, (*turn.retry_ms - now_ms + 999) / 1000));
      break;
    case TurnState::kRunning:
    case TurnState::kInterrupted: out += "\"interrupted\""; break;
  }
  out += "}\n\n";
}

}  // namespace whinchat::api
