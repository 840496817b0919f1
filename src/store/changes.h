// What has changed for a user since a revision, and who waits to be told.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/notify.h"
#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

struct Changes {
  int64_t revision = 0;                     // pass as `since` the next time
  bool reset = false;                       // too much has changed, or what tells it is gone: load the list anew
  std::vector<Conversation> conversations;  // changed ones, deleted ones too, oldest change first
};

// Error: kNotFound: no such user.
Result<int64_t> revision_of(Connection& connection, std::string_view user_id);
Result<Changes> changes_since(Connection& connection, std::string_view user_id, int64_t since);

// Devices that wait for a user's next change. Thread-safe.
class ChangeHub {
 public:
  // One waiting device; gone with its object, which must not outlive the hub.
  class Listener {
   public:
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    io::Wake wait(io::TimePoint deadline) { return notify_->wait(deadline); }  // on a fiber; sticky: nothing is missed
    bool closed() const { return hub_.closed(); }  // nothing will come any more: the server ends

   private:
    friend class ChangeHub;
    Listener(ChangeHub& hub, std::string user_id, std::shared_ptr<io::Notify> notify)
        : hub_(hub), user_id_(std::move(user_id)), notify_(std::move(notify)) {}
    ChangeHub& hub_;
    std::string user_id_;
    std::shared_ptr<io::Notify> notify_;
  };

  // Error: kTooManyStreams beyond limits::kListenersPerUser and kListeners.
  Result<std::unique_ptr<Listener>> listen(const std::string& user_id);
  void notify(const std::vector<std::string>& user_ids);  // never waits
  void close();  // for good: wakes everybody, and whoever listens from now on
  bool closed() const { return closed_.load(std::memory_order_relaxed); }
  size_t size() const;

 private:
  void forget(const Listener& listener);

  mutable std::mutex mutex_;
  std::atomic<bool> closed_{false};
  std::multimap<std::string, std::shared_ptr<io::Notify>> listeners_;  // under mutex_
};

}  // namespace whinchat::store
