#include "base/clock.h"

#include <doctest/doctest.h>

using namespace whinchat;

TEST_CASE("times are written as RFC 3339 in UTC") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(rfc3339(1'795'425'245'123) == "2026-11-23T09:14:05.123Z");
  CHECK(rfc3339(4'102'444'799'999) == "2099-12-31T23:59:59.999Z");
  CHECK(rfc3339(2'147'483'648'000) == "2038-01-19T03:14:08.000Z");
}

TEST_CASE("times outside the calendar are held at its ends") {
  CHECK(rfc3339(-1) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(INT64_MAX) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("the system's clock goes forward and is past 2025") {
  const SystemClock clock;
  const Instant a = clock.now();
  const Instant b = clock.now();
  CHECK(b.monotonic_ns >= a.monotonic_ns);
  CHECK(a.epoch_ms > 1'735'689'600'000);
}

TEST_CASE("a manual clock moves when told, and a set clock leaves the monotonic one alone") {
  ManualClock clock;
  const Instant start = clock.now();
  clock.advance_ms(1500);
  CHECK(clock.now().monotonic_ns - start.monotonic_ns == 1'500'000'000);
  CHECK(clock.now().epoch_ms - start.epoch_ms == 1500);
  clock.jump_epoch_ms(-86'400'000);
  CHECK(clock.now().monotonic_ns - start.monotonic_ns == 1'500'000'000);
  CHECK(clock.now().epoch_ms < start.epoch_ms);
}

TEST_CASE("times are read back as they are written, and as other programs write them") {
  for (const int64_t ms : {int64_t{0}, int64_t{1'709'287'200'123}, int64_t{951'782'400'000}, int64_t{253'402'300'799'999}}) CHECK(parse_rfc3339(rfc3339(ms)) == ms);
  CHECK(parse_rfc3339("2024-03-01T10:00:00.123456Z") == 1'709'287'200'123);
  CHECK(parse_rfc3339("2024-03-01T12:00:00+02:00") == 1'709'287'200'000);
  CHECK(parse_rfc3339("2024-03-01 04:30:00.5-0530") == 1'709'287'200'500);
  CHECK(parse_rfc3339("2024-03-01T10:00:00") == 1'709'287'200'000);
  CHECK(parse_rfc3339("2024-02-29T00:00:00z").has_value());
  for (const char* text : {"", "2024", "2024-03-01", "2024-3-01T10:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-03-01T24:00:00Z", "2024-03-01T10:60:00Z",
                           "2024-03-01T10:00:61Z", "2024-03-01T10:00:00Zx", "2024-03-01T10:00:00+25:00", "2024-03-01T10:00:00+2", "1969-12-31T23:59:59Z", "x"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}
