#include "store/readers.h"

#include <system_error>

#include "base/limits.h"

namespace whinchat::store {

namespace {

// For the caller: trying again makes sense.
Error not_readable(const Error& why) {
  return {ErrorCode::kUnavailable, "The server cannot read its database at the moment. Please try again.", why.detail, 1};
}

}  // namespace

Readers::Readers(std::string path, int count, Log& log)
    : path_(std::move(path)), threads_max_(static_cast<size_t>(count)), log_(log), queue_(limits::kReadQueue) {}

Readers::~Readers() { stop(); }

void Readers::stop() {
  queue_.close();
  std::vector<std::thread> ending;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    ending.swap(threads_);
  }
  for (auto& thread : ending) thread.join();
}

Result<void> Readers::run(Task task) {
  const size_t callers = callers_.fetch_add(1) + 1;
  const size_t started = started_.load();
  if (callers > started && started < threads_max_ && !add_thread()) {
    callers_.fetch_sub(1);
    return not_readable({ErrorCode::kUnavailable, "", "the system gives no thread"});
  }
  auto outcome = queue_.run(std::move(task));
  callers_.fetch_sub(1);
  return outcome;
}

// False: there is none, and the system gives none.
bool Readers::add_thread() {
  std::lock_guard lock(mutex_);
  if (stopped_ || threads_.size() >= threads_max_) return true;
  try {
    threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    return !threads_.empty();
  }
  started_.store(threads_.size());
  return true;
}

void Readers::serve() {
  while (!queue_.closed()) {
    for (const auto& job : queue_.take(1, std::chrono::steady_clock::now() + std::chrono::hours(1))) serve(*job);
  }
}

void Readers::serve(Job& job) {
  auto connection = take_connection();
  if (!connection.ok()) return job.finish(not_readable(connection.error()));
  Result<void> outcome = read(**connection, job);
  if (outcome || outcome.error().code != ErrorCode::kIo) {
    give_back(std::move(connection).value());
  } else {
    log_.error("store", "Reading the database failed", {{"detail", outcome.error().detail}});
    outcome = not_readable(outcome.error());  // the next job begins with a fresh connection
  }
  job.finish(std::move(outcome));
}

Result<std::unique_ptr<Connection>> Readers::take_connection() {
  {
    std::lock_guard lock(mutex_);
    if (!unused_.empty()) {
      auto connection = std::move(unused_.back());
      unused_.pop_back();
      return connection;
    }
  }
  return Connection::open(path_, Mode::kReader);
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  std::lock_guard lock(mutex_);
  unused_.push_back(std::move(connection));
}

Result<void> Readers::read(Connection& connection, Job& job) {
  if (auto begun = store::run(connection, "BEGIN"); !begun) return begun;
  Result<void> outcome = job.run(connection);
  connection.set_time_limit_ms(0);
  if (connection.in_transaction()) {
    if (auto ended = store::run(connection, "COMMIT"); !ended) (void)connection.execute("ROLLBACK");
  }
  return outcome;
}

}  // namespace whinchat::store
