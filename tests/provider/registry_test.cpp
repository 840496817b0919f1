// What requests see of all providers: configured ones, found ones, the demo; lists, defaults, reasons.
#include "provider/registry.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <thread>

#include "provider/scripted_client.h"

using namespace whinchat;
using namespace whinchat::provider;

namespace {

// Replies by address; everything else cannot be reached.
class RoutedClient : public http::Client {
 public:
  void answer(const std::string& url, int status, std::string body, http::Headers headers = {}) {
    const std::lock_guard lock(mutex_);
    replies_[url] = {status, std::move(headers), std::move(body)};
  }
  Result<http::ClientHead> send(http::ClientRequest request, const std::function<bool(const http::ClientHead&)>& on_head,
                                const std::function<bool(std::string_view)>& on_body) override {
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.url);
      const auto it = replies_.find(request.url);
      if (it == replies_.end()) return Error{ErrorCode::kProviderUnavailable, "", "refused", {}};
      reply = it->second;
    }
    http::ClientHead head{reply.status, reply.headers};
    if (on_head(head)) on_body(reply.body);
    return head;
  }
  Stats stats() const override { return {}; }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Reply> replies_;
  std::vector<std::string> asked_;
};

ProviderConfig config(std::string id, ProviderKind kind, std::string base_url, std::string model = "") {
  ProviderConfig c;
  c.id = id;
  c.name = id == "claude" ? "Claude" : id == "openai" ? "OpenAI" : id;
  c.kind = kind;
  c.base_url = std::move(base_url);
  c.api_key = Secret("secret-key-123");
  c.model = std::move(model);
  return c;
}

RegistryOptions quiet(std::vector<ProviderConfig> providers) {
  RegistryOptions options;
  options.providers = std::move(providers);
  options.local_discovery = false;
  return options;
}

struct Stage {
  static LogOptions silent() {
    LogOptions options;
    options.console = false;
    return options;
  }
  explicit Stage(RegistryOptions options) : log(Log::open(silent()).value()), registry(std::move(options), client, *log) {}
  // Lets the registry look once; true when the snapshot came to what is awaited.
  bool refresh_until(const std::function<bool()>& done) {
    io::LoopGroup loops(1);
    registry.start(loops);
    bool ok = false;
    for (int i = 0; i < 500 && !(ok = done()); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    registry.stop();
    for (int i = 0; i < 500 && io::fiber_count() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return ok;
  }
  const ProviderEntry* entry(std::string_view id) {
    shown = registry.snapshot();
    for (const ProviderEntry& e : shown->providers) {
      if (e.id == id) return &e;
    }
    return nullptr;
  }
  RoutedClient client;
  std::unique_ptr<Log> log;
  Registry registry;
  std::shared_ptr<const Snapshot> shown;
};

bool has(const ProviderEntry* e, std::string_view model) {
  if (!e) return false;
  for (const ModelInfo& m : e->models) {
    if (m.id == model) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("with nothing configured the demo answers, and the guide's two are named with the reason") {
  Stage stage(quiet({}));
  REQUIRE(stage.registry.find(""));
  CHECK(stage.registry.find("")->id() == "demo");
  for (const char* id : {"openai", "claude"}) {
    const ProviderEntry* e = stage.entry(id);
    REQUIRE(e);
    CHECK(!e->available);
    CHECK(e->reason.find("_API_KEY") != std::string::npos);
    CHECK(!has(e, "gpt-4"));
    CHECK(!stage.registry.find(id));
    CHECK(stage.registry.why_unavailable(id));
  }
  CHECK(stage.entry("demo")->available);
  CHECK(!stage.registry.why_unavailable("nonsense"));
}

TEST_CASE("with a provider configured the demo is gone and the table fills the list until the live one comes") {
  Stage stage(quiet({config("openai", ProviderKind::kOpenAi, "https://api.openai.com/v1")}));
  CHECK(stage.registry.find("")->id() == "openai");
  CHECK(!stage.registry.find("demo"));
  CHECK(has(stage.entry("openai"), "gpt-6.1-terra"));
  stage.client.answer("https://api.openai.com/v1/models", 200,
                      R"({"data":[{"id":"gpt-6-luna"},{"id":"gpt-7"},{"id":"whisper-1"},{"id":"gpt-4"}]})");
  REQUIRE(stage.refresh_until([&] { return has(stage.entry("openai"), "gpt-7"); }));
  const ProviderEntry* e = stage.entry("openai");
  CHECK(e->models.size() == 2);
  CHECK(e->models[0].name == "GPT-6 Luna");
  const auto provider = stage.registry.find("openai");
  CHECK(stage.registry.offers(*provider, "gpt-7"));
  CHECK(stage.registry.offers(*provider, ""));
  CHECK(stage.registry.offers(*provider, "gpt-4o-2024-08-06"));
  CHECK(!stage.registry.offers(*provider, "gpt-4"));
  CHECK(!stage.registry.offers(*provider, "no-such-model"));
}

TEST_CASE("a refused key is told, a list that fails otherwise leaves things as they were") {
  Stage stage(quiet({config("openai", ProviderKind::kOpenAi, "https://api.openai.com/v1"), config("claude", ProviderKind::kAnthropic, "https://api.anthropic.com")}));
  stage.client.answer("https://api.openai.com/v1/models", 401, R"({"error":{"message":"Incorrect API key secret-key-123","code":"invalid_api_key"}})");
  stage.client.answer("https://api.anthropic.com/v1/models?limit=1000", 500, "{}");
  REQUIRE(stage.refresh_until([&] { return !stage.entry("openai")->available; }));
  CHECK(stage.entry("openai")->reason == "OpenAI does not accept the configured API key.");
  CHECK(stage.entry("claude")->available);
  CHECK(has(stage.entry("claude"), "claude-sonnet-5-5"));
}

TEST_CASE("a compatible server without a default takes the first of its list") {
  Stage stage(quiet({config("groq", ProviderKind::kCompatible, "https://api.groq.com/openai/v1")}));
  const auto provider = stage.registry.find("groq");
  CHECK(provider->default_model().empty());
  CHECK(stage.registry.offers(*provider, "any-name-while-there-is-no-list"));
  stage.client.answer("https://api.groq.com/openai/v1/models", 200, R"({"data":[{"id":"zeta"},{"id":"openai/gpt-oss-120b"}]})");
  REQUIRE(stage.refresh_until([&] { return !provider->default_model().empty(); }));
  CHECK(provider->default_model() == "openai/gpt-oss-120b");
  CHECK(stage.registry.offers(*provider, "zeta"));
  CHECK(!stage.registry.offers(*provider, "not-in-its-list"));
}

TEST_CASE("a model server on this machine is found by its proof and offered") {
  RegistryOptions options = quiet({});
  options.local_discovery = true;
  Stage stage(options);
  stage.client.answer("http://127.0.0.1:11434/api/version", 200, R"({"version":"0.32.5"})");
  stage.client.answer("http://127.0.0.1:11434/v1/models", 200, R"({"object":"list","data":[{"id":"qwen3:8b"}]})");
  stage.client.answer("http://127.0.0.1:8080/health", 200, R"({"status":"ok"})", {{"Server", "somebody-else"}});
  stage.client.answer("http://127.0.0.1:8000/version", 200, R"({"version":"1"})");
  stage.client.answer("http://127.0.0.1:8000/v1/models", 200, R"({"data":[{"id":"x"}]})");
  REQUIRE(stage.refresh_until([&] { return has(stage.entry("ollama"), "qwen3:8b"); }));
  CHECK(stage.registry.find("")->id() == "ollama");
  CHECK(stage.registry.find("ollama")->default_model() == "qwen3:8b");
  for (const char* id : {"llamacpp", "vllm", "lmstudio", "demo"}) CHECK(!stage.registry.find(id));
  for (const std::string& url : stage.client.asked()) CHECK(url.find("http://127.0.0.1:") == 0);
}

TEST_CASE("a found server that holds no model says so, and the demo still answers") {
  RegistryOptions options = quiet({});
  options.local_discovery = true;
  Stage stage(options);
  stage.client.answer("http://127.0.0.1:11434/api/version", 200, R"({"version":"0.32.5"})");
  stage.client.answer("http://127.0.0.1:11434/v1/models", 200, R"({"object":"list","data":[]})");
  REQUIRE(stage.refresh_until([&] { return stage.entry("ollama") && !stage.entry("ollama")->available; }));
  CHECK(stage.entry("ollama")->reason == "Ollama is running but has no model yet.");
  CHECK(stage.registry.find("")->id() == "demo");
}

TEST_CASE("the default provider of the settings goes first") {
  RegistryOptions options = quiet({config("openai", ProviderKind::kOpenAi, "https://api.openai.com/v1"), config("claude", ProviderKind::kAnthropic, "https://api.anthropic.com")});
  options.default_provider = "claude";
  options.default_model = "claude-haiku-5-5";
  Stage stage(options);
  CHECK(stage.registry.find("")->id() == "claude");
  CHECK(stage.registry.find("")->default_model() == "claude-haiku-5-5");
  CHECK(stage.registry.find("openai")->default_model() == "gpt-6.1-terra");
}
