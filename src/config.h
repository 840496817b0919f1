// Everything that can be set, as typed values, read once at start and never changed afterwards.
//
// A setting comes from a flag (--port=8080), else the environment (PORT=8080), else the .env file, else its default. The
// one table of all settings is settings_table.cpp; parsing, --help and .env.example come from it.
// An empty value means "not set here": PORT= in the environment hides a PORT in .env and gives the default.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/provider_config.h"
#include "quota/rate_limiter.h"

namespace whinchat {

enum class Command { kServe, kCheck, kEnvExample, kHelp, kVersion, kBackup, kVerify, kRestore, kUser, kInvite };
enum class Mode { kDevelopment, kProduction, kTesting };
enum class DemoMode { kAuto, kOn, kOff };  // kAuto: only while there is no other provider
enum class SameSite { kLax, kStrict, kNone };
enum class AuthSetting { kOpen, kAccounts };

// A name under which browsers reach this server. scheme "" and port 0: any.
struct PublicOrigin {
  std::string scheme;
  std::string host;  // lower case; IPv6 without brackets
  int port = 0;
};

struct Config {
  Command command = Command::kServe;
  std::vector<std::string> operands;        // what follows the command: a file; for kUser what to do, and with whom
  std::map<std::string, std::string, std::less<>> options;  // flags of the command itself: "admin" -> "true"

  Mode mode = Mode::kDevelopment;
  bool debug = false;
  Secret secret_key;  // never empty after load_config: random for this run when none was set (not in production)

  std::string host;                         // as given
  std::vector<std::string> bind_addresses;  // IP literals from it: "localhost" is 127.0.0.1 and ::1
  int port = 5000;                          // 0: any free one
  int tls_port = 0;                         // 0: no HTTPS listener
  std::string tls_cert_file;
  std::string tls_key_file;
  std::vector<PublicOrigin> public_origins;
  std::vector<IpRange> trusted_proxies;
  bool allow_insecure_http = false;
  bool force_https = false;
  int64_t hsts_max_age_s = 31'536'000;
  bool hsts_include_subdomains = true;
  std::vector<std::string> cors_origins;    // exact, as browsers send them: "https://app.example.org"; empty: CORS is off
  bool cors_credentials = false;
  int loops = 0;                            // event loops; 0: one per core
  int drain_s = 30;
  bool stop_with_stdin = false;             // the program that started this one ends it by ending itself
  std::string base_path = "/";              // where browsers find the app: begins and ends with '/'
  std::string assets_folder;                // empty: the app inside the binary
  std::string data_folder;                  // absolute
  std::string database_file;                // absolute; in data_folder unless DATABASE_URL says otherwise
  bool backup_daily = true;

  std::vector<ProviderConfig> providers;    // configured ones, the demo last and only if it is to answer
  std::vector<ProviderConfig> possible_providers;  // known by name, without a key: an administrator may give one
  std::string default_provider;             // id; empty only when there is no provider at all
  std::string default_model;                // empty: the provider's default
  DemoMode demo = DemoMode::kAuto;
  bool local_discovery = true;
  std::string ollama_host;                  // OLLAMA_HOST as Ollama reads it, for discovery
  int max_tokens = 0;                       // counts only when is_given("MAX_TOKENS")
  double temperature = 0;                   // counts only when is_given("TEMPERATURE")
  bool stream_enabled = true;
  std::string system_prompt;
  bool system_prompt_locked = false;
  int provider_connect_s = 0;               // 0: the provider's usual time
  int provider_head_s = 0;
  int provider_failures_max = 0;            // in a row, before a provider gets a pause
  int provider_idle_s = 0;
  std::string ca_file;                      // empty: the system's certificates
  std::string https_proxy;                  // "http://[user:password@]host:port" or empty
  std::string http_proxy;
  std::string no_proxy;

  bool ratelimit_enabled = true;
  int ratelimit_per_minute = 10;
  int ratelimit_per_hour = 100;
  int ratelimit_per_day = 500;
  quota::Strategy ratelimit_strategy = quota::Strategy::kFixedWindow;
  bool ratelimit_ietf_headers = false;

  AuthSetting auth_mode = AuthSetting::kOpen;  // with its default applied; see is_given("AUTH_MODE")
  std::string secret_key_file;              // empty: SECRET_KEY, or a file in data_folder
  bool secret_key_chosen = false;           // secret_key is the person's, not made up for this run
  bool session_cookie_secure = false;
  bool session_cookie_httponly = true;
  SameSite session_cookie_samesite = SameSite::kLax;
  int64_t session_lifetime_s = 604'800;

  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;                     // empty: none
  LogFormat log_format = LogFormat::kAuto;
  bool color = true;
  Secret metrics_token;                     // empty: /metrics for loopback only

  std::string redis_url;                    // accepted, not used

  std::vector<std::string> warnings;        // sentences for the person who starts the program
  std::set<std::string, std::less<>> given; // variables that were set anywhere, by name

  bool is_given(std::string_view variable) const { return given.find(variable) != given.end(); }
  std::vector<Secret> secrets() const;      // everything that must not reach a log
};

using Environment = std::map<std::string, std::string, std::less<>>;
Environment environment_from(const char* const* environ_strings);  // the third argument of main(), or environ

struct ConfigReport {
  Config config;                      // as far as it could be read
  std::vector<std::string> problems;  // every reason not to start, each a sentence that names the variable and the way out
  bool usage = false;                 // some of them are about the command line itself
};

// Reads flags, environment and .env (in cwd, or where --env-file says). Blocking; start-up only.
ConfigReport read_config(int argc, const char* const* argv, const Environment& environment, const std::string& cwd);

// The same; with problems it is one error (kConfig) whose message is the list of them, a line each.
Result<Config> load_config(int argc, const char* const* argv, const Environment& environment, const std::string& cwd);

std::string help_text();         // --help; 80 columns
std::string env_example_text();  // a complete .env to start from; 80 columns where values allow

}  // namespace whinchat
