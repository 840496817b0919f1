#include "store/readers.h"

#include "base/limits.h"

namespace whinchat::store {

namespace {

// For the caller: trying again makes sense.
Error not_readable(const Error& why) {
  return {ErrorCode::kUnavailable, "The server cannot read its database at the moment. Please try again.", why.detail, 1};
}

}  // namespace

Readers::Readers(std::string path, int count, Log& log) : path_(std::move(path)), log_(log), queue_(limits::kReadQueue) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { serve(); });
}

Readers::~Readers() { stop(); }

void Readers::stop() {
  queue_.close();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Readers::serve() {
  std::unique_ptr<Connection> connection;  // opened by the first job: an idle server keeps none
  while (!queue_.closed()) {
    for (const auto& job : queue_.take(1, std::chrono::steady_clock::now() + std::chrono::hours(1))) {
      if (!connection) {
        auto opened = Connection::open(path_, Mode::kReader);
        if (!opened.ok()) {
          job->finish(not_readable(opened.error()));
          continue;
        }
        connection = std::move(opened).value();
      }
      Result<void> outcome = read(*connection, *job);
      if (!outcome && outcome.error().code == ErrorCode::kIo) {
        log_.error("store", "Reading the database failed", {{"detail", outcome.error().detail}});
        connection.reset();  // the next job begins with a fresh one
        outcome = not_readable(outcome.error());
      }
      job->finish(std::move(outcome));
    }
  }
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
