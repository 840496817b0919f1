// All providers of this server: the configured ones, those found on this machine, and the demo; with their models.
//
// What requests see is a snapshot, replaced as a whole when lists were read or a local server came or went; nobody waits
// for a provider to show a page. Lists are read at the start and every kRefresh; local servers are looked for at the same
// times, and every kLookAgain while none was found. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/notify.h"
#include "model/provider_config.h"
#include "provider/http_provider.h"
#include "provider/provider.h"

namespace whinchat::provider {

struct RegistryOptions {
  std::vector<ProviderConfig> providers;
  std::vector<ProviderConfig> possible;  // known by name, but without a key: there as soon as one is given
  std::string default_provider;  // id; empty: the first of openai, claude, other configured ones, found ones, demo
  std::string default_model;     // of that provider
  bool local_discovery = true;
  std::string ollama_host;
  std::chrono::seconds connect_max{0};  // for all providers; 0: their usual times
  std::chrono::seconds head_max{0};
  std::chrono::seconds idle_max{0};
  size_t failures_max = limits::kProviderFailures;  // in a row, before a provider gets a pause; 0: any number
  bool demo_when_empty = true;   // the demo is there while no other provider is
  bool demo_always = false;
};

struct ProviderEntry {
  std::string id;
  std::string name;
  bool available = false;
  std::string reason;            // why not; a sentence
  std::vector<ModelInfo> models;
};

// Where a provider's key comes from, for administrators.
enum class KeySource { kNone, kSettings, kStored };
struct KeyState {
  std::string id;
  std::string name;
  std::string base_url;
  KeySource source = KeySource::kNone;
  std::string last4;             // "…cdef"
};

struct Snapshot {
  std::vector<ProviderEntry> providers;  // "openai" and "claude" are always there
};

class Registry {
 public:
  Registry(RegistryOptions options, http::Client& client, Log& log);
  ~Registry();

  // The keys that administrators entered, by provider, instead of those given before. The settings' own keys win. Takes
  // effect at once; lists of models are read soon after. Any thread.
  void set_stored_keys(std::map<std::string, Secret, std::less<>> keys);
  std::vector<KeyState> key_states() const;  // of every provider that takes a key

  void start(io::LoopGroup& loops);  // once
  void stop();                       // any thread; the refresh ends soon after

  std::shared_ptr<Provider> find(std::string_view id) const;                   // "": the default one; null: none
  std::optional<std::string> why_unavailable(std::string_view id) const;       // for names that are known but not configured
  // May this model be asked for? Live list, table and settings decide; a provider without a list takes any name.
  bool offers(const Provider& provider, std::string_view model) const;
  std::shared_ptr<const Snapshot> snapshot() const;
  std::shared_ptr<Provider> transcriber() const;  // the first that writes down speech, the default one first; null: none
  // What is known of a model: its provider's list, else the table; only the id when nobody knows it.
  ModelInfo about(const Provider& provider, std::string_view model) const;
  // For small tasks beside an answer: the provider's cheapest model of the table, or the given one when none is cheaper.
  std::string cheap_model(const Provider& provider, std::string_view model) const;

 private:
  struct Known;  // a provider and what is known of its models
  struct State;  // immutable once published

  void publish(std::vector<Known> known);
  bool publish_unless_changed(std::vector<Known> known, uint64_t generation);
  std::shared_ptr<const State> make_state(std::vector<Known> known) const;
  std::vector<ProviderConfig> configured(const std::map<std::string, Secret, std::less<>>& stored) const;
  void refresh();                    // fiber
  void serve();                      // fiber
  std::vector<Known> look_around();  // fiber: configured ones and found ones
  Known make(const ProviderConfig& config) const;
  void read_models(Known& known) const;
  std::shared_ptr<const State> state() const;
  std::string today() const;

  const RegistryOptions options_;
  http::Client& client_;
  Log& log_;
  SystemClock clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const State> state_;  // under mutex_
  std::map<std::string, Secret, std::less<>> stored_keys_;  // under mutex_
  uint64_t generation_ = 0;             // under mutex_; of stored_keys_
  io::Notify keys_changed_;
  io::FiberRef fiber_;
};

std::string_view model_table_date();

}  // namespace whinchat::provider
