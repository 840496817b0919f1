#include "auth/session_cache.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::auth;

namespace {

CachedIdentity entry(std::string user, std::string session) {
  CachedIdentity out;
  out.who = {Credential::kSession, std::move(user), UserRole::kUser, std::move(session), kScopeAll, 0};
  out.idle_until_ms = 1000;
  out.absolute_until_ms = 5000;
  return out;
}

}  // namespace

TEST_CASE("what was read before something was forgotten is not put in afterwards") {
  SessionCache cache;
  const uint64_t generation = cache.generation();
  cache.put("a", entry("anna", "1"), generation);
  CHECK(cache.find("a").has_value());
  cache.forget_session("1");
  CHECK_FALSE(cache.find("a").has_value());
  cache.put("a", entry("anna", "1"), generation);  // the query began before the session was ended
  CHECK_FALSE(cache.find("a").has_value());
}

TEST_CASE("a user's sessions are forgotten together, others stay") {
  SessionCache cache;
  cache.put("a", entry("anna", "1"), cache.generation());
  cache.put("b", entry("anna", "2"), cache.generation());
  cache.put("c", entry("bert", "3"), cache.generation());
  cache.forget_user("anna");
  CHECK(cache.size() == 1);
  CHECK(cache.find("c").has_value());
  cache.clear();
  CHECK(cache.size() == 0);
}

TEST_CASE("a use is noted by one caller a minute and moves the idle end, never the absolute one") {
  SessionCache cache;
  cache.put("a", entry("anna", "1"), cache.generation());
  CHECK(cache.note_use("a", 60'000, 60'000, 2000));
  CHECK_FALSE(cache.note_use("a", 60'000, 60'000, 2000));
  CHECK(cache.find("a")->idle_until_ms == 62'000);
  CHECK(cache.find("a")->absolute_until_ms == 5000);
  CHECK_FALSE(cache.find("a")->live(60'001));
  CHECK_FALSE(cache.note_use("b", 60'000, 60'000, 2000));
}

TEST_CASE("the cache is bounded") {
  SessionCache cache;
  for (size_t i = 0; i < limits::kSessionCacheEntries + 100; ++i) cache.put("key " + std::to_string(i), entry("anna", std::to_string(i)), cache.generation());
  CHECK(cache.size() == limits::kSessionCacheEntries);
}
