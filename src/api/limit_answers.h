// What callers are told about the chat limits: headers on every counted answer, and the answer when there is nothing left.
#pragma once

#include "api/context.h"
#include "http/message.h"
#include "quota/rate_limiter.h"

namespace whinchat::api {

void add_limit_headers(const ApiSettings& settings, const quota::LimitStatus& status, http::Headers& headers);
http::Response limited_response(const ApiSettings& settings, const quota::LimitStatus& status);  // 429

}  // namespace whinchat::api
