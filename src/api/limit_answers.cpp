#include "api/limit_answers.h"

#include "api/error_response.h"
#include "api/json_write.h"

namespace whinchat::api {

namespace {

// draft-ietf-httpapi-ratelimit-headers-10 (2025-09): not a standard yet, so only on request.
void add_ietf_headers(const quota::LimitStatus& status, http::Headers& headers) {
  std::string policy;
  const quota::WindowStatus* tightest = nullptr;
  for (size_t i = 0; i < status.window_count; ++i) {
    const quota::WindowStatus& window = status.windows[i];
    policy += (i ? ", " : "") + ("\"chat" + std::to_string(window.period_s)) + "\";q=" + std::to_string(window.limit) + ";w=" + std::to_string(window.period_s);
    if (!tightest || window.remaining < tightest->remaining) tightest = &window;
  }
  if (!tightest) return;
  http::set_header(headers, "RateLimit-Policy", policy);
  http::set_header(headers, "RateLimit", "\"chat" + std::to_string(tightest->period_s) + "\";r=" + std::to_string(tightest->remaining) +
                                             ";t=" + std::to_string(tightest->retry_after_s > 0 ? tightest->retry_after_s : tightest->reset_s));
}

}  // namespace

void add_limit_headers(const ApiSettings& settings, const quota::LimitStatus& status, http::Headers& headers) {
  if (settings.ietf_limit_headers) add_ietf_headers(status, headers);
  http::set_header(headers, "X-RateLimit-Limit", std::to_string(status.limit));
  http::set_header(headers, "X-RateLimit-Remaining", std::to_string(status.remaining));
  http::set_header(headers, "X-RateLimit-Reset", std::to_string(status.reset_epoch_s));
}

http::Response limited_response(const ApiSettings& settings, const quota::LimitStatus& status) {
  http::Response response = json_response(error_json({"Rate limit exceeded", "Too many requests. Please try again later.",
                                                      wire_name(ErrorCode::kRateLimited), status.retry_after_s}), 429);
  response.headers.push_back({"Retry-After", std::to_string(status.retry_after_s)});
  add_limit_headers(settings, status, response.headers);
  return response;
}

}  // namespace whinchat::api
