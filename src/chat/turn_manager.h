// All turns of this process: begins them, finds them, stops them, and ends them in order when the server ends.
//
// A turn is a fiber of its own; the request that began it may end, its readers may come and go. Everything here is
// thread-safe; what says so waits on the calling fiber.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "chat/journal.h"
#include "chat/turn_log.h"
#include "chat/turn_records.h"
#include "chat/turn_runner.h"
#include "model/turn.h"

namespace whinchat::chat {

struct StartTurn {
  std::string id;
  std::string user_id;
  std::string conversation_id;
  TurnKind kind = TurnKind::kAsk;
  std::optional<std::string> parent_id;
  std::string message;                // ask only
  std::string instructions;           // of the person, behind the system prompt
  std::vector<std::string> attachments;  // ask only: ids of files; message may then be blank
  std::string provider;               // empty: the conversation's last one, else the default
  std::string model;                  // empty: likewise
  std::optional<int> max_tokens;
  std::optional<double> temperature;
  int running_max = limits::kTurnsPerUser;
};

class TurnManager {
 public:
  explicit TurnManager(TurnParts parts);
  ~TurnManager();  // stop()

  // Before anything else, on a plain thread: what the last process left running is ended.
  Result<int> recover();
  void start();  // the loops run

  struct Begun {
    Turn turn;
    bool is_new = true;
    size_t position = 0;  // bytes of the answer that readers may have
  };
  // Stores the question and starts the answer; the same request again gives the first result. Waits.
  // Errors: those of admit_turn(); kTooManyStreams, kProviderUnavailable, kUnavailable (draining, database).
  Result<Begun> begin(const StartTurn& wanted);

  // Of this user; another's is kNotFound. Wait, when the turn is no longer in memory.
  struct Found {
    Turn turn;
    size_t position = 0;  // bytes of the answer that readers may have
  };
  Result<Found> find(const std::string& user_id, const std::string& turn_id);
  Result<std::shared_ptr<TurnLog>> log_of(const std::string& user_id, const std::string& turn_id);
  // Asks a running turn to end; it does soon. Of an ended one nothing changes.
  Result<Found> stop_turn(const std::string& user_id, const std::string& turn_id);
  void stop_all_of(std::string_view user_id);  // the user is gone or may not go on; does not wait

  // --- the end of the server ---
  void refuse_new();             // from now on begin() says kUnavailable
  size_t running() const;        // turns that have not ended
  void interrupt_all();          // readers end without the answer's end; the turns become interrupted
  void stop();                   // blocks until no fiber of ours is left, some seconds at most; final. A plain thread

  Journal::Stats journal_stats() const { return journal_.stats(); }

 private:
  using Running = std::shared_ptr<RunningTurn>;
  struct Place;                  // one of the user's running turns

  struct Seen;                   // what is known before the admission
  Result<Seen> look(const StartTurn& wanted, const std::string& hash);
  Result<std::shared_ptr<provider::Provider>> choose(const StartTurn& wanted, const Conversation& conversation, std::string& model) const;
  Result<Admission> admit(const TurnOrder& order, const Running& running);
  Result<Begun> repeated(const Turn& turn);
  Running find_running(const std::string& user_id, const std::string& turn_id) const;
  std::shared_ptr<TurnLog> find_recent(const std::string& user_id, const std::string& turn_id);
  void keep(const std::shared_ptr<TurnLog>& log);
  void drop_old();               // under mutex_
  Result<store::StoredTurn> stored(const std::string& user_id, const std::string& turn_id);
  std::optional<int64_t> price_of(const Turn& turn) const;  // of its usage
  int64_t now_ms() const { return parts_.clock.now().epoch_ms; }

  const TurnParts parts_;
  Journal journal_;
  TurnRunner runner_;

  mutable std::mutex mutex_;
  // All below under mutex_.
  std::unordered_map<std::string, Running> running_;         // by the turn's id
  std::unordered_map<std::string, int> places_;              // by user: running and about to begin
  int places_taken_ = 0;
  std::unordered_set<Running> fibers_;                       // whose fiber has not ended, those that name conversations included
  struct Ended {
    std::shared_ptr<TurnLog> log;
    io::TimePoint until;
    size_t bytes = 0;
  };
  std::deque<Ended> ended_;                                  // oldest first
  size_t ended_bytes_ = 0;
  bool refusing_ = false;
  bool stopped_ = false;
};

}  // namespace whinchat::chat
