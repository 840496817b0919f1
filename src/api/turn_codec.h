// Turns over the wire: what begins one, what one looks like, and the events its readers get. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/turn_log.h"
#include "chat/turn_manager.h"
#include "model/turn.h"

namespace whinchat::api {

// The body of POST /api/conversations/:id/turns. Errors: kInvalidRequest with the reason. Unknown fields are ignored.
Result<chat::StartTurn> parse_start_turn(std::string_view body);

// Events, appended to out: "id: N\ndata: {...}\n\n". An event's id is the position after it; the last one's is the whole
// answer's length and one, so that a reader who has it is told that nothing follows.
void append_piece_event(std::string& out, const chat::TurnLog::Piece& piece);
void append_end_event(std::string& out, const Turn& turn, size_t length, int64_t now_ms);

}  // namespace whinchat::api
