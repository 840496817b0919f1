#include "settings_table.h"

#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "settings_data.h"
#include "settings_values.h"

namespace whinchat {
namespace {

using enum SettingKind;
using enum Section;

constexpr double kYearS = 31'536'000;
constexpr double kHitsMax = limits::kLimiterHitsMax;

const Setting kTable[] = {
    // --- general ---
    {.env = "FLASK_ENV", .kind = kChoice, .fallback = "development", .choices = "development|production|testing", .section = kGeneral,
     .help = "production refuses to start without SECRET_KEY and a provider, and uses HTTPS; testing counts no limits.",
     .active_in_example = true, .apply = set<&Config::mode>},
    {.env = "SECRET_KEY", .kind = kSecret, .fallback_words = "secret.key in DATA_DIR, except in production", .section = kGeneral,
     .help = "Seals provider keys and second factors in the database. At least 16 characters; make one with: openssl rand -hex 32",
     .example = "generate-a-strong-secret-key-here", .active_in_example = true, .apply = set<&Config::secret_key>},
    {.env = "SECRET_KEY_FILE", .kind = kFile, .section = kGeneral, .help = "The same in a file that only its owner can read (chmod 600).",
     .example = "secret.key", .apply = set<&Config::secret_key_file>},
    {.env = "FLASK_DEBUG", .kind = kBool, .fallback = "false", .section = kGeneral,
     .help = "Log more while developing. Has no effect in production.", .apply = set<&Config::debug>},
    {.env = "DATA_DIR", .kind = kFile, .fallback_words = "~/.local/share/whinchat", .section = kGeneral,
     .help = "Folder for what the server keeps: the database, its backups, keys. On a local disk.", .example = "/var/lib/whinchat",
     .apply = set<&Config::data_folder>},
    {.env = "DATABASE_URL", .fallback_words = "whinchat.db in DATA_DIR", .section = kGeneral,
     .help = "The database's file: sqlite:///app.db in the working folder, sqlite:////srv/app.db anywhere.", .example = "sqlite:///app.db",
     .apply = set_database_url},
    {.env = "BACKUP_DAILY", .kind = kBool, .fallback = "true", .section = kGeneral,
     .help = "Copy the database each day into DATA_DIR/backups; seven days and four weeks are kept.", .apply = set<&Config::backup_daily>},
    {.env = "WHINCHAT_ASSETS", .kind = kFile, .fallback_words = "the app inside the program", .section = kGeneral,
     .help = "Folder to serve the app from, while working on it.", .example = "assets/dist", .apply = set<&Config::assets_folder>},

    // --- server ---
    {.env = "HOST", .fallback = "127.0.0.1", .section = kServer,
     .help = "Address to listen on, or several with commas: 127.0.0.1 or localhost for this machine only, 0.0.0.0 for everybody "
             "who can reach it.", .apply = set_host},
    {.env = "PORT", .kind = kInteger, .fallback = "5000", .minimum = 0, .maximum = 65535, .section = kServer,
     .help = "Port for plain HTTP. 0 takes any free one.", .active_in_example = true, .apply = set<&Config::port>},
    {.env = "PUBLIC_ORIGIN", .fallback_words = "localhost only", .section = kServer,
     .help = "Where browsers reach this server, with commas: https://chat.example.org. Requests for other names are refused.",
     .example = "https://chat.example.org", .apply = set_public_origins},
    {.env = "BASE_PATH", .fallback = "/", .section = kServer,
     .help = "Path under which browsers find the app, when it shares its name with others: /chat/. A proxy in front passes it on unchanged.",
     .example = "/chat/", .apply = set_base_path},
    {.env = "TRUSTED_PROXIES", .fallback_words = "none", .section = kServer,
     .help = "Addresses or ranges of the proxies in front, with commas. Only they are believed about the client's address and "
             "about HTTPS.", .example = "127.0.0.1,::1", .apply = set_trusted_proxies},
    {.env = "LOOPS", .kind = kInteger, .fallback = "0", .minimum = 0, .maximum = 256, .section = kServer,
     .help = "Event loops (threads that carry connections). 0: one per core.", .apply = set<&Config::loops>},
    {.env = "DRAIN_SECONDS", .kind = kInteger, .fallback = "30", .unit = "seconds", .minimum = 0, .maximum = 3600, .section = kServer,
     .help = "How long running answers may go on after SIGTERM.", .apply = set<&Config::drain_s>},
    {.env = "STOP_WITH_STDIN", .kind = kBool, .fallback = "false", .section = kServer,
     .help = "Stop, as with SIGTERM, when standard input ends: for a program that starts this one with a pipe and may crash.",
     .apply = set<&Config::stop_with_stdin>},

    // --- HTTPS ---
    {.env = "TLS_PORT", .kind = kInteger, .fallback = "0", .minimum = 0, .maximum = 65535, .section = kHttps,
     .help = "Port for HTTPS, beside PORT. 0: no HTTPS here.", .example = "5443", .apply = set<&Config::tls_port>},
    {.env = "TLS_CERT_FILE", .kind = kFile, .section = kHttps, .help = "Certificate with its chain, PEM. Read again when it changes.",
     .example = "cert.pem", .apply = set<&Config::tls_cert_file>},
    {.env = "TLS_KEY_FILE", .kind = kFile, .section = kHttps, .help = "The certificate's key, PEM, readable by its owner only (chmod 600).",
     .example = "key.pem", .apply = set<&Config::tls_key_file>},
    {.env = "FORCE_HTTPS", .kind = kBool, .fallback_words = "true in production, else false", .section = kHttps,
     .help = "Send browsers from http to https and tell them to stay there (never on localhost).", .example = "true",
     .apply = set<&Config::force_https>},
    {.env = "HSTS_MAX_AGE", .kind = kInteger, .fallback = "31536000", .unit = "seconds", .minimum = 0, .maximum = 2 * kYearS, .section = kHttps,
     .help = "How long browsers remember to use HTTPS.", .apply = set<&Config::hsts_max_age_s>},
    {.env = "HSTS_INCLUDE_SUBDOMAINS", .kind = kBool, .fallback = "true", .section = kHttps, .help = "The same for names below this one.",
     .apply = set<&Config::hsts_include_subdomains>},
    {.env = "ALLOW_INSECURE_HTTP", .kind = kBool, .fallback = "false", .section = kHttps,
     .help = "No warning about plain HTTP on a public address.", .example = "true", .apply = set<&Config::allow_insecure_http>},

    // --- browsers of other sites ---
    {.env = "CORS_ORIGINS", .fallback_words = "none", .section = kBrowser,
     .help = "Other origins whose pages may use the API, with commas, exactly. * is refused.", .example = "https://app.example.org",
     .apply = set_cors_origins},
    {.env = "CORS_CREDENTIALS", .kind = kBool, .fallback = "false", .section = kBrowser, .help = "They may send cookies as well.",
     .example = "true", .apply = set<&Config::cors_credentials>},

    // --- providers: settings_providers.cpp reads these ---
    {.env = "OPENAI_API_KEY", .kind = kSecret, .section = kProviders, .help = "Key of platform.openai.com.",
     .example = "sk-your-openai-key-here", .active_in_example = true},
    {.env = "ANTHROPIC_API_KEY", .kind = kSecret, .section = kProviders, .help = "Key of the Claude API.",
     .example = "sk-ant-your-anthropic-key-here", .active_in_example = true},
    {.env = "OPENAI_BASE_URL", .kind = kUrl, .fallback = "https://api.openai.com/v1", .section = kProviders,
     .help = "Another server that speaks OpenAI's API."},
    {.env = "OPENAI_API", .kind = kChoice, .fallback = "auto", .choices = "auto|chat|responses", .section = kProviders,
     .help = "Chat Completions or Responses. auto: responses for api.openai.com only."},
    {.env = "OPENAI_MODEL", .fallback_words = "a current one", .section = kProviders, .help = "Model when none is asked for.", .example = "gpt-6-luna"},
    {.env = "OPENAI_ORGANIZATION", .alias = "OPENAI_ORG_ID", .section = kProviders, .help = "Organization to bill.", .example = "org-..."},
    {.env = "OPENAI_PROJECT", .alias = "OPENAI_PROJECT_ID", .section = kProviders, .help = "Project to bill.", .example = "proj_..."},
    {.env = "ANTHROPIC_BASE_URL", .kind = kUrl, .fallback = "https://api.anthropic.com", .section = kProviders,
     .help = "Another server that speaks the Claude API."},
    {.env = "ANTHROPIC_MODEL", .fallback_words = "a current one", .section = kProviders, .help = "Model when none is asked for.",
     .example = "claude-haiku-5-5"},
    {.env = "LOCAL_DISCOVERY", .kind = kBool, .fallback = "true", .section = kProviders,
     .help = "Look for Ollama, llama-server, LM Studio and vLLM on this machine.", .apply = set<&Config::local_discovery>},
    {.env = "OLLAMA_HOST", .fallback_words = "127.0.0.1:11434", .section = kProviders, .help = "Where to look for Ollama, as Ollama reads it.",
     .example = "127.0.0.1:11434", .apply = set<&Config::ollama_host>},
    {.env = "PROVIDER_CONNECT_TIMEOUT", .kind = kInteger, .fallback_words = "10", .unit = "seconds", .minimum = 1, .maximum = 600, .section = kProviders,
     .help = "How long connecting to a provider may take.", .example = "10", .apply = set<&Config::provider_connect_s>},
    {.env = "PROVIDER_HEAD_TIMEOUT", .kind = kInteger, .fallback_words = "120, for local servers 600", .unit = "seconds", .minimum = 1, .maximum = 7200, .section = kProviders,
     .help = "How long a provider may take to begin its answer.", .example = "120", .apply = set<&Config::provider_head_s>},
    {.env = "PROVIDER_IDLE_TIMEOUT", .kind = kInteger, .fallback_words = "120, for local servers 600", .unit = "seconds", .minimum = 1, .maximum = 7200, .section = kProviders,
     .help = "How long a provider may fall silent within an answer.", .example = "120", .apply = set<&Config::provider_idle_s>},
    {.env = "PROVIDER_FAILURES_MAX", .kind = kInteger, .fallback = "5", .unit = "answers", .minimum = 0, .maximum = 1000, .section = kProviders,
     .help = "How many answers in a row a provider may fail to give within 30 seconds before it gets a pause. 0: no pauses.",
     .apply = set<&Config::provider_failures_max>},
    {.env = "DEMO", .kind = kChoice, .fallback = "auto", .choices = "auto|true|false", .section = kProviders,
     .help = "A provider without a model, to try the app. auto: while there is no other.", .apply = set<&Config::demo>},
    {.env = "DEFAULT_PROVIDER", .fallback_words = "the first one configured", .section = kProviders,
     .help = "Who answers when a request names nobody: openai, claude, ollama ...", .example = "openai", .apply = set<&Config::default_provider>},

    // --- answers ---
    {.env = "DEFAULT_MODEL", .fallback_words = "the provider's", .section = kAnswers, .help = "Model of the default provider.",
     .example = "gpt-6-luna", .apply = set<&Config::default_model>},
    {.env = "MAX_TOKENS", .kind = kInteger, .fallback_words = "the model's own", .unit = "tokens", .minimum = 1, .maximum = 1'000'000, .section = kAnswers,
     .help = "Longest answer. Models that think before they answer use it up for that as well.", .example = "1000",
     .active_in_example = true, .apply = set<&Config::max_tokens>},
    {.env = "TEMPERATURE", .kind = kNumber, .fallback_words = "the model's own", .minimum = 0, .maximum = 2, .section = kAnswers,
     .help = "0 is sober, 2 is wild. Left out for models that do not take it.", .example = "0.7", .active_in_example = true,
     .apply = set<&Config::temperature>},
    {.env = "STREAM_ENABLED", .kind = kBool, .fallback = "true", .section = kAnswers, .help = "Answers appear while they are written.",
     .active_in_example = true, .apply = set<&Config::stream_enabled>},
    {.env = "SYSTEM_PROMPT", .fallback = "You are a helpful AI assistant.", .section = kAnswers, .help = "What the model is told about its role.",
     .apply = set_system_prompt},
    {.env = "SYSTEM_PROMPT_LOCKED", .kind = kBool, .fallback = "false", .section = kAnswers,
     .help = "Refuse system messages in requests, so that SYSTEM_PROMPT always holds.", .apply = set<&Config::system_prompt_locked>},

    // --- limits ---
    {.env = "RATELIMIT_ENABLED", .kind = kBool, .fallback_words = "true, in testing false", .section = kLimits, .help = "Count messages per client.",
     .example = "true", .apply = set<&Config::ratelimit_enabled>},
    {.env = "RATELIMIT_PER_MINUTE", .kind = kInteger, .fallback = "10", .unit = "messages", .minimum = 1, .maximum = kHitsMax, .section = kLimits,
     .help = "Messages a minute for one client.", .active_in_example = true, .apply = set<&Config::ratelimit_per_minute>},
    {.env = "RATELIMIT_PER_HOUR", .kind = kInteger, .fallback = "100", .unit = "messages", .minimum = 1, .maximum = kHitsMax, .section = kLimits,
     .help = "The same for an hour.", .active_in_example = true, .apply = set<&Config::ratelimit_per_hour>},
    {.env = "RATELIMIT_PER_DAY", .kind = kInteger, .fallback = "500", .unit = "messages", .minimum = 1, .maximum = kHitsMax, .section = kLimits,
     .help = "The same for a day.", .active_in_example = true, .apply = set<&Config::ratelimit_per_day>},
    {.env = "RATELIMIT_IETF_HEADERS", .kind = kBool, .fallback = "false", .section = kLimits,
     .help = "Also send RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10).", .example = "true",
     .apply = set<&Config::ratelimit_ietf_headers>},
    {.env = "RATELIMIT_STRATEGY", .kind = kChoice, .fallback = "fixed-window", .choices = "fixed-window|token-bucket", .section = kLimits,
     .help = "fixed-window starts over when a window ends; token-bucket gives the limit back evenly.",
     .apply = set<&Config::ratelimit_strategy>},

    // --- sessions ---
    {.env = "AUTH_MODE", .kind = kChoice, .fallback_words = "open for this machine alone, else accounts", .choices = "open|accounts", .section = kSessions,
     .help = "accounts: people sign in. open: whoever reaches the server uses it, as one user who may do everything.", .example = "accounts",
     .apply = set<&Config::auth_mode>},
    {.env = "SESSION_COOKIE_SECURE", .kind = kBool, .fallback_words = "true in production, else false", .section = kSessions,
     .help = "Signing in over HTTPS only (and on this machine). Production always does.", .example = "False", .active_in_example = true,
     .apply = set<&Config::session_cookie_secure>},
    {.env = "SESSION_COOKIE_HTTPONLY", .kind = kBool, .fallback = "true", .section = kSessions, .help = "Scripts cannot read cookies; they never can.",
     .active_in_example = true, .apply = set<&Config::session_cookie_httponly>},
    {.env = "SESSION_COOKIE_SAMESITE", .kind = kChoice, .fallback_words = "Strict", .choices = "Lax|Strict|None", .section = kSessions,
     .help = "Whether cookies come along from other sites.", .example = "Lax", .active_in_example = true, .apply = set<&Config::session_cookie_samesite>},
    {.env = "SESSION_LIFETIME", .kind = kInteger, .fallback_words = "604800", .unit = "seconds", .minimum = 60, .maximum = kYearS, .section = kSessions,
     .help = "Life of a session that is not used. A used one ends after 30 days.", .example = "3600", .active_in_example = true, .apply = set<&Config::session_lifetime_s>},

    // --- logs ---
    {.env = "LOG_LEVEL", .kind = kChoice, .fallback = "INFO", .choices = "DEBUG|INFO|WARNING|ERROR|CRITICAL|WARN", .section = kLogs,
     .help = "What is written, from everything to errors only.", .active_in_example = true, .apply = set_log_level},
    {.env = "LOG_FILE", .kind = kFile, .fallback_words = "none, only the terminal", .section = kLogs,
     .help = "File for JSON lines. Opened again on SIGHUP, for rotation.", .example = "logs/app.log", .active_in_example = true,
     .apply = set<&Config::log_file>},
    {.env = "LOG_FORMAT", .kind = kChoice, .fallback = "auto", .choices = "auto|text|json", .section = kLogs,
     .help = "Lines on stderr. auto: text on a terminal, else JSON.", .apply = set<&Config::log_format>},
    {.env = "NO_COLOR", .fallback_words = "colours on a terminal", .section = kLogs, .help = "Set to anything: no colours.", .example = "1",
     .bare_flag = true, .apply = set_no_color},
    {.env = "METRICS_TOKEN", .kind = kSecret, .fallback_words = "/metrics for this machine only", .section = kLogs,
     .help = "Whoever sends it as a Bearer token may read /metrics from elsewhere. At least 16 characters.",
     .apply = set<&Config::metrics_token>},

    // --- the way to providers ---
    {.env = "CA_FILE", .alias = "SSL_CERT_FILE", .kind = kFile, .fallback_words = "the system's", .section = kNetwork,
     .help = "Certificates to trust when calling providers, PEM.", .example = "/etc/ssl/certs/ca-certificates.crt", .apply = set<&Config::ca_file>},
    {.env = "HTTPS_PROXY", .alias = "https_proxy", .section = kNetwork, .help = "Proxy for https providers.",
     .example = "http://proxy.example.org:3128", .apply = set_https_proxy},
    {.env = "HTTP_PROXY", .alias = "http_proxy", .section = kNetwork, .help = "Proxy for http providers.",
     .example = "http://proxy.example.org:3128", .apply = set_http_proxy},
    {.env = "NO_PROXY", .alias = "no_proxy", .section = kNetwork, .help = "Hosts to call directly, with commas: names, .suffixes, addresses, ranges, *.",
     .example = "localhost,127.0.0.1,.example.org", .apply = set<&Config::no_proxy>},

    // --- read, explained, not used ---
    {.env = "REDIS_URL", .section = kUnused, .help = "Not needed: limits are counted inside the program.", .example = "redis://localhost:6379/0",
     .apply = set<&Config::redis_url>},
};

constexpr SectionText kSections[] = {
    {kGeneral, "General", ""},
    {kServer, "Server", ""},
    {kHttps, "HTTPS", ""},
    {kBrowser, "Pages of other sites", ""},
    {kProviders, "Providers", ""},
    {kAnswers, "Answers", ""},
    {kLimits, "Limits per client", ""},
    {kSessions, "Accounts and sessions", ""},
    {kLogs, "Logs and metrics", ""},
    {kNetwork, "The way to providers", ""},
    {kUnused, "Accepted, but not used", "From set-ups that needed them."},
};

}  // namespace

std::span<const Setting> settings_table() { return kTable; }

std::span<const SectionText> section_texts() { return kSections; }

const Setting* find_setting(std::string_view env) {
  for (const Setting& setting : kTable) {
    if (setting.env == env || (!setting.alias.empty() && setting.alias == env)) return &setting;
  }
  return nullptr;
}

std::string flag_name(const Setting& setting) {
  if (setting.kind == SettingKind::kSecret) return {};
  std::string name = lower_ascii(setting.env);
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  return name;
}

}  // namespace whinchat
