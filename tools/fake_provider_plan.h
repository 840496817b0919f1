// What the fake provider shall do with one request, read from a directive inside the request itself.
//
// A directive is the word `fake:` followed by comma-separated names, each with an optional value:
//   fake:chunks=200,delay_ms=20      fake:status=429,retry_after=2,times=1      fake:saturate
// It stands in the model's name or anywhere in the last user message, and ends at white space. Values may be
// percent-encoded. The names are listed in kPlanHelp. Used on one loop thread at a time; owns its strings.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace whinchat::fake {

enum class Dialect { kChat, kResponses, kMessages };

extern const char* const kPlanHelp;

// From the command line: what a request without a directive gets.
struct Defaults {
  int64_t chunks = 8;
  int64_t delay_ms = 0;
  int64_t chunk_bytes = 0;  // 0: counted words
  std::string directive;    // "chunks=3,finish=length"; applies to every request without its own
};

class Plan {
 public:
  Plan() = default;
  Plan(std::string_view directive, const Defaults& defaults);

  bool has(std::string_view name) const;
  int64_t number(std::string_view name, int64_t otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  void forget(std::string_view name);
  const std::string& key() const { return key_; }

 private:
  std::string key_;  // the directive as written
  std::map<std::string, std::string, std::less<>> values_;
};

// The part of a provider request that the answer depends on.
struct Asked {
  Dialect dialect = Dialect::kChat;
  std::string model;
  std::string key;  // the API key as received, without "Bearer "
  std::string host;
  bool stream = false;
  bool include_usage = false;
  bool valid_json = false;
  std::string directive;  // without "fake:"; empty when there is none
};

Asked read_request(Dialect dialect, std::string_view body);
std::string percent_decode(std::string_view text);

}  // namespace whinchat::fake
