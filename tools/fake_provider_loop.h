// One epoll loop of the fake provider: accepts, reads requests, plays their scripts. One thread owns a loop and all its
// connections; only Log, Seen and Counters are shared. Linux only.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "fake_provider_log.h"
#include "fake_provider_script.h"

namespace whinchat::fake {

struct Shared {
  Defaults defaults;
  SSL_CTX* tls = nullptr;  // null: plain HTTP
  Log log{true};
  Seen seen;
  Counters counters;
  std::mutex defaults_mutex;
  explicit Shared(bool with_log) : log(with_log) {}
};

// A listening socket on the loopback address; port 0 takes a free one. Exits with a message when it cannot.
int listen_on(int& port, bool share_port);

class Loop {
 public:
  Loop(Shared& shared, int listener);
  void run();  // never returns

 private:
  struct Connection {
    int fd = -1;
    uint64_t id = 0;
    SSL* ssl = nullptr;
    bool handshaken = true;
    bool answering = false;
    bool hanging = false;
    bool timed = false;      // a timer is running; nothing is played before it
    bool wants_out = false;
    int64_t requests = 0;
    uint64_t timer = 0;  // a due timer with another number is stale
    std::string in, out;
    size_t out_at = 0;
    Script script;
    size_t step = 0;
    int64_t index = 0;
    std::shared_ptr<Record> record;
  };
  struct Timer {
    int64_t due_ns;
    uint64_t connection, number;
    bool operator>(const Timer& other) const { return due_ns > other.due_ns; }
  };
  enum class Turn { kWaiting, kBlocked, kAgain, kGone };

  void accept_all();
  void on_event(uint64_t id, uint32_t events);
  void on_readable(Connection& c);
  bool handshake(Connection& c);
  void take_requests(Connection& c);
  void begin(Connection& c, Received request);
  bool control(Connection& c, const Received& request);
  void play(Connection& c);
  Turn play_some(Connection& c);
  Turn play_step(Connection& c, const Step& step);
  Turn flush(Connection& c);
  void arm(Connection& c, int64_t ms);
  void want_out(Connection& c, bool wanted);
  void finish_answer(Connection& c);
  void drop(Connection& c, bool reset, bool by_peer, bool peer_reset);
  int next_timeout_ms();
  void run_timers();

  Shared& shared_;
  int listener_;
  int epoll_ = -1;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<uint64_t> ready_;
};

}  // namespace whinchat::fake
