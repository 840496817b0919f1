#include "store/job_queue.h"

#include <cassert>
#include <exception>

#include "io/fiber.h"

namespace whinchat::store {

namespace {

// Set while this thread runs a job: a job that waits for another one could wait for itself.
thread_local bool inside_job = false;

}  // namespace

Job::Job(Task task) : task_(std::move(task)), on_fiber_(io::this_fiber::active()) {}

Result<void> Job::run(Connection& connection) noexcept {
  inside_job = true;
  Result<void> outcome;
  try {
    outcome = task_(connection);
  } catch (const std::exception& error) {  // a wall: one bad job must not take the database's thread along
    outcome = Error{ErrorCode::kInternal, "Something went wrong with the database.", std::string("a job threw: ") + error.what()};
  } catch (...) {
    outcome = Error{ErrorCode::kInternal, "Something went wrong with the database.", "a job threw"};
  }
  inside_job = false;
  return outcome;
}

void Job::finish(Result<void> outcome) {
  {
    std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    finished_ = true;
  }
  if (on_fiber_) notify_.notify();
  else changed_.notify_one();
}

bool Job::finished() {
  std::lock_guard lock(mutex_);
  return finished_;
}

Result<void> Job::wait() {
  if (on_fiber_) wait_on_fiber();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return finished_; });
  return std::move(outcome_);
}

void Job::wait_on_fiber() {
  using namespace io::this_fiber;
  io::CancelReason arrived = cancel_reason();
  if (arrived != io::CancelReason::kNone) clear_cancel();
  while (!finished()) {
    if (notify_.wait(io::kNoDeadline) != io::Wake::kCancelled) continue;
    arrived = cancel_reason();
    clear_cancel();
  }
  if (arrived != io::CancelReason::kNone) self().cancel(arrived);
}

Result<void> JobQueue::run(Task task) {
  assert(!inside_job && "a job of the database asks the database: it could wait for itself");
  const auto job = std::make_shared<Job>(std::move(task));
  {
    std::lock_guard lock(mutex_);
    if (closed_) return Error{ErrorCode::kUnavailable, "The server is stopping. Please try again in a moment.", "the database is closing", 5};
    if (jobs_.size() >= jobs_max_) return Error{ErrorCode::kUnavailable, "The server is busy. Please try again.", "the database's queue is full", 1};
    jobs_.push_back(job);
  }
  arrived_.notify_one();
  return job->wait();
}

std::vector<std::shared_ptr<Job>> JobQueue::take(size_t jobs_most, std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, until, [this] { return closed_ || !jobs_.empty(); });
  std::vector<std::shared_ptr<Job>> taken;
  while (!jobs_.empty() && taken.size() < jobs_most) {
    taken.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  return taken;
}

void JobQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

bool JobQueue::closed() const {
  std::lock_guard lock(mutex_);
  return closed_ && jobs_.empty();
}

size_t JobQueue::size() const {
  std::lock_guard lock(mutex_);
  return jobs_.size();
}

}  // namespace whinchat::store
