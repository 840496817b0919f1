// When a request is sent again, and after how long.
#include "provider/retry.h"

#include <doctest/doctest.h>

using namespace whinchat::provider;
using whinchat::http::Headers;

namespace {

constexpr int64_t kNow = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

UpstreamFault fault(int status, std::string code = "") {
  UpstreamFault f;
  f.status = status;
  f.code = std::move(code);
  return f;
}
RetryDecision after(int status, const Headers& headers = {}, int retries = 0, bool local = false, double random = 0) {
  return decide_retry(retries, fault(status), read_retry_headers(headers, kNow), local, random);
}
int64_t wait_ms(const Headers& headers) {
  const auto wait = read_retry_headers(headers, kNow).wait;
  return wait ? wait->count() : -1;
}

}  // namespace

TEST_CASE("what may pass by itself is tried again, twice") {
  for (const int status : {408, 409, 429, 500, 502, 503, 504, 529}) {
    CAPTURE(status);
    CHECK(after(status).retry);
    CHECK(after(status, {}, 1).retry);
    CHECK(!after(status, {}, 2).retry);
  }
  for (const int status : {300, 307, 400, 401, 402, 403, 404, 413, 422}) {
    CAPTURE(status);
    CHECK(!after(status).retry);
  }
}

TEST_CASE("the server's own word goes before the status, but not before an empty purse") {
  CHECK(after(400, {{"X-Should-Retry", "true"}}).retry);
  CHECK(!after(503, {{"x-should-retry", "false"}}).retry);
  CHECK(!after(402, {{"x-should-retry", "true"}}).retry);
  for (const char* code : {"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"}) {
    CHECK(!decide_retry(0, fault(429, code), read_retry_headers({{"x-should-retry", "true"}}, kNow), false, 0).retry);
  }
}

TEST_CASE("a server on this machine that answers 500 is asked once more only") {
  CHECK(after(500, {}, 0, true).retry);
  CHECK(!after(500, {}, 1, true).retry);
  CHECK(after(503, {}, 1, true).retry);
}

TEST_CASE("the wait grows, has a ceiling and is shortened by up to a quarter") {
  CHECK(after(500).wait.count() == 500);
  CHECK(after(500, {}, 1).wait.count() == 1000);
  CHECK(after(500, {}, 0, false, 0.999).wait.count() == 375);
  CHECK(decide_retry_of_connection(0, 0).wait.count() == 500);
  CHECK(!decide_retry_of_connection(2, 0).retry);
}

TEST_CASE("retry-after is read in milliseconds, seconds and dates") {
  CHECK(wait_ms({{"Retry-After-Ms", "120"}, {"Retry-After", "9"}}) == 120);
  CHECK(wait_ms({{"retry-after", "7"}}) == 7000);
  CHECK(wait_ms({{"retry-after", "0.25"}}) == 250);
  CHECK(wait_ms({{"retry-after", "0"}}) == 0);
  CHECK(wait_ms({{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}) == 10'000);
  CHECK(wait_ms({{"retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"}}) == 0);
  for (const char* odd : {"", "-1", "soon", "1e99", "nan", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(odd);
    CHECK(wait_ms({{"retry-after", odd}}) == -1);
  }
}

TEST_CASE("a short wait is kept, a long one ends the attempt") {
  CHECK(after(429, {{"retry-after", "20"}}).wait.count() == 20'000);
  CHECK(!after(429, {{"retry-after", "21"}}).retry);
  CHECK(after(429, {{"retry-after", "0"}}).retry);
}
