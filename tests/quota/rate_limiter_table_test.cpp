// The table under load: many keys, many threads, bounded memory, and never a second helping.
#include <doctest/doctest.h>

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "quota/rate_limiter.h"

using namespace whinchat;
using namespace whinchat::quota;

namespace {

const std::vector<Window> kGuide = {{10, 60}, {100, 3600}, {500, 86'400}};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
constexpr int kManyKeys = kSanitized ? 300'000 : 10'000'000;

long resident_kib() {
  long pages_all = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> pages_all >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

// CPU time of this thread: what a check costs, however busy the machine is.
double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::string_view key_of(int number, char (&buffer)[32]) {
  return {buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, "2001:db8:%x:%x::/64", number >> 16, number & 0xFFFF))};
}

}  // namespace

TEST_CASE("ten million different keys cost at most 4 MiB") {
  for (const Strategy strategy : {Strategy::kFixedWindow, Strategy::kTokenBucket}) {
    ManualClock clock;
    ::malloc_trim(0);  // memory that earlier tests left would hide what is taken now
    const long before_kib = resident_kib();
    RateLimiter limiter({kGuide, strategy, true});
    const double began_ns = cpu_ns();
    long passed = 0;
    char buffer[32];
    for (int i = 0; i < kManyKeys; ++i) {
      if (i % 1000 == 0) clock.advance_ms(1);
      passed += limiter.check_and_count(key_of(i, buffer), clock.now()).allowed ? 1 : 0;
    }
    const double ns = (cpu_ns() - began_ns) / kManyKeys;
    const long grown_kib = resident_kib() - before_kib;
    MESSAGE(kManyKeys << " keys: " << ns << " ns of CPU a check (the key's making included), " << grown_kib << " KiB, " << passed << " passed");
    if (!kSanitized) CHECK(grown_kib <= 4096);
    if (!kSanitized) CHECK(grown_kib >= 1024);  // else this measures nothing
    CHECK(passed >= static_cast<long>(limits::kLimiterSlots));
    // The table is full and everything is fresh: newcomers share what is left, and that fails closed.
    if (!kSanitized) CHECK(passed < static_cast<long>(limits::kLimiterSlots) + 8192 * 20);
  }
}

TEST_CASE("a crowded table never gives anybody more than the limit") {
  for (const Strategy strategy : {Strategy::kFixedWindow, Strategy::kTokenBucket}) {
    ManualClock clock;
    RateLimiter limiter({{{5, 60}}, strategy, true});
    std::unordered_map<int, int> passed;
    char buffer[32];
    // More clients than slots; slots lapse and are taken again in between, but all of it within one window's time.
    for (int round = 0; round < 8; ++round) {
      for (int i = 0; i < 100'000; i += kSanitized ? 7 : 1) {
        passed[i] += limiter.check_and_count(key_of(i, buffer), clock.now()).allowed ? 1 : 0;
      }
      clock.advance_ms(1000);
    }
    int most = 0;
    for (const auto& [client, count] : passed) most = std::max(most, count);
    CHECK(most == 5);
  }
}

TEST_CASE("a client that moves from the shared bucket to a slot of its own takes its count along") {
  ManualClock clock;
  RateLimiter limiter({{{3, 100}}, Strategy::kTokenBucket, true});  // one comes back every 33.3 s
  char buffer[32];
  const int early = static_cast<int>(limits::kLimiterSlots) / 2;
  const int late = static_cast<int>(limits::kLimiterSlots);
  for (int i = 0; i < early * 3; ++i) limiter.check_and_count(key_of(i / 3, buffer), clock.now());  // half of the slots, to 100 s
  std::vector<int> passed(static_cast<size_t>(late));
  const auto late_ones_try = [&] {
    for (int i = 0; i < late * 3; ++i) {
      const int client = i / 3;
      passed[static_cast<size_t>(client)] += limiter.check_and_count(key_of(early + client, buffer), clock.now()).allowed ? 1 : 0;
    }
  };
  clock.advance_ms(50'000);
  late_ones_try();  // the rest of the slots and, for many, the shared buckets: to 150 s
  clock.advance_ms(50'001);
  late_ones_try();  // the early slots are free now, and those who shared move in, with one hit come back
  int most = 0;
  for (const int count : passed) most = std::max(most, count);
  CHECK(most == 4);
}

TEST_CASE("after a flood the table serves new clients again") {
  ManualClock clock;
  RateLimiter limiter({{{10, 60}}, Strategy::kTokenBucket, true});
  char buffer[32];
  for (int i = 0; i < 400'000; ++i) limiter.check_and_count(key_of(i, buffer), clock.now());
  clock.advance_ms(61'000);
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += limiter.check_and_count(key_of(1'000'000 + i, buffer), clock.now()).allowed ? 1 : 0;
  CHECK(passed == 1000);
}

TEST_CASE("of 200 hits at the same time on a limit of 10, exactly 10 pass") {
  for (const Strategy strategy : {Strategy::kFixedWindow, Strategy::kTokenBucket}) {
    for (int round = 0; round < 20; ++round) {
      const ManualClock clock;
      RateLimiter limiter({kGuide, strategy, true});
      std::atomic<int> passed{0};
      std::atomic<bool> go{false};
      std::vector<std::thread> threads;
      for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
          while (!go) std::this_thread::yield();
          for (int i = 0; i < 25; ++i) passed += limiter.check_and_count("client", clock.now()).allowed ? 1 : 0;
        });
      }
      go = true;
      for (auto& thread : threads) thread.join();
      CHECK(passed == 10);
    }
  }
}
