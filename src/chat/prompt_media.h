// The bytes of pictures and documents of a request, read when it is about to be sent.
#pragma once

#include <string>

#include "base/result.h"
#include "provider/provider.h"
#include "store/database.h"

namespace whinchat::chat {

// Reads each from the database, a job each, and makes base64 of it there: both take milliseconds, so on no loop. One that
// is gone by now is named only. Waits on the calling fiber. Errors: the database's.
Result<void> load_media(store::Database& database, const std::string& user_id, provider::ChatRequest& request);

}  // namespace whinchat::chat
