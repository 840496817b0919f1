// How often passwords may be tried: per account 5 failures, then one try per 30 s, doubling up to 15 min (never a lock-out);
// per address 20 tries a minute; 200 a minute in all. Kept in memory, on the monotonic clock. Thread-safe, bounded.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "quota/rate_limiter.h"

namespace whinchat::auth {

class LoginBackoff {
 public:
  LoginBackoff();

  // Before a password is looked at. kRateLimited with the seconds to wait, or the try counts as a failure until
  // succeeded() says otherwise: parallel tries cannot slip through. account: a name's key, known or not. address: "" is
  // not counted.
  Result<void> begin(const std::string& account, const std::string& address, Instant now);
  void succeeded(const std::string& account);
  void withdraw(const std::string& account);  // the try was no failure: nothing was found out

 private:
  struct Account {
    int failures = 0;
    int64_t last_ns = 0;
    int64_t next_ns = 0;  // no try before
  };
  void make_room(int64_t now_ns);

  quota::RateLimiter per_address_;
  quota::RateLimiter in_all_;
  std::mutex mutex_;
  std::map<std::string, Account> accounts_;  // under mutex_; by chosen names, so no hash table
};

}  // namespace whinchat::auth
