#include "auth/password_hash.h"

#include <argon2.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "auth/hash_memory.h"
#include "base/crypto.h"
#include "base/encodings.h"
#include "base/text.h"
#include "io/fiber.h"
#include "io/offload.h"

namespace whinchat::auth {

namespace {

constexpr uint32_t kMemoryKiB = 19'456;
constexpr uint32_t kPasses = 2;
constexpr uint32_t kLanes = 1;
constexpr uint32_t kMemoryKiBMax = 64 * 1024;  // of a stored hash; more is not ours
constexpr uint32_t kPassesMax = 16;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

struct Phc {
  uint32_t memory_kib = kMemoryKiB;
  uint32_t passes = kPasses;
  std::string salt;
  std::string hash;
};

std::string print(const Phc& phc) {
  return "$argon2id$v=19$m=" + std::to_string(phc.memory_kib) + ",t=" + std::to_string(phc.passes) + ",p=" + std::to_string(kLanes) + "$" +
         to_base64(phc.salt) + "$" + to_base64(phc.hash);
}

// "m=19456" -> 19456
std::optional<uint32_t> number_after(std::string_view text, std::string_view name, uint32_t least, uint32_t most) {
  if (!text.starts_with(name)) return std::nullopt;
  const auto value = parse_integer(text.substr(name.size()));
  if (!value || *value < least || *value > most) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

std::optional<Phc> parse_phc(std::string_view text) {
  const std::vector<std::string_view> parts = split_list(text, '$');
  if (parts.size() != 5 || parts[0] != "argon2id" || parts[1] != "v=19") return std::nullopt;
  const std::vector<std::string_view> costs = split_list(parts[2], ',');
  if (costs.size() != 3 || costs[2] != "p=1") return std::nullopt;
  const auto memory = number_after(costs[0], "m=", 8, kMemoryKiBMax);
  const auto passes = number_after(costs[1], "t=", 1, kPassesMax);
  const auto salt = from_base64(parts[3]);
  const auto hash = from_base64(parts[4]);
  if (!memory || !passes || !salt || !hash || salt->size() < 8 || hash->size() < 16) return std::nullopt;
  return Phc{*memory, *passes, *salt, *hash};
}

// The hash of the password with the parameters and salt of `like`. Empty: Argon2 had no memory.
std::string compute(const Secret& password, const Phc& like) {
  std::string out(like.hash.size(), '\0');
  std::string salt = like.salt;
  argon2_context context{};
  context.out = reinterpret_cast<uint8_t*>(out.data());
  context.outlen = static_cast<uint32_t>(out.size());
  context.pwd = reinterpret_cast<uint8_t*>(const_cast<char*>(password.reveal().data()));  // read only without FLAG_clear_password
  context.pwdlen = static_cast<uint32_t>(password.size());
  context.salt = reinterpret_cast<uint8_t*>(salt.data());
  context.saltlen = static_cast<uint32_t>(salt.size());
  context.t_cost = like.passes;
  context.m_cost = like.memory_kib;
  context.lanes = context.threads = kLanes;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_hash_memory;
  context.free_cbk = give_back_hash_memory;
  return argon2_ctx(&context, Argon2_id) == ARGON2_OK ? out : std::string();
}

Error busy(const char* detail) { return {ErrorCode::kUnavailable, "Too many people are signing in right now. Please try again in a moment.", detail, 2}; }

Result<std::string> make_hash(const Secret& password) {
  Phc phc;
  phc.salt.resize(kSaltBytes);
  phc.hash.resize(kHashBytes);
  random_bytes(phc.salt.data(), phc.salt.size());
  phc.hash = compute(password, phc);
  if (phc.hash.empty()) return busy("no memory for a password hash");
  return print(phc);
}

}  // namespace

struct PasswordHasher::Impl {
  explicit Impl(int slots, size_t queue_max) : pool(slots, queue_max) {
    nobodys.salt.resize(kSaltBytes);
    nobodys.hash.resize(kHashBytes);
    random_bytes(nobodys.salt.data(), nobodys.salt.size());
    random_bytes(nobodys.hash.data(), nobodys.hash.size());
  }

  // Runs the work on the pool and waits for it. False: the queue is full, or its turn came too late.
  template <class F>
  bool on_pool(F work) {
    const auto latest = std::chrono::steady_clock::now() + limits::kHashWait;
    bool ran = false;
    waiting.fetch_add(1);
    if (stopped.load()) {
      waiting.fetch_sub(1);
      return false;
    }
    const auto task = [&] {
      ran = std::chrono::steady_clock::now() <= latest;
      if (ran) work();
      if (waiting.fetch_sub(1) <= 1) drop_hash_memory();
    };
    if (io::this_fiber::active()) {
      if (io::offload_void(pool, task)) return ran;
    } else {
      std::promise<void> done;
      if (pool.submit([&] { task(); done.set_value(); })) {
        done.get_future().wait();
        return ran;
      }
    }
    waiting.fetch_sub(1);
    return false;
  }

  Phc nobodys;
  std::atomic<int> waiting{0};
  std::atomic<bool> stopped{false};
  io::WorkerPool pool;  // last: its end waits for the work that uses the others
};

PasswordHasher::PasswordHasher(int slots, size_t queue_max) : impl_(std::make_unique<Impl>(slots, queue_max)) {}
PasswordHasher::~PasswordHasher() = default;

void PasswordHasher::stop() {
  impl_->stopped.store(true);
  while (impl_->waiting.load() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // bounded: the queue and its hashes are
}

int PasswordHasher::default_slots() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, static_cast<unsigned>(limits::kHashSlotsMax))); }

Result<std::string> PasswordHasher::hash(const Secret& password) {
  std::optional<Result<std::string>> out;
  if (!impl_->on_pool([&] { out.emplace(make_hash(password)); })) return busy("the queue of password hashes is full");
  return std::move(*out);
}

Result<PasswordVerdict> PasswordHasher::verify(const Secret& password, std::string_view phc) {
  const std::optional<Phc> stored = parse_phc(phc);
  const Phc& against = stored ? *stored : impl_->nobodys;
  std::string computed;
  if (!impl_->on_pool([&] { computed = compute(password, against); })) return busy("the queue of password hashes is full");
  if (computed.empty()) return busy("no memory for a password hash");
  const bool same = equal_in_constant_time(computed, against.hash);
  return PasswordVerdict{same && stored, against.memory_kib < kMemoryKiB || against.passes < kPasses};
}

Result<std::string> hash_password_now(const Secret& password) {
  auto made = make_hash(password);
  drop_hash_memory();
  return made;
}

}  // namespace whinchat::auth
