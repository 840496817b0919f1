#include "io/resolve.h"

#include "io/on_fiber.h"

using namespace whinchat;
using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("literal addresses and localhost need no look-up") {
  LoopGroup loops(1);
  WorkerPool none(0, 0);  // whoever asks it is refused
  on_fiber(loops.at(0), [&] {
    const auto ips = [&](const std::string& host) {
      std::string text;
      auto found = resolve(none, host, 443, Clock::now() + 1s);
      if (!found.ok()) return "error: " + found.error().detail;
      for (const auto& endpoint : found.value()) {
        text += endpoint.ip + " ";
        CHECK(endpoint.port == 443);
      }
      return text;
    };
    CHECK(ips("127.0.0.1") == "127.0.0.1 ");
    CHECK(ips("::1") == "::1 ");
    CHECK(ips("[::1]") == "::1 ");
    CHECK(ips("[2001:db8::7]") == "2001:db8::7 ");
    CHECK(ips("localhost") == "127.0.0.1 ::1 ");
    CHECK(ips("app.localhost") == "127.0.0.1 ::1 ");
    CHECK(ips("example.org") == "error: resolver queue full");
    CHECK(ips("999.1.1.1") == "error: resolver queue full");
  });
}

TEST_CASE("a name that does not exist is an error within the deadline, and the loop is not blocked meanwhile") {
  LoopGroup loops(1);
  WorkerPool pool(1, 4);
  on_fiber(loops.at(0), [&] {
    int turns = 0;
    FiberRef other = spawn(loops.at(0), [&] {
      while (this_fiber::sleep_for(1ms) == Wake::kTimeout) ++turns;
    });
    Stopwatch watch;
    const auto found = resolve(pool, "no-such-name.invalid", 80, Clock::now() + 300ms);
    CHECK_FALSE(found.ok());
    const bool expected = found.error().code == ErrorCode::kProviderUnavailable || found.error().code == ErrorCode::kTimeout;
    CHECK(expected);
    CHECK(watch.ms() < 300 + 300 * kSlow);
    this_fiber::sleep_for(10ms);
    CHECK(turns > 0);
    other.cancel();
    while (!other.finished()) this_fiber::sleep_for(1ms);
  });
}
