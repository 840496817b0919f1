#include "provider/retry.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace whinchat::provider {
namespace {

using std::chrono::milliseconds;

constexpr double kBackoffFirstMs = 500;
constexpr double kBackoffMaxMs = 8000;
constexpr double kWaitTold = 7.0 * 86'400'000;  // a week in ms: larger figures are nonsense

milliseconds backoff(int retries, double random) {
  const double base = std::min(kBackoffFirstMs * std::pow(2.0, retries), kBackoffMaxMs);
  return milliseconds(static_cast<int64_t>(base * (1.0 - 0.25 * random)));
}

std::optional<milliseconds> from_ms(double ms) {
  if (!(ms >= 0) || ms > kWaitTold) return std::nullopt;
  return milliseconds(static_cast<int64_t>(std::ceil(ms)));
}

std::optional<int> digits(std::string_view text) {
  const auto n = parse_integer(text);
  if (!n || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return static_cast<int>(*n);
}

}  // namespace

std::optional<int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  text = trim(text);
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto day = digits(text.substr(5, 2));
  const size_t month = kMonths.find(text.substr(8, 3));
  const auto year = digits(text.substr(12, 4));
  const auto hour = digits(text.substr(17, 2));
  const auto minute = digits(text.substr(20, 2));
  const auto second = digits(text.substr(23, 2));
  if (!day || month == std::string_view::npos || month % 3 != 0 || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * 86'400 + *hour * 3600 + *minute * 60 + *second;
}

RetryHeaders read_retry_headers(const http::Headers& headers, int64_t now_epoch_s) {
  RetryHeaders out;
  const auto should = http::find_header(headers, "x-should-retry");
  if (should == "true") out.should_retry = true;
  if (should == "false") out.should_retry = false;
  if (const auto ms = parse_number(http::find_header(headers, "retry-after-ms"))) out.wait = from_ms(*ms);
  if (out.wait) return out;
  const auto after = http::find_header(headers, "retry-after");
  if (const auto seconds = parse_number(after)) {
    out.wait = from_ms(*seconds * 1000.0);
  } else if (const auto date = parse_http_date(after)) {
    out.wait = from_ms(static_cast<double>(std::max<int64_t>(*date - now_epoch_s, 0)) * 1000.0);
  }
  return out;
}

RetryDecision decide_retry(int retries, const UpstreamFault& fault, const RetryHeaders& headers, bool local_server, double random) {
  if (retries >= kRetriesMax || is_quota_fault(fault)) return {};
  const int status = fault.status;
  const bool by_status = status == 408 || status == 409 || status == 429 || status >= 500;
  if (!headers.should_retry.value_or(by_status)) return {};
  // A local server answers 500 to what it will never be able to do (an image to a text model).
  if (local_server && status == 500 && retries >= 1) return {};
  if (!headers.wait) return {true, backoff(retries, random)};
  if (*headers.wait > kRetryWaitMax) return {};
  return {true, *headers.wait};
}

RetryDecision decide_retry_of_connection(int retries, double random) {
  if (retries >= kRetriesMax) return {};
  return {true, backoff(retries, random)};
}

}  // namespace whinchat::provider
