// Turns one received request into the list of steps that answer it. No input or output here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fake_provider_plan.h"
#include "fake_provider_wire.h"

namespace whinchat::fake {

struct Step {
  enum class Do {
    kSend,    // bytes
    kWait,    // ms
    kPieces,  // from..to of the wire's text chunks, each framed as one HTTP chunk, ms apart; to -1: endless
    kRepeat,  // bytes, for ever, ms apart
    kDrip,    // bytes one at a time, ms apart
    kFill,    // count bytes of 'x' inside one HTTP chunk
    kHang,    // nothing more, connection stays open
    kReset,   // RST
    kClose,   // FIN
    kDone,    // the answer is complete; the connection may be used again
  };
  Do what = Do::kDone;
  std::string bytes = {};
  int64_t ms = 0;
  int64_t from = 0;
  int64_t to = 0;
  std::shared_ptr<const Wire> wire = nullptr;
};

using Script = std::vector<Step>;

// One received HTTP request. Header names in lower case, in wire order.
struct Received {
  std::string method, target, body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string header(std::string_view name) const;
};

// Counts how often a directive was seen, for `times=N`. Shared by all loops.
class Seen {
 public:
  int64_t count(const std::string& key);
  void clear();

 private:
  std::mutex mutex_;
  std::map<std::string, int64_t> counts_;
};

// True when the target is a provider's endpoint (…/chat/completions, …/responses, …/messages, …/models).
bool is_provider_path(const std::string& target);
Script make_script(const Received& request, const Defaults& defaults, Seen& seen);
Script plain_answer(int status, const std::string& type, const std::string& body);

}  // namespace whinchat::fake
