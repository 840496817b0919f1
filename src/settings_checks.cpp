#include "settings_checks.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "base/url.h"
#include "settings_providers.h"
#include "settings_values.h"

namespace whinchat {
namespace {

constexpr size_t kSecretKeyMin = 16;

struct RetiredModel {
  std::string_view id;
  std::string_view ended;
  std::string_view successor;
};

// The guide's models, and the ones its readers are likely to have, with what is asked in their place. A test compares this
// with provider/model_table, which config does not know. Source: the providers' retirement pages, 2026-11.
constexpr RetiredModel kRetired[] = {
    {"gpt-4", "2026-10-23", "gpt-6.1-terra"},
    {"gpt-4-turbo", "2026-10-23", "gpt-6.1-terra"},
    {"gpt-3.5-turbo", "2026-10-23", "gpt-6-luna"},
    {"claude-3-5-sonnet-20241022", "2025-10-28", "claude-sonnet-5-5"},
    {"claude-3-opus-20240229", "2026-01-05", "claude-opus-5-5"},
    {"claude-3-sonnet", "2025-07-21", "claude-sonnet-5-5"},
    {"claude-3-sonnet-20240229", "2025-07-21", "claude-sonnet-5-5"},
};

std::string in_folder(const std::string& cwd, const std::string& path) {
  return path.starts_with('/') || cwd.empty() || cwd == "." ? path : cwd + '/' + path;
}

class Checker {
 public:
  Checker(Config& config, const std::string& cwd, std::vector<std::string>& problems)
      : config_(config), cwd_(cwd), problems_(problems) {}

  void run() {
    apply_mode();
    choose_providers();
    check_secret_key();
    check_https();
    check_public_bind();
    choose_auth_mode();
    check_rest();
    explain_unused();
  }

 private:
  bool production() const { return config_.mode == Mode::kProduction; }
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  void warn(std::string text) { config_.warnings.push_back(std::move(text)); }

  void apply_mode() {
    if (!config_.is_given("FORCE_HTTPS")) config_.force_https = production();
    if (!config_.is_given("RATELIMIT_ENABLED")) config_.ratelimit_enabled = config_.mode != Mode::kTesting;
    if (production()) {
      if (config_.is_given("SESSION_COOKIE_SECURE") && !config_.session_cookie_secure) {
        warn("SESSION_COOKIE_SECURE=False has no effect in production: cookies are sent over HTTPS only.");
      }
      if (config_.debug) warn("FLASK_DEBUG has no effect in production.");
      config_.session_cookie_secure = true;
      config_.debug = false;
    }
    if (config_.debug && !config_.is_given("LOG_LEVEL")) config_.log_level = LogLevel::kDebug;
    if (!config_.ratelimit_enabled && !production() && config_.mode != Mode::kTesting) {
      warn("RATELIMIT_ENABLED=false: nothing limits how much a client may ask.");
    }
  }

  void choose_providers() {
    const bool none = config_.providers.empty();
    if (production() && none && config_.demo != DemoMode::kOn) {
      problem("No provider is set, and production needs one. Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or name a server with "
              "OLLAMA_BASE_URL or any NAME_BASE_URL.");
    }
    if (config_.demo == DemoMode::kOn || (config_.demo == DemoMode::kAuto && none && !production())) {
      ProviderConfig demo;
      demo.id = "demo";
      demo.name = "Demo";
      demo.kind = ProviderKind::kDemo;
      config_.providers.push_back(std::move(demo));
    }
    resolve_default_provider();
    check_default_model();
  }

  void resolve_default_provider() {
    std::string& wanted = config_.default_provider;
    if (wanted.empty()) {
      if (!config_.providers.empty()) wanted = config_.providers.front().id;
      return;
    }
    wanted = lower_ascii(wanted);
    if (wanted == "anthropic") wanted = "claude";
    std::vector<std::string> ids;
    for (const ProviderConfig& provider : config_.providers) ids.push_back(provider.id);
    if (std::find(ids.begin(), ids.end(), wanted) != ids.end()) return;
    for (const KnownProvider& known : known_providers()) {
      if (known.local && config_.local_discovery && known.id == wanted) return;  // may still be found running
    }
    problem("DEFAULT_PROVIDER is \"" + escape_for_log(wanted, 64) + "\", which is not configured. " +
            (ids.empty() ? "No provider is." : "Configured: " + join(ids, ", ") + "."));
  }

  // A vendor's own address gets the successor instead (provider/endpoint); another server may know the name.
  void check_default_model() {
    for (const RetiredModel& model : kRetired) {
      if (config_.default_model != model.id) continue;
      const auto asked = std::find_if(config_.providers.begin(), config_.providers.end(),
                                      [&](const ProviderConfig& provider) { return provider.id == config_.default_provider; });
      const std::string successor(model.successor);
      const bool replaced = asked != config_.providers.end() && asks_vendor(*asked);
      warn("DEFAULT_MODEL=" + std::string(model.id) + " was shut down by its vendor on " + std::string(model.ended) + ". " +
           (replaced ? successor + " is asked in its place. Set that, or leave it empty for a current model."
                     : "The server that is asked may not know it. For the vendor's own address set " + successor + "."));
    }
  }

  static bool asks_vendor(const ProviderConfig& provider) {
    const auto url = parse_url(provider.base_url);
    if (!url.ok()) return false;
    if (provider.kind == ProviderKind::kAnthropic) return url->host == "api.anthropic.com";
    return provider.kind == ProviderKind::kOpenAi && (url->host == "api.openai.com" || url->host.ends_with(".api.openai.com"));
  }

  void check_secret_key() {
    const bool placeholder = is_placeholder(config_.secret_key.reveal());
    config_.secret_key_chosen = !config_.secret_key.empty() && !placeholder;
    if (config_.secret_key_chosen && !config_.secret_key_file.empty()) problem("SECRET_KEY and SECRET_KEY_FILE are both set. Keep one of them.");
    if (check_file("SECRET_KEY_FILE", config_.secret_key_file)) {
      if (auto checked = check_private(in_folder(cwd_, config_.secret_key_file)); !checked) problem("SECRET_KEY_FILE: " + checked.error().message);
      config_.secret_key_file = in_folder(cwd_, config_.secret_key_file);
      config_.secret_key = Secret(random_hex(32));
      return;
    }
    if (!production()) {
      if (config_.secret_key.empty() || placeholder) config_.secret_key = Secret(random_hex(32));
      return;
    }
    const char* fault = nullptr;
    if (config_.secret_key.empty()) fault = "is not set, and production needs it";
    else if (placeholder) fault = "is still the example's text";
    else if (config_.secret_key.size() < kSecretKeyMin) fault = "is shorter than 16 characters";
    if (fault != nullptr) problem(std::string("SECRET_KEY ") + fault + ". Make one with: openssl rand -hex 32");
  }

  void check_https() {
    const bool cert = !config_.tls_cert_file.empty();
    const bool key = !config_.tls_key_file.empty();
    if (config_.tls_port != 0 && (!cert || !key)) {
      problem("TLS_PORT is set, but " + std::string(cert ? "TLS_KEY_FILE" : key ? "TLS_CERT_FILE" : "TLS_CERT_FILE and TLS_KEY_FILE") +
              " is not. HTTPS needs a certificate and its key; without them set TLS_PORT=0.");
    }
    if (config_.tls_port == 0 && (cert || key)) {
      warn("TLS_CERT_FILE or TLS_KEY_FILE is set, but TLS_PORT is 0, so there is no HTTPS. Set TLS_PORT=443 (or 5443).");
    }
    if (config_.tls_port != 0 && config_.tls_port == config_.port) problem("PORT and TLS_PORT are the same. Give HTTPS a port of its own.");
    check_file("TLS_CERT_FILE", config_.tls_cert_file);
    if (check_file("TLS_KEY_FILE", config_.tls_key_file)) {
      if (auto checked = check_private(in_folder(cwd_, config_.tls_key_file)); !checked) problem("TLS_KEY_FILE: " + checked.error().message);
    }
  }

  bool check_file(const std::string& variable, const std::string& path) {
    if (path.empty()) return false;
    const bool exists = file_exists(in_folder(cwd_, path)) && !folder_exists(in_folder(cwd_, path));
    if (!exists) problem(variable + " is \"" + escape_for_log(path, 200) + "\", and there is no such file.");
    return exists;
  }

  bool is_public() const {
    return std::any_of(config_.bind_addresses.begin(), config_.bind_addresses.end(), [](const std::string& text) {
      const auto address = IpAddress::parse(text);
      return address && !address->is_loopback();
    });
  }

  void check_public_bind() {
    for (const IpRange& range : config_.trusted_proxies) {
      if (range.is_everything()) warn("TRUSTED_PROXIES trusts every address (" + range.to_string() +
                                      "): anybody can then claim any address and pass the limits. List your proxies only.");
    }
    if (!is_public()) return;
    if (config_.tls_port == 0 && config_.trusted_proxies.empty() && !config_.allow_insecure_http) {
      warn("HOST=" + config_.host + " lets other machines in by plain HTTP: everything they type can be read on the way. Set "
           "TLS_PORT, TLS_CERT_FILE and TLS_KEY_FILE, or put a proxy with HTTPS in front and name it in TRUSTED_PROXIES "
           "(ALLOW_INSECURE_HTTP=true silences this).");
    }
    if (config_.public_origins.empty()) {
      warn("HOST=" + config_.host + " lets other machines in, but PUBLIC_ORIGIN is empty: browsers that use another name than "
           "localhost are refused. Set it to the address they use, such as https://chat.example.org.");
    }
  }

  // Without accounts only while nobody but the people at this machine can come: no public address, no proxy, no name.
  void choose_auth_mode() {
    const bool reachable = is_public() || !config_.public_origins.empty() || !config_.trusted_proxies.empty();
    if (!config_.is_given("AUTH_MODE")) config_.auth_mode = reachable ? AuthSetting::kAccounts : AuthSetting::kOpen;
    if (config_.auth_mode == AuthSetting::kOpen && reachable) {
      warn("AUTH_MODE=open: whoever reaches this server may use and administer it, without signing in. AUTH_MODE=accounts asks who they are.");
    }
    if (config_.is_given("SESSION_COOKIE_HTTPONLY") && !config_.session_cookie_httponly) {
      warn("SESSION_COOKIE_HTTPONLY=False has no effect: scripts never see the session.");
    }
    if (!config_.is_given("SESSION_COOKIE_SAMESITE")) config_.session_cookie_samesite = SameSite::kStrict;
  }

  void check_rest() {
    if (!config_.metrics_token.empty() && config_.metrics_token.size() < kSecretKeyMin) {
      problem("METRICS_TOKEN is shorter than 16 characters. Make one with: openssl rand -hex 32");
    }
    check_file("CA_FILE", config_.ca_file);
    const std::string& assets = config_.assets_folder;
    if (!assets.empty() && !folder_exists(in_folder(cwd_, assets))) {
      problem("WHINCHAT_ASSETS is \"" + escape_for_log(assets, 200) + "\", and there is no such folder.");
    }
    if (config_.cors_credentials && config_.cors_origins.empty()) warn("CORS_CREDENTIALS has no effect without CORS_ORIGINS.");
    if (config_.ratelimit_per_minute > config_.ratelimit_per_hour || config_.ratelimit_per_hour > config_.ratelimit_per_day) {
      warn("The limits shrink as their time grows (RATELIMIT_PER_MINUTE, _HOUR, _DAY): the longer one will stop clients first.");
    }
    if (config_.session_cookie_samesite == SameSite::kNone && !config_.session_cookie_secure) {
      problem("SESSION_COOKIE_SAMESITE=None needs SESSION_COOKIE_SECURE=True: browsers drop such cookies otherwise.");
    }
  }

  void explain_unused() {
    if (!config_.redis_url.empty() && !starts_with_ignoring_case(config_.redis_url, "memory:")) {
      warn("REDIS_URL is not needed and not used: this program counts limits itself. You can remove it.");
    }
  }

  Config& config_;
  const std::string& cwd_;
  std::vector<std::string>& problems_;
};

}  // namespace

void complete_and_check(Config& config, const std::string& cwd, std::vector<std::string>& problems) {
  Checker(config, cwd, problems).run();
}

}  // namespace whinchat
