// Taking messages out of a conversation for good.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "store/connection.h"

namespace whinchat::store {

// A question goes with all its answers. An answer goes alone when the question has others, else with its question. What
// followed then hangs on what stood before (of an answer with siblings: on the newest of them), and summaries made after
// the message go too, because its words are in them. When the shown leaf is gone, the newest branch from there is shown.
// Touches the conversation. A function of a job.
// Errors: kNotFound for the conversation (another's too) and the message; kConflict while an answer is being written.
Result<void> remove_message(Connection& connection, std::string_view user_id, std::string_view conversation_id, std::string_view message_id,
                            int64_t now_ms);

}  // namespace whinchat::store
