#include "provider/registry.h"

#include <algorithm>
#include <limits>

#include "provider/demo_provider.h"
#include "provider/discovery.h"
#include "provider/endpoint.h"
#include "provider/model_list.h"
#include "provider/transcription.h"
#include "provider/model_table.h"

namespace whinchat::provider {

namespace {

constexpr std::chrono::minutes kRefresh{10};
constexpr std::chrono::seconds kLookAgain{30};

// The guide's two, which every answer of /api/models and /api/health names.
struct Usual {
  std::string_view id;
  std::string_view name;
  std::string_view variable;
  Vendor vendor;
};
constexpr Usual kUsual[] = {{"openai", "OpenAI", "OPENAI_API_KEY", Vendor::kOpenAi}, {"claude", "Claude", "ANTHROPIC_API_KEY", Vendor::kAnthropic}};

std::string not_configured(const Usual& usual) {
  return std::string(usual.name) + " is not configured. Set " + std::string(usual.variable) + " and start the server again.";
}

Vendor vendor_of(const Provider& provider) {
  const auto* http = dynamic_cast<const HttpProvider*>(&provider);
  return http ? http->endpoint().traits.vendor : Vendor::kOther;
}

}  // namespace

std::string_view model_table_date() { return kModelTableDate; }

struct Registry::Known {
  std::shared_ptr<Provider> provider;
  std::string base_url;
  bool found = false;                // on this machine, by looking; gone when it does not answer any more
  bool has_live_list = false;
  std::vector<ModelInfo> models;
  std::string problem;               // why its last list was refused for good: a sentence

  // A server that was found but holds no model is not offered as an answerer.
  bool empty_server() const { return found && has_live_list && models.empty(); }
};

struct Registry::State {
  std::vector<Known> known;
  std::shared_ptr<const Snapshot> snapshot;
};

Registry::Registry(RegistryOptions options, http::Client& client, Log& log) : options_(std::move(options)), client_(client), log_(log) {
  std::vector<Known> known;
  for (const ProviderConfig& config : options_.providers) {
    if (config.kind != ProviderKind::kDemo) known.push_back(make(config));
  }
  publish(std::move(known));
}

Registry::~Registry() { stop(); }

std::string Registry::today() const { return rfc3339(clock_.now().epoch_ms).substr(0, 10); }

Registry::Known Registry::make(const ProviderConfig& config) const {
  ProviderConfig own = config;
  if (own.model.empty() && own.id == options_.default_provider) own.model = options_.default_model;
  Known known;
  known.base_url = config.base_url;
  Endpoint endpoint = make_endpoint(own, today());
  endpoint.connect_max = options_.connect_max;
  endpoint.head_max = options_.head_max;
  endpoint.idle_max = options_.idle_max;
  endpoint.failures_max = options_.failures_max;
  const Vendor vendor = endpoint.vendors_own ? endpoint.traits.vendor : Vendor::kOther;
  known.provider = std::make_shared<HttpProvider>(std::move(endpoint), HttpProviderParts{client_, clock_, &log_, {}, {}});
  known.models = table_models(vendor, today());
  return known;
}

// Those of the settings and those that have a stored key, each with the key that counts.
std::vector<ProviderConfig> Registry::configured(const std::map<std::string, Secret, std::less<>>& stored) const {
  std::vector<ProviderConfig> out = options_.providers;
  out.insert(out.end(), options_.possible.begin(), options_.possible.end());
  for (ProviderConfig& config : out) {
    const auto key = stored.find(config.id);
    if (config.api_key.empty() && key != stored.end()) config.api_key = key->second;
  }
  const auto possible = out.begin() + static_cast<std::ptrdiff_t>(options_.providers.size());
  out.erase(std::remove_if(possible, out.end(), [](const ProviderConfig& config) { return config.api_key.empty(); }), out.end());
  return out;
}

void Registry::set_stored_keys(std::map<std::string, Secret, std::less<>> keys) {
  const auto before = state();
  std::vector<Known> known;
  for (const ProviderConfig& config : configured(keys)) {
    if (config.kind != ProviderKind::kDemo) known.push_back(make(config));
  }
  for (const Known& k : before->known) {
    if (k.found) known.push_back(k);
  }
  auto next = make_state(std::move(known));
  {
    std::lock_guard lock(mutex_);
    stored_keys_ = std::move(keys);
    ++generation_;
    state_ = std::move(next);
  }
  keys_changed_.notify();
}

std::vector<KeyState> Registry::key_states() const {
  std::lock_guard lock(mutex_);
  std::vector<KeyState> out;
  const auto add = [&](const ProviderConfig& config) {
    if (config.kind == ProviderKind::kDemo) return;
    KeyState entry{config.id, config.name, config.base_url, KeySource::kNone, ""};
    const auto stored = stored_keys_.find(config.id);
    if (!config.api_key.empty()) entry.source = KeySource::kSettings, entry.last4 = config.api_key.last4();
    else if (stored != stored_keys_.end()) entry.source = KeySource::kStored, entry.last4 = stored->second.last4();
    out.push_back(std::move(entry));
  };
  for (const ProviderConfig& config : options_.providers) add(config);
  for (const ProviderConfig& config : options_.possible) add(config);
  return out;
}

void Registry::publish(std::vector<Known> known) {
  auto next = make_state(std::move(known));
  std::lock_guard lock(mutex_);
  state_ = std::move(next);
}

// False: keys changed since that generation, so that this is about providers of yesterday.
bool Registry::publish_unless_changed(std::vector<Known> known, uint64_t generation) {
  auto next = make_state(std::move(known));
  std::lock_guard lock(mutex_);
  if (generation != generation_) return false;
  state_ = std::move(next);
  return true;
}

// Fills in what requests look at: the demo where it belongs, the usual two even when they are not configured.
std::shared_ptr<const Registry::State> Registry::make_state(std::vector<Known> known) const {
  const bool nobody = std::all_of(known.begin(), known.end(), [](const Known& k) { return k.empty_server(); });
  if (options_.demo_always || (options_.demo_when_empty && nobody)) {
    Known demo;
    demo.provider = std::make_shared<DemoProvider>();
    demo.models = demo.provider->list_models().value();
    demo.has_live_list = true;
    known.push_back(std::move(demo));
  }
  auto snapshot = std::make_shared<Snapshot>();
  for (const Usual& usual : kUsual) {
    const bool configured = std::any_of(known.begin(), known.end(), [&](const Known& k) { return k.provider->id() == usual.id; });
    if (configured) continue;
    snapshot->providers.push_back({std::string(usual.id), std::string(usual.name), false, not_configured(usual), table_models(usual.vendor, today())});
  }
  for (const Known& k : known) {
    const std::string name(k.provider->name());
    const std::string reason = k.empty_server() ? name + " is running but has no model yet." : k.problem;
    snapshot->providers.push_back({std::string(k.provider->id()), name, reason.empty(), reason, k.models});
  }
  auto made = std::make_shared<State>();
  made->known = std::move(known);
  made->snapshot = std::move(snapshot);
  return made;
}

void Registry::start(io::LoopGroup& loops) {
  fiber_ = io::spawn(loops.at(0), [this] { serve(); });
}

void Registry::stop() { fiber_.cancel(); }

void Registry::serve() {
  for (;;) {
    refresh();
    if (io::this_fiber::cancelled()) return;
    const auto now_known = state();
    const bool found = std::any_of(now_known->known.begin(), now_known->known.end(), [](const Known& k) { return k.found; });
    const bool look_again = options_.local_discovery && !found;
    if (keys_changed_.wait(io::Clock::now() + (look_again ? std::chrono::duration_cast<io::Duration>(kLookAgain) : kRefresh)) == io::Wake::kCancelled) return;
  }
}

std::vector<Registry::Known> Registry::look_around() {
  const auto before = state();
  std::vector<Known> known;
  for (const Known& k : before->known) {
    if (!k.found && k.provider->id() != "demo") known.push_back(k);
  }
  if (!options_.local_discovery) return known;
  for (const ProviderConfig& config : discover_local_servers(client_, options_.ollama_host)) {
    const bool configured = std::any_of(known.begin(), known.end(), [&](const Known& k) {
      return k.provider->id() == config.id || k.base_url == config.base_url;
    });
    if (configured) continue;
    const auto same = std::find_if(before->known.begin(), before->known.end(), [&](const Known& k) { return k.found && k.base_url == config.base_url; });
    if (same != before->known.end()) {
      known.push_back(*same);
      continue;
    }
    known.push_back(make(config));
    known.back().found = true;
    log_.info("providers", "A model server was found on this machine", {{"provider", config.name}});
  }
  return known;
}

void Registry::refresh() {
  uint64_t generation = 0;
  {
    std::lock_guard lock(mutex_);
    generation = generation_;
  }
  std::vector<Known> known = look_around();
  if (io::this_fiber::cancelled()) return;
  if (!publish_unless_changed(known, generation)) return;  // found ones can be asked while the lists are being read
  for (Known& k : known) {
    read_models(k);
    if (io::this_fiber::cancelled()) return;
  }
  publish_unless_changed(std::move(known), generation);  // else the change has a refresh of its own coming
}

void Registry::read_models(Known& known) const {
  auto live = known.provider->list_models();
  if (!live.ok()) {
    if (live.error().code != ErrorCode::kCancelled) {
      log_.warning("providers", "The list of models could not be read", {{"provider", known.provider->name()}, {"detail", live.error().detail}});
    }
    known.problem = live.error().code == ErrorCode::kProviderAuth ? live.error().message : "";
    return;  // the last list, or the table, stays
  }
  known.problem.clear();
  auto* http = dynamic_cast<HttpProvider*>(known.provider.get());
  if (http) http->set_listed_transcriber(pick_transcription_model(*live));
  known.models = merge_models(vendor_of(*known.provider), std::move(live).value(), today());
  known.has_live_list = true;
  if (http && http->endpoint().default_model.empty() && !known.models.empty()) http->set_listed_default(known.models.front().id);
}

std::shared_ptr<const Registry::State> Registry::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<const Snapshot> Registry::snapshot() const { return state()->snapshot; }

std::shared_ptr<Provider> Registry::find(std::string_view id) const {
  const auto now = state();
  const auto by_id = [&](std::string_view wanted) -> std::shared_ptr<Provider> {
    for (const Known& k : now->known) {
      if (k.provider->id() == wanted) return k.provider;
    }
    return nullptr;
  };
  if (!id.empty()) return by_id(id);
  for (std::string_view preferred : {std::string_view(options_.default_provider), kUsual[0].id, kUsual[1].id}) {
    if (auto provider = preferred.empty() ? nullptr : by_id(preferred)) return provider;
  }
  for (const Known& k : now->known) {
    if (!k.empty_server()) return k.provider;
  }
  return nullptr;
}

std::optional<std::string> Registry::why_unavailable(std::string_view id) const {
  for (const Usual& usual : kUsual) {
    if (usual.id == id) return not_configured(usual);
  }
  if (id.empty()) return "No provider is configured. Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or start Ollama, and start the server again.";
  return std::nullopt;
}

bool Registry::offers(const Provider& provider, std::string_view model) const {
  if (model.empty() || model == provider.default_model()) return true;
  const auto now = state();
  for (const Known& k : now->known) {
    if (k.provider.get() != &provider) continue;
    const bool listed = std::any_of(k.models.begin(), k.models.end(), [&](const ModelInfo& m) { return m.id == model; });
    if (listed || !k.has_live_list) return listed || k.models.empty() || vendor_of(provider) == Vendor::kOther;
    break;
  }
  const ModelRow* row = find_model(vendor_of(provider), model);  // dated and alias forms that lists leave out
  return row && vendor_of(provider) != Vendor::kOther && !is_retired(*row, today());
}

std::shared_ptr<Provider> Registry::transcriber() const {
  if (auto usual = find(""); usual && !usual->transcription_model().empty()) return usual;
  for (const Known& k : state()->known) {
    if (!k.provider->transcription_model().empty()) return k.provider;
  }
  return nullptr;
}

ModelInfo Registry::about(const Provider& provider, std::string_view model) const {
  const auto now = state();
  for (const Known& k : now->known) {
    if (k.provider.get() != &provider) continue;
    const auto listed = std::find_if(k.models.begin(), k.models.end(), [&](const ModelInfo& m) { return m.id == model; });
    if (listed != k.models.end()) return *listed;
  }
  ModelInfo info;
  info.id = info.name = model;
  if (const ModelRow* row = find_model(vendor_of(provider), model)) {
    info.name = row->name;
    info.context_tokens = row->context_tokens;
    info.output_tokens_max = row->output_tokens_max;
    info.input_price = row->input_price;
    info.output_price = row->output_price;
    info.cached_input_price = row->cached_input_price;
    info.sees_images = row->sees_images;
  }
  return info;
}

std::string Registry::cheap_model(const Provider& provider, std::string_view model) const {
  const ModelInfo own = about(provider, model);
  std::string best(model);
  double best_price = own.output_price >= 0 ? own.output_price : std::numeric_limits<double>::max();
  const auto now = state();
  for (const Known& k : now->known) {
    if (k.provider.get() != &provider) continue;
    for (const ModelInfo& m : k.models) {
      // Only what the table knows as well: the cheapest of a long list may be one that cannot write.
      if (!m.available || m.output_price <= 0 || m.output_price >= best_price || !find_model(vendor_of(provider), m.id)) continue;
      best = m.id;
      best_price = m.output_price;
    }
  }
  return best;
}

}  // namespace whinchat::provider
