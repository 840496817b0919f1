#include "store/changes.h"

#include "base/limits.h"
#include "store/conversation_row.h"

namespace whinchat::store {

namespace {

struct Revisions {
  int64_t now = 0;
  int64_t purged = 0;
};

Result<Revisions> revisions_of(Connection& connection, std::string_view user_id) {
  auto found = one<Revisions>(connection, "SELECT revision, purged_revision FROM user WHERE id = ?1",
                              [](const Row& row) { return Revisions{row.integer(0), row.integer(1)}; }, user_id);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return Error{ErrorCode::kNotFound, "This user does not exist.", ""};
  return **found;
}

}  // namespace

Result<int64_t> revision_of(Connection& connection, std::string_view user_id) {
  auto revisions = revisions_of(connection, user_id);
  if (!revisions.ok()) return std::move(revisions).error();
  return revisions->now;
}

Result<Changes> changes_since(Connection& connection, std::string_view user_id, int64_t since) {
  auto revisions = revisions_of(connection, user_id);
  if (!revisions.ok()) return std::move(revisions).error();
  Changes changes;
  changes.revision = revisions->now;
  // A revision of the future is one of a database that has been replaced by an older copy.
  changes.reset = since < revisions->purged || since > revisions->now;
  if (changes.reset || since == revisions->now) return changes;
  auto rows = all<Conversation>(connection,
                                "SELECT " CONVERSATION_COLUMNS " FROM conversation c WHERE c.user_id = ?1 AND c.revision > ?2"
                                " ORDER BY c.revision LIMIT ?3",
                                conversation_of, user_id, since, limits::kChangesMax + 1);
  if (!rows.ok()) return std::move(rows).error();
  changes.reset = rows->size() > static_cast<size_t>(limits::kChangesMax);
  if (!changes.reset) changes.conversations = std::move(rows).value();
  return changes;
}

ChangeHub::Listener::~Listener() { hub_.forget(*this); }

Result<std::unique_ptr<ChangeHub::Listener>> ChangeHub::listen(const std::string& user_id) {
  auto notify = std::make_shared<io::Notify>();
  std::lock_guard lock(mutex_);
  if (listeners_.count(user_id) >= limits::kListenersPerUser || listeners_.size() >= limits::kListeners) {
    return Error{ErrorCode::kTooManyStreams, "Too many devices or windows wait for changes. Close some.", "", 30};
  }
  listeners_.emplace(user_id, notify);
  if (closed_.load(std::memory_order_relaxed)) notify->notify();
  return std::unique_ptr<Listener>(new Listener(*this, user_id, std::move(notify)));
}

void ChangeHub::notify(const std::vector<std::string>& user_ids) {
  std::lock_guard lock(mutex_);
  for (const std::string& user_id : user_ids) {
    const auto [first, last] = listeners_.equal_range(user_id);
    for (auto at = first; at != last; ++at) at->second->notify();
  }
}

void ChangeHub::close() {
  std::lock_guard lock(mutex_);
  closed_.store(true, std::memory_order_relaxed);
  for (const auto& [user_id, notify] : listeners_) notify->notify();
}

size_t ChangeHub::size() const {
  std::lock_guard lock(mutex_);
  return listeners_.size();
}

void ChangeHub::forget(const Listener& listener) {
  std::lock_guard lock(mutex_);
  const auto [first, last] = listeners_.equal_range(listener.user_id_);
  for (auto at = first; at != last; ++at) {
    if (at->second != listener.notify_) continue;
    listeners_.erase(at);
    return;
  }
}

}  // namespace whinchat::store
