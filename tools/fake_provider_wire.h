// The bytes of a provider's answer in each dialect: OpenAI Chat Completions, OpenAI Responses, Anthropic Messages.
// Shapes follow the vendors' API references and SDK types as of November 2026. Pure functions of their arguments.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fake_provider_plan.h"

namespace whinchat::fake {

// One streamed answer. piece(i) must be cheap: it runs once per chunk under load.
class Wire {
 public:
  Wire(const Asked& asked, const Plan& plan);

  int64_t pieces() const { return pieces_; }          // text chunks; -1: endless
  std::vector<std::string> opening() const;           // events before the first text chunk
  void piece(int64_t index, std::string& out) const;  // one SSE event, appended
  std::vector<std::string> closing() const;           // finish, usage, end mark
  std::string error_event() const;                    // an error in mid-stream
  std::string ping_event() const;
  std::string whole_body() const;                     // the same answer without streaming
  std::string error_body(int status) const;

 private:
  std::string piece_text(int64_t index) const;
  std::string full_text() const;
  std::string event(std::string_view name, std::string_view data) const;
  std::vector<std::string> opening_chat() const;
  std::vector<std::string> opening_responses() const;
  std::vector<std::string> opening_messages() const;
  std::vector<std::string> closing_chat() const;
  std::vector<std::string> closing_responses() const;
  std::vector<std::string> closing_messages() const;
  std::string chat_chunk(std::string_view delta, std::string_view finish) const;
  std::string usage_json() const;
  std::string stop_reason() const;
  std::string responses_result(std::string_view status, bool with_output) const;

  Asked asked_;
  Plan plan_;
  int64_t pieces_ = 0;
  int64_t chunk_bytes_ = 0;
  std::vector<std::string> texts_;  // when the text is given; else counted words
  std::string newline_;             // "\n" or "\r\n"
  std::string piece_prefix_, piece_suffix_;
};

std::string models_body(bool anthropic);
std::string gzip_stored(std::string_view bytes);  // RFC 1952 with one stored block; bytes < 65,536

}  // namespace whinchat::fake
