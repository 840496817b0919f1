// Whether and when a failed request to a provider is sent again. Pure.
//
// At most kRetriesMax times, and never after a byte of an answer came. The server's word goes first: x-should-retry, then
// retry-after-ms, then Retry-After (seconds or an HTTP date, RFC 9110 10.2.3). It is waited for if it is short; a longer
// one ends the attempt and is told to the person. Accounts without money (402, quota codes) are never tried again.
// The rules are those of the official SDKs, measured in November 2026, but for the longer wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"
#include "provider/upstream_error.h"

namespace whinchat::provider {

inline constexpr int kRetriesMax = 2;
inline constexpr std::chrono::milliseconds kRetryWaitMax{20'000};  // longer than that nobody looks at an empty page

struct RetryHeaders {
  std::optional<bool> should_retry;
  std::optional<std::chrono::milliseconds> wait;
};
RetryHeaders read_retry_headers(const http::Headers& headers, int64_t now_epoch_s);

struct RetryDecision {
  bool retry = false;
  std::chrono::milliseconds wait{0};
};

// After an HTTP error. retries: how many were made already. random is in [0, 1).
RetryDecision decide_retry(int retries, const UpstreamFault& fault, const RetryHeaders& headers, bool local_server, double random);
// After a connection that failed or ended before its first byte.
RetryDecision decide_retry_of_connection(int retries, double random);

// "Sun, 06 Nov 1994 08:49:37 GMT" to seconds since 1970; nothing for any other form.
std::optional<int64_t> parse_http_date(std::string_view text);

}  // namespace whinchat::provider
