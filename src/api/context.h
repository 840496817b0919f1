// What handlers may use. One per process, owned by App; every member outlives the server. All of it is thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/metrics.h"
#include "api/metrics_history.h"
#include "api/static_files.h"
#include "auth/accounts.h"
#include "auth/provider_keys.h"
#include "auth/origin_rules.h"
#include "base/clock.h"
#include "base/ip_address.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "chat/turn.h"
#include "chat/turn_manager.h"
#include "chat/usage_tally.h"
#include "http/client.h"
#include "http/server.h"
#include "io/offload.h"
#include "provider/registry.h"
#include "quota/rate_limiter.h"
#include "quota/stream_gate.h"
#include "store/changes.h"
#include "store/database.h"

namespace whinchat::api {

// The settings that requests depend on; fixed after the start.
struct ApiSettings {
  std::string version;
  std::string base_path = "/";    // begins and ends with '/'; every address that browsers get carries it, request.path never does
  auth::OriginRules origins;
  std::vector<IpRange> trusted_proxies;
  chat::PromptRules prompt;
  bool stream_enabled = true;
  int limit_per_minute = 10;
  int limit_per_hour = 100;
  int limit_per_day = 500;
  bool ietf_limit_headers = false;
  bool force_https = false;
  int https_port = 443;           // where FORCE_HTTPS sends people
  int hsts_max_age_s = 31'536'000;
  bool hsts_subdomains = true;
  bool secure_login_only = false; // no passwords over plain HTTP, but from this machine
  Secret metrics_token;           // empty: /metrics from loopback only
};

struct Context {
  ApiSettings settings;
  const WallClock& clock;
  Log& log;
  Metrics& metrics;
  StaticFiles files;
  quota::RateLimiter& limiter;
  quota::StreamGate& streams;
  provider::Registry& providers;
  const http::Client& upstream;
  store::Database& database;
  chat::UsageTally& usage;        // flush() before usage is read
  store::ChangeHub& changes;
  auth::Accounts& accounts;       // finds out who a request comes from, among others
  auth::ProviderKeys& provider_keys;
  std::function<http::ServerStats()> server_stats;
  chat::TurnManager* turns = nullptr;  // set before anything is served, as the next one
  const MetricsHistory* history = nullptr;
  quota::RateLimiter reports{{{{limits::kReportsPerMinute, 60}}, quota::Strategy::kFixedWindow, true}};  // of browsers, by address
  quota::StreamGate imports{limits::kImports};  // entered before the body is read
  quota::StreamGate exports{limits::kExports};
  quota::StreamGate uploads{limits::kUploads};  // likewise
  // Threads for imports, which parse for seconds, and for large bodies that are milliseconds of work: files, settings.
  io::WorkerPool& archivists() { return archivists_pool.get(limits::kImports, limits::kWorkerQueue); }
  io::WorkerPool& body_readers() { return body_readers_pool.get(limits::kBodyReaders, limits::kUploads); }
  struct LazyPool {  // made when it is used first
    std::once_flag once{};
    std::unique_ptr<io::WorkerPool> made{};
    io::WorkerPool& get(int threads, size_t queue_max) {
      std::call_once(once, [&] { made = std::make_unique<io::WorkerPool>(threads, queue_max); });
      return *made;
    }
  };
  LazyPool archivists_pool{};
  LazyPool body_readers_pool{};
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<bool> ready{true};  // false while draining
};

}  // namespace whinchat::api
