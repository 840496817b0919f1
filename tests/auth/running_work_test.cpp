#include "auth/running_work.h"

#include <doctest/doctest.h>

#include "../io/on_fiber.h"

using namespace whinchat;
using namespace whinchat::auth;

namespace {

void on_fiber(const std::function<void()>& body) {
  io::LoopGroup loops(1);
  io::test::on_fiber(loops.at(0), body);
}

}  // namespace

namespace {

Identity somebody(RunningWork& work, std::string user, std::string session) {
  return {Credential::kSession, std::move(user), UserRole::kUser, std::move(session), kScopeAll, work.epoch()};
}

}  // namespace

TEST_CASE("ending a session ends what it runs, and nothing else") {
  RunningWork work;
  on_fiber([&] {
    bool first = false;
    bool second = false;
    auto sleeper = [&](const char* session, bool& cancelled) {
      return [&work, &cancelled, session] {
        auto ticket = work.enter(somebody(work, "anna", session), io::this_fiber::self());
        cancelled = io::this_fiber::sleep_for(std::chrono::seconds(5)) == io::Wake::kCancelled && io::this_fiber::cancel_reason() == io::CancelReason::kRevoked;
      };
    };
    const io::FiberRef a = io::spawn(*io::Loop::current(), sleeper("one", first));
    const io::FiberRef b = io::spawn(*io::Loop::current(), sleeper("two", second));
    io::this_fiber::sleep_for(std::chrono::milliseconds(5));
    CHECK(work.session_ids() == std::vector<std::string>{"one", "two"});
    work.end_session("one");
    while (!a.finished()) io::this_fiber::sleep_for(std::chrono::milliseconds(1));
    CHECK(first);
    CHECK_FALSE(b.finished());
    work.end_user("anna", "two");
    io::this_fiber::sleep_for(std::chrono::milliseconds(5));
    CHECK_FALSE(b.finished());
    work.end_user("anna", "");
    while (!b.finished()) io::this_fiber::sleep_for(std::chrono::milliseconds(1));
    CHECK(second);
    CHECK(work.session_ids().empty());
  });
}

TEST_CASE("whoever was looked up before somebody was ended has to be looked up again") {
  RunningWork work;
  on_fiber([&] {
    const Identity before = somebody(work, "anna", "one");
    work.end_session("another");
    CHECK_FALSE(work.enter(before, io::this_fiber::self()).has_value());
    CHECK(work.enter(somebody(work, "anna", "one"), io::this_fiber::self()).has_value());
    const Identity again = somebody(work, "anna", "one");
    work.distrust();
    CHECK_FALSE(work.enter(again, io::this_fiber::self()).has_value());
  });
}

TEST_CASE("the fiber that ends its own session is spared, and open mode has nothing to end") {
  RunningWork work;
  on_fiber([&] {
    auto ticket = work.enter(somebody(work, "anna", "one"), io::this_fiber::self());
    work.end_user("anna", "");
    CHECK_FALSE(io::this_fiber::cancelled());
    Identity local;
    local.credential = Credential::kLocal;
    CHECK(work.enter(local, io::this_fiber::self()).has_value());
  });
}

TEST_CASE("a ticket may outlive the registry") {
  RunningWork::Ticket kept;
  on_fiber([&] {
    RunningWork work;
    kept = work.enter(somebody(work, "anna", "one"), io::this_fiber::self()).value_or(nullptr);
    CHECK(kept != nullptr);
  });
  kept.reset();
}
