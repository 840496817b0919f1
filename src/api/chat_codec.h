// The body of the chat routes: JSON in, checked and typed; events of a stream out. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/turn.h"

namespace whinchat::api {

// Both chat routes share this, so that neither is a way around the other's checks. Errors: kInvalidRequest with the guide's
// words where it has some ("Message required"). Unknown fields are ignored; none of them reaches a provider.
Result<chat::ChatInput> parse_chat_input(std::string_view body);

// The same checks for a request whose history is stored here: message (when it is wanted), provider, model and figures.
Result<chat::ChatInput> parse_turn_input(const nlohmann::json& body, bool with_message);

// One "data: {...}\n\n" each, appended to out.
void append_chunk_event(std::string& out, std::string_view type, std::string_view content, std::string_view model);
void append_done_event(std::string& out, const chat::TurnResult& turn);
void append_error_event(std::string& out, const Error& error, const chat::TurnResult* turn);

// {"message","model","usage","finish_reason","reasoning"?}
std::string answer_json(const chat::TurnResult& turn, std::string_view message, std::string_view reasoning);

}  // namespace whinchat::api
