#include "auth/password_hash.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "../io/on_fiber.h"

using namespace whinchat;
using namespace whinchat::auth;

namespace {

void on_fiber(const std::function<void()>& body) {
  io::LoopGroup loops(1);
  io::test::on_fiber(loops.at(0), body);
}

}  // namespace

TEST_CASE("a hash is an Argon2id PHC string with a salt of its own, and matches its password alone") {
  PasswordHasher hasher(1);
  const Secret password("correct horse battery staple");
  const std::string first = hasher.hash(password).value();
  const std::string second = hasher.hash(password).value();
  CHECK(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(first != second);
  CHECK(hasher.verify(password, first).value().matches);
  CHECK_FALSE(hasher.verify(password, first).value().outdated);
  CHECK_FALSE(hasher.verify(Secret("correct horse battery stapl"), first).value().matches);
  CHECK_FALSE(hasher.verify(Secret(""), first).value().matches);
  CHECK(hasher.verify(password, hash_password_now(password).value()).value().matches);
}

TEST_CASE("the reference implementation's hash is understood, and asks to be renewed") {
  PasswordHasher hasher(1);
  // echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32
  const auto verdict = hasher.verify(Secret("password"), "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4").value();
  CHECK(verdict.matches);
  CHECK(verdict.outdated);
}

TEST_CASE("what is no hash of ours matches nothing, whatever it asks for") {
  PasswordHasher hasher(1);
  for (const char* phc : {"", "password", "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                          "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                          "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=19456,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                          "$2b$12$abcdefghijklmnopqrstuv"}) {
    CAPTURE(phc);
    CHECK_FALSE(hasher.verify(Secret("password"), phc).value().matches);
  }
}

TEST_CASE("more than the queue holds is refused, and says when to come back; the others get their hashes") {
  PasswordHasher hasher(1, 2);
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&] {
      auto hash = hasher.hash(Secret("correct horse"));
      if (hash.ok()) ++done;
      else if (hash.error().code == ErrorCode::kUnavailable && hash.error().retry_after_s == 2) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done + refused == 24);
  CHECK(done >= 2);
  CHECK(refused >= 1);
}

TEST_CASE("a fiber waits for its hash without holding its loop, and after stop() there are no more") {
  PasswordHasher hasher(1);
  std::string hash;
  on_fiber([&] { hash = hasher.hash(Secret("correct horse")).value(); });
  CHECK(hasher.verify(Secret("correct horse"), hash).value().matches);
  hasher.stop();
  CHECK(hasher.hash(Secret("correct horse")).error().code == ErrorCode::kUnavailable);
}
