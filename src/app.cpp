#include "app.h"

#include <algorithm>
#include <future>
#include <thread>

#include "api/pipeline.h"
#include "app_settings.h"
#include "base/limits.h"
#include "io/loop.h"
#include "io/signals.h"
#include "process.h"
#include "store/caretaker.h"
#include "store/metric_intervals.h"
#include "version.h"

namespace whinchat {

namespace {

constexpr std::chrono::seconds kCertificateCheck{1};
constexpr std::chrono::seconds kGoodbyeTime{2};       // for streams to say that the server ends
constexpr std::chrono::milliseconds kPollTime{5};     // while waiting for the last fibers at the end
constexpr size_t kSpareDescriptors = 128;             // for providers, files and the log when clients take all they can

// Waits on a fiber until done() or until the time is over.
bool wait_until(const std::function<bool()>& done, std::chrono::milliseconds patience) {
  const auto end = io::Clock::now() + patience;
  while (!done() && io::Clock::now() < end) io::this_fiber::sleep_for(std::chrono::milliseconds(20));
  return done();
}

int loop_count(const Config& config) {
  if (config.loops > 0) return config.loops;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u));
}

}  // namespace

struct App::Parts {
  explicit Parts(Config c) : config(std::move(c)), loops(std::make_unique<io::LoopGroup>(loop_count(config))), limiter(limiter_options(config)) {}

  Config config;
  const size_t descriptors = raise_descriptor_limit(limits::kDescriptorsAtOnce);  // before the loops, which are threads
  SystemClock clock;
  api::Metrics metrics;
  quota::StreamGate streams;
  std::unique_ptr<Log> log;
  store::ChangeHub changes;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Caretaker> caretaker;
  std::unique_ptr<chat::UsageTally> usage;
  std::unique_ptr<auth::Accounts> accounts;
  Secret setup_token;
  io::FiberRef accounts_watch;
  std::unique_ptr<io::LoopGroup> loops;
  quota::RateLimiter limiter;
  std::unique_ptr<http::Client> upstream;
  std::unique_ptr<provider::Registry> providers;
  std::unique_ptr<auth::ProviderKeys> provider_keys;
  std::unique_ptr<chat::TurnManager> turns;
  std::unique_ptr<api::MetricsHistory> history;
  io::FiberRef history_fiber;
  std::shared_ptr<io::TlsServerContext> tls;
  std::unique_ptr<api::Context> context;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<io::Signals> signals;
  std::vector<int> ports;
  int plain_port = 0;
  int https_port = 0;
  std::promise<void> stopped;

  Result<void> open();
  Result<void> bind();
  Result<void> bind_address(const std::string& address, bool required);
  Result<void> make_turns();
  void make_history();
  api::Gauges gauges() const;
  void make_context();
  void reload(const char* why);
  void watch_certificate();
  void on_stop(int count);
  void drain();
  void shut_down();
};

Result<void> App::Parts::open() {
  auto opened = Log::open(log_options(config));
  if (!opened.ok()) return opened.error();
  log = std::move(opened).value();
  auto stored = store::Database::open(database_options(config), *log);
  if (!stored.ok()) return stored.error();
  database = std::move(stored).value();
  caretaker = std::make_unique<store::Caretaker>(*database, clock, *log);
  usage = std::make_unique<chat::UsageTally>(*database, clock, *log);
  database->on_change([this](const std::vector<std::string>& user_ids) {
    changes.notify(user_ids);
    caretaker->wake();
  });
  auto box = open_secret_box(config);
  if (!box.ok()) return box.error();
  accounts = std::make_unique<auth::Accounts>(auth_settings(config), std::move(box).value(), *database, clock, *log);
  auto client = http::Client::create(client_options(config));
  if (!client.ok()) return client.error();
  upstream = std::move(client).value();
  if (config.tls_port > 0) {
    auto context_made = io::TlsServerContext::create(config.tls_cert_file, config.tls_key_file);
    if (!context_made.ok()) return context_made.error();
    tls = std::move(context_made).value();
  }
  providers = std::make_unique<provider::Registry>(registry_options(config), *upstream, *log);
  provider_keys = std::make_unique<auth::ProviderKeys>(*accounts, *database, *providers, clock, *log);
  if (auto loaded = provider_keys->load(); !loaded) return loaded.error();
  if (auto made = make_turns(); !made) return made;
  accounts->on_user_end([this](std::string_view user_id) { turns->stop_all_of(user_id); });
  make_history();
  make_context();
  return bind();
}

Result<void> App::Parts::make_turns() {
  turns = std::make_unique<chat::TurnManager>(chat::TurnParts{
      *database, *providers, clock, *log, *loops, prompt_rules(config), [this](const Turn& turn, const chat::TurnResult& result) {
        if (result.first_delta_ms >= 0) metrics.first_token(result.first_delta_ms / 1000);
        metrics.turn_done(turn.provider, turn.model, result.outcome.usage);
        if (!turn.error_code.empty()) metrics.error(turn.error_code);
      }});
  if (auto recovered = turns->recover(); !recovered.ok()) return std::move(recovered).error();
  turns->start();
  return {};
}

void App::Parts::make_history() {
  history = std::make_unique<api::MetricsHistory>(metrics, *database, clock, *log, [this] { return gauges(); });
  history->load();
}

// On a fiber: it waits for the database.
api::Gauges App::Parts::gauges() const {
  const int64_t since_ms = clock.now().epoch_ms - std::chrono::milliseconds(limits::kActiveFor).count();
  const auto active = database->read([&](store::Connection& connection) { return store::activity_since(connection, since_ms); });
  const store::Activity activity = active.ok() ? *active : store::Activity{};
  return {metrics.streams_open(), static_cast<int64_t>(turns->running()), static_cast<int64_t>(changes.size()), activity.sessions, activity.users};
}

void App::Parts::make_context() {
  context.reset(new api::Context{{}, clock, *log, metrics, api::StaticFiles(config.assets_folder, config.base_path), limiter, streams,
                                 *providers, *upstream, *database, *usage, changes, *accounts, *provider_keys,
                                 [this] { return server->stats(); }});
  context->turns = turns.get();
  context->history = history.get();
  http::ServerOptions options = api::make_server_options(*context);
  options.connections_max = static_cast<int>(descriptors - std::min(descriptors / 2, kSpareDescriptors));
  server = std::make_unique<http::Server>(*loops, std::move(options));
}

Result<void> App::Parts::bind() {
  for (const std::string& address : config.bind_addresses) {
    if (auto bound = bind_address(address, true); !bound) return bound;
  }
  // Browsers may try ::1 first for "localhost"; a machine without IPv6 does without.
  const auto& addresses = config.bind_addresses;
  if (addresses.size() == 1 && addresses[0] == "127.0.0.1") (void)bind_address("::1", false);
  context->settings = api_settings(config, ports, https_port);
  auto started = accounts->start();  // last: a server that cannot listen makes no set-up link
  if (!started.ok()) return started.error();
  if (*started) setup_token = std::move(**started);
  return {};
}

Result<void> App::Parts::bind_address(const std::string& address, bool required) {
  auto plain = server->listen(address, required ? config.port : plain_port, nullptr);
  if (!plain.ok()) return plain.error();
  if (required) plain_port = *plain;
  ports.push_back(*plain);
  if (!tls) return {};
  auto secure = server->listen(address, required ? config.tls_port : https_port, tls);
  if (!secure.ok()) return secure.error();
  if (required) https_port = *secure;
  ports.push_back(*secure);
  return {};
}

void App::Parts::reload(const char* why) {
  if (!tls) return;
  if (auto read = tls->reload(); !read) {
    log->error("tls", read.error().message + " The certificate in use stays.", {{"detail", read.error().detail}});
  } else {
    log->info("tls", "Certificate read again", {{"because", why}});
  }
}

void App::Parts::watch_certificate() {
  while (io::this_fiber::sleep_for(kCertificateCheck) == io::Wake::kTimeout) {
    if (tls->changed_on_disk()) reload("its file changed");
  }
}

void App::Parts::on_stop(int count) {
  if (count > 1) exit_now(0);  // twice means now
  log->info("server", "Stopping: running answers may finish", {{"drain_seconds", config.drain_s}});
  context->ready.store(false);
  io::spawn(loops->at(0), [this] { drain(); });
}

void App::Parts::drain() {
  changes.close();
  server->stop_accepting();
  turns->refuse_new();
  const auto idle = [this] { return server->stats().requests == 0 && turns->running() == 0; };
  if (!wait_until(idle, std::chrono::seconds(config.drain_s))) {
    turns->interrupt_all();
    server->end_streams();
    wait_until(idle, kGoodbyeTime);
  }
  stopped.set_value();
}

// The loops stop first, when nothing runs on them any more; only then may what fibers use be taken apart.
void App::Parts::shut_down() {
  server->close_all();
  providers->stop();
  turns->stop();
  accounts_watch.cancel();
  history_fiber.cancel();
  const auto end = std::chrono::steady_clock::now() + kGoodbyeTime;
  while (server->stats().connections > 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(kPollTime);
  signals.reset();
  upstream.reset();
  server.reset();
  accounts->stop();
  if (auto written = usage->flush(); !written) log->warning("chat", "The last usage could not be stored", {{"detail", written.error().detail}});
  history->sample();
  history->save();
  database->stop();  // before the fibers whose jobs it runs
  loops.reset();
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() {
  if (parts_->loops && parts_->server) parts_->shut_down();
}

Result<std::unique_ptr<App>> App::create(Config config) {
  if (config.stop_with_stdin && !standard_input_is_pipe()) {
    return Error{ErrorCode::kInvalidRequest, "STOP_WITH_STDIN needs a pipe as standard input, held open by the program that starts this one.", ""};
  }
  auto parts = std::make_unique<Parts>(std::move(config));
  std::unique_ptr<App> app(new App(std::move(parts)));
  if (auto opened = app->parts_->open(); !opened) return opened.error();
  return app;
}

std::string App::address() const {
  const Parts& parts = *parts_;
  const std::string& bound = parts.config.bind_addresses.front();
  const bool local = bound == "127.0.0.1" || bound == "::1" || bound == "0.0.0.0" || bound == "::";
  const std::string host = local ? "localhost" : bound.find(':') != std::string::npos ? "[" + bound + "]" : bound;
  return "http://" + host + ":" + std::to_string(parts.plain_port);
}

std::string App::setup_link() const {
  const Parts& parts = *parts_;
  if (parts.setup_token.empty()) return "";
  const auto& origins = parts.context->settings.origins.public_origins;
  return (origins.empty() ? address() : origins.front()) + parts.config.base_path + "setup#token=" + std::string(parts.setup_token.reveal());
}

int App::run(const std::function<void()>& on_serving) {
  Parts& parts = *parts_;
  for (const std::string& warning : parts.config.warnings) parts.log->warning("settings", warning);
  parts.signals = std::make_unique<io::Signals>(
      parts.loops->at(0), [&parts](int count) { parts.on_stop(count); },
      [&parts] {
        if (auto reopened = parts.log->reopen(); !reopened) parts.log->error("log", reopened.error().message);
        parts.reload("SIGHUP");
      });
  if (parts.config.stop_with_stdin) parts.signals->stop_with_stdin();
  if (parts.tls) io::spawn(parts.loops->at(0), [&parts] { parts.watch_certificate(); });
  io::spawn(parts.loops->at(0), [&parts] { parts.caretaker->run(); });
  io::spawn(parts.loops->at(0), [&parts] { parts.usage->run(); });
  parts.providers->start(*parts.loops);
  parts.accounts_watch = io::spawn(parts.loops->at(0), [&parts] { parts.accounts->watch(); });
  parts.history_fiber = io::spawn(parts.loops->at(0), [&parts] { parts.history->run(); });
  parts.server->start();
  parts.log->info("server", "Application started", {{"version", kVersion}, {"address", address()}, {"https_port", parts.https_port}});
  on_serving();
  parts.stopped.get_future().wait();
  parts.log->info("server", "Stopped");
  return 0;
}

}  // namespace whinchat
