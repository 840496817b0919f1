// An http::Client that plays prepared replies, for the rules of retrying and mapping. Faults of real networks are tested
// end to end with a real server.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"

namespace whinchat::provider {

class ScriptedClient : public http::Client {
 public:
  struct Step {
    int status = 0;                    // 0: no head comes
    http::Headers headers;
    std::vector<std::string> body;
    std::optional<Error> error;        // after head and body
  };
  std::deque<Step> steps;
  std::vector<http::ClientRequest> requests;

  Result<http::ClientHead> send(http::ClientRequest request, const std::function<bool(const http::ClientHead&)>& on_head,
                                const std::function<bool(std::string_view)>& on_body) override {
    requests.push_back(request);
    if (steps.empty()) return Error{ErrorCode::kProviderUnavailable, "", "the script is over", {}};
    const Step step = std::move(steps.front());
    steps.pop_front();
    http::ClientHead head{step.status, step.headers};
    if (step.status != 0) {
      if (!on_head(head)) return head;
      for (const std::string& piece : step.body) {
        if (!on_body(piece)) return head;
      }
    }
    if (step.error) return *step.error;
    return head;
  }
  Stats stats() const override { return {}; }
};

}  // namespace whinchat::provider
