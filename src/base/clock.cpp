#include "base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace whinchat {

Instant SystemClock::now() const {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count(),
          duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string rfc3339(int64_t epoch_ms) {
  using namespace std::chrono;
  constexpr int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
  const sys_time<milliseconds> moment{milliseconds(std::clamp<int64_t>(epoch_ms, 0, kLastMs))};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss time{moment - day};
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                   static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text, static_cast<size_t>(length)};
}

namespace {

// Exactly `digits` decimal digits from the front, or nothing.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_sign(std::string_view& text, std::string_view signs) {
  if (text.empty() || signs.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Of what stands behind the seconds: ".123456".
int take_milliseconds(std::string_view& text) {
  if (!take_sign(text, ".")) return 0;
  int value = 0;
  int digits = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 3) value = value * 10 + (text[0] - '0');
  }
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

// "Z", "+02:00", or nothing at all; in minutes.
std::optional<int> take_offset(std::string_view& text) {
  if (text.empty() || take_sign(text, "Zz")) return 0;
  const int sign = text[0] == '-' ? -1 : 1;
  if (!take_sign(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  take_sign(text, ":");
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  if (!y || !take_sign(text, "-")) return std::nullopt;
  const auto mo = take_number(text, 2);
  if (!mo || !take_sign(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take_sign(text, "Tt ")) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || !take_sign(text, ":")) return std::nullopt;
  const auto mi = take_number(text, 2);
  if (!mi || !take_sign(text, ":")) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s) return std::nullopt;
  const int ms = take_milliseconds(text);
  const auto offset = take_offset(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!offset || !text.empty() || !date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  const auto moment = sys_days(date) + hours(*h) + minutes(*mi - *offset) + seconds(*s) + milliseconds(ms);
  const int64_t epoch_ms = duration_cast<milliseconds>(moment.time_since_epoch()).count();
  if (epoch_ms < 0) return std::nullopt;
  return epoch_ms;
}

}  // namespace whinchat
