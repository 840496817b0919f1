// Password hashes: Argon2id, m = 19456 KiB, t = 2, p = 1, as PHC strings. Source: RFC 9106 (2021), OWASP password storage
// cheat sheet (2026), PHC string format. Thread-safe.
//
// Hashing costs 20 to 80 ms of a core and 19 MiB, so that it is a lever for whoever wants a server to stop: only a few run
// at once, a few more wait, the rest is refused. The memory is given back when nobody waits.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"

namespace whinchat::auth {

struct PasswordVerdict {
  bool matches = false;
  bool outdated = false;  // hashed with less than today's parameters: hash it anew
};

class PasswordHasher {
 public:
  explicit PasswordHasher(int slots = default_slots(), size_t queue_max = limits::kHashQueue);
  ~PasswordHasher();

  // Both wait on the calling fiber, or block a plain thread. kUnavailable (try again in 2 s): too many wait.
  Result<std::string> hash(const Secret& password);
  // phc "": nobody's hash, which takes just as long and never matches.
  Result<PasswordVerdict> verify(const Secret& password, std::string_view phc);

  void stop();  // no more work (kUnavailable); returns when what was begun is done. For the end, before fibers are taken apart

  static int default_slots();  // min(cores, limits::kHashSlotsMax)

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same on the calling thread, without a queue: for the command line.
Result<std::string> hash_password_now(const Secret& password);

}  // namespace whinchat::auth
