#include "quota/stream_gate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

using namespace whinchat;
using namespace whinchat::quota;

TEST_CASE("a client may have its number of streams open, and a closed one makes room") {
  StreamGate gate;
  std::optional<StreamGate::Ticket> first = std::move(gate.enter("a", 2)).value();
  const auto second = gate.enter("a", 2);
  CHECK(second.ok());
  const auto third = gate.enter("a", 2);
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().code == ErrorCode::kTooManyStreams);
  CHECK(third.error().message.find("2 answers") != std::string::npos);
  CHECK(gate.enter("b", 2).ok());  // and is closed again with the temporary
  CHECK(gate.open() == 2);
  first.reset();
  CHECK(gate.open() == 1);
  CHECK(gate.enter("a", 2).ok());
}

TEST_CASE("the whole server has a number as well") {
  StreamGate gate(3);
  std::vector<StreamGate::Ticket> tickets;
  for (const char* client : {"a", "b", "c"}) tickets.push_back(std::move(gate.enter(client)).value());
  const auto refused = gate.enter("d");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
  CHECK(refused.error().retry_after_s.value_or(0) > 0);
  tickets.clear();
  CHECK(gate.open() == 0);
  CHECK(gate.enter("d").ok());
}

TEST_CASE("a moved ticket gives up its place once") {
  StreamGate gate;
  {
    auto ticket = std::move(gate.enter("a")).value();
    StreamGate::Ticket moved = std::move(ticket);
    CHECK(gate.open() == 1);
    auto other = std::move(gate.enter("b")).value();
    CHECK(gate.open() == 2);
    other = std::move(moved);  // b's place is free
    CHECK(gate.open() == 1);
    StreamGate::Ticket& self = other;
    other = std::move(self);
    CHECK(gate.open() == 1);
  }
  CHECK(gate.open() == 0);
}

TEST_CASE("many threads never open more than allowed") {
  StreamGate gate(50);
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        auto ticket = gate.enter("client " + std::to_string(t % 2), 3);
        if (!ticket) continue;
        const int open = ++now;
        int seen = most;
        while (open > seen && !most.compare_exchange_weak(seen, open)) {
        }
        --now;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(most <= 6);
  CHECK(most >= 1);
  CHECK(gate.open() == 0);
}
