#include "config.h"

#include <doctest/doctest.h>

#include "run_config.h"

using namespace whinchat;

namespace {

ConfigReport with(const char* name, const std::string& value) { return ConfigRun{{}, {{name, value}}}.read(); }

}  // namespace

TEST_CASE("with nothing set everything has its default and the demo answers") {
  const ConfigReport report = ConfigRun{}.read();
  const Config& c = report.config;
  CHECK(all(report.problems) == "");
  CHECK(all(c.warnings) == "");
  CHECK(c.mode == Mode::kDevelopment);
  CHECK(c.port == 5000);
  CHECK(c.bind_addresses == std::vector<std::string>{"127.0.0.1"});
  CHECK(c.tls_port == 0);
  CHECK(c.ratelimit_enabled);
  CHECK(c.ratelimit_per_minute == 10);
  CHECK(c.ratelimit_per_hour == 100);
  CHECK(c.ratelimit_per_day == 500);
  CHECK(c.ratelimit_strategy == quota::Strategy::kFixedWindow);
  CHECK_FALSE(c.is_given("MAX_TOKENS"));  // then the model's own values hold
  CHECK_FALSE(c.is_given("TEMPERATURE"));
  CHECK(c.stream_enabled);
  CHECK(c.session_cookie_httponly);
  CHECK_FALSE(c.session_cookie_secure);
  CHECK(c.session_cookie_samesite == SameSite::kStrict);
  CHECK(c.session_lifetime_s == 604800);
  CHECK(c.log_level == LogLevel::kInfo);
  CHECK_FALSE(c.force_https);
  CHECK(c.hsts_max_age_s == 31'536'000);
  CHECK(c.hsts_include_subdomains);
  CHECK(c.cors_origins.empty());
  CHECK(c.drain_s == 30);
  CHECK(c.local_discovery);
  CHECK(c.default_model.empty());
  CHECK(c.secret_key.size() >= 16);
  REQUIRE(c.providers.size() == 1);
  CHECK(c.providers[0].kind == ProviderKind::kDemo);
  CHECK(c.default_provider == "demo");
  CHECK(c.given.empty());
}

TEST_CASE("the guide's .env works unchanged, and what it no longer needs is explained") {
  const ConfigReport report = ConfigRun{{}, {}, R"(# Copy this to .env and fill in your values
# NEVER commit .env to git

# Flask Configuration
FLASK_ENV=development
SECRET_KEY=generate-a-strong-secret-key-here
FLASK_DEBUG=True

# LLM API Keys (get from respective providers)
OPENAI_API_KEY=sk-your-openai-key-here
ANTHROPIC_API_KEY=sk-ant-your-anthropic-key-here

# Database (optional - for user management)
DATABASE_URL=sqlite:///app.db

# Redis (for rate limiting)
REDIS_URL=redis://localhost:6379/0
# Use memory:// if Redis not available (dev only)
# REDIS_URL=memory://

# Rate Limiting
RATELIMIT_PER_MINUTE=10
RATELIMIT_PER_HOUR=100
RATELIMIT_PER_DAY=500

# Security
SESSION_COOKIE_SECURE=False  # Set True in production
SESSION_COOKIE_HTTPONLY=True
SESSION_COOKIE_SAMESITE=Lax
SESSION_LIFETIME=3600  # 1 hour

# Logging
LOG_LEVEL=INFO
LOG_FILE=logs/app.log

# LLM Configuration
DEFAULT_MODEL=gpt-4
MAX_TOKENS=1000
TEMPERATURE=0.7
STREAM_ENABLED=True
)", 0644}.read();  // readable by all, but it holds no secret yet
  const Config& c = report.config;
  CHECK(all(report.problems) == "");
  CHECK(c.debug);
  CHECK(c.log_file == "logs/app.log");
  CHECK(c.default_model == "gpt-4");
  CHECK(c.is_given("MAX_TOKENS"));
  CHECK_FALSE(c.is_given("PORT"));
  CHECK(c.providers.size() == 1);
  CHECK(mentions(c.warnings, "DEFAULT_MODEL=gpt-4 was shut down by its vendor on 2026-10-23"));
  CHECK(mentions(c.warnings, "REDIS_URL is not needed"));
  CHECK(c.database_file.ends_with("/app.db"));
  CHECK(mentions(c.warnings, "OPENAI_API_KEY (" ));
  CHECK(mentions(c.warnings, "ANTHROPIC_API_KEY ("));
  CHECK(c.warnings.size() == 4);
}

TEST_CASE("a flag beats the environment, and the environment beats the file") {
  const std::string file = "PORT=1\nLOG_LEVEL=ERROR\nTEMPERATURE=0.1\n";
  const Config c = ConfigRun{{"--port=3"}, {{"PORT", "2"}, {"LOG_LEVEL", "DEBUG"}}, file}.read().config;
  CHECK(c.port == 3);
  CHECK(c.log_level == LogLevel::kDebug);
  CHECK(c.temperature == doctest::Approx(0.1));
}

TEST_CASE("an empty value in the environment hides the file's and gives the default") {
  const Config c = ConfigRun{{}, {{"PORT", ""}, {"OPENAI_API_KEY", " "}}, "PORT=1\nOPENAI_API_KEY=sk-0123456789\n"}.read().config;
  CHECK(c.port == 5000);
  CHECK(c.default_provider == "demo");
}

TEST_CASE("every problem is told at once, each with its variable, its source and the way out") {
  const ConfigReport report =
      ConfigRun{{"--loops=-1"}, {{"MAX_TOKENS", "many"}, {"HOST", "example.org"}}, "PORT=70000\n\nTEMPERATURE=3\nFLASK_ENV=prod\nSTREAM_ENABLED=maybe\n"}
          .read();
  const std::string told = all(report.problems);
  CAPTURE(told);
  CHECK(report.problems.size() == 7);
  CHECK(mentions(report.problems, "LOOPS is \"-1\" (the flag --loops): it must be a whole number from 0 to 256."));
  CHECK(mentions(report.problems, "MAX_TOKENS is \"many\" (the environment): it must be a whole number from 1 to 1000000 (tokens)."));
  CHECK(mentions(report.problems, "HOST is \"example.org\""));
  CHECK(mentions(report.problems, ".env line 1): it must be a whole number from 0 to 65535."));
  CHECK(mentions(report.problems, ".env line 3): it must be a number from 0 to 2."));
  CHECK(mentions(report.problems, "FLASK_ENV is \"prod\""));
  CHECK(mentions(report.problems, "it must be development, production or testing."));
  CHECK(mentions(report.problems, "STREAM_ENABLED is \"maybe\""));
  CHECK_FALSE(report.usage);
}

TEST_CASE("load_config gives the list as one error") {
  const char* argv[] = {"whinchat", "--port=x", "--loops=x"};
  const auto config = load_config(3, argv, {}, TemporaryFolder().path());
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().code == ErrorCode::kConfig);
  CHECK(std::count(config.error().message.begin(), config.error().message.end(), '\n') == 1);
  CHECK(load_config(1, argv, {}, TemporaryFolder().path()).ok());
}

TEST_CASE("yes and no are understood in the usual words") {
  for (const char* word : {"True", "true", "1", "YES", "on", "True  # Set in production"}) CHECK(with("CORS_CREDENTIALS", word).config.cors_credentials);
  for (const char* word : {"False", "0", "no", "Off"}) CHECK_FALSE(with("STREAM_ENABLED", word).config.stream_enabled);
  CHECK_FALSE(with("STREAM_ENABLED", "2").problems.empty());
}

TEST_CASE("a .env with secrets that others can read is refused with the line to type") {
  const TemporaryFolder folder;
  folder.write(".env", "OPENAI_API_KEY=sk-0123456789abcdef\n", 0644);
  const ConfigReport report = ConfigRun{}.read_in(folder);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].ends_with("Run: chmod 600 " + (folder / ".env")));
  CHECK(ConfigRun{{}, {}, "MYSERVER_API_KEY=abc\nMYSERVER_BASE_URL=https://a.example\n", 0640}.read().problems.size() == 1);
  CHECK(ConfigRun{{}, {}, "OPENAI_API_KEY=sk-0123456789abcdef\n", 0600}.read().problems.empty());
  CHECK(ConfigRun{{}, {}, "PORT=1\nOPENAI_API_KEY=\n", 0644}.read().problems.empty());
}

TEST_CASE("a .env that cannot be read is a problem with the line, without its text") {
  const ConfigReport report = ConfigRun{{}, {}, "PORT=1\nOPENAI_API_KEY sk-canary0123456\n"}.read();
  CHECK(mentions(report.problems, ".env line 2: "));
  CHECK(all(report.problems).find("canary") == std::string::npos);
}

TEST_CASE("a slip in a name of the file is pointed out, in the environment nothing is") {
  CHECK(mentions(ConfigRun{{}, {}, "RATELIMIT_PER_MINUT=5\n"}.read().config.warnings, "Did you mean RATELIMIT_PER_MINUTE?"));
  CHECK(mentions(ConfigRun{{}, {}, "port=5\n"}.read().config.warnings, "Did you mean PORT?"));
  CHECK(ConfigRun{{}, {{"POTR", "5"}, {"PATH", "/bin"}}}.read().config.warnings.empty());
  CHECK(ConfigRun{{}, {}, "SOMETHING_ELSE=5\n"}.read().config.warnings.empty());
}

TEST_CASE("HOST takes addresses") {
  CHECK(with("HOST", "localhost").config.bind_addresses == std::vector<std::string>{"127.0.0.1", "::1"});
  CHECK(with("HOST", "::1").config.bind_addresses == std::vector<std::string>{"::1"});
  CHECK(with("HOST", "127.0.0.1, [::1]").config.bind_addresses == std::vector<std::string>{"127.0.0.1", "::1"});
  for (const char* bad : {"example.org", "127.0.0.1:80", "*", "1.2.3", ",", "0x7f.1"}) {
    CAPTURE(bad);
    CHECK_FALSE(with("HOST", bad).problems.empty());
  }
}

TEST_CASE("BASE_PATH is a plain path and gets its slashes") {
  CHECK(with("BASE_PATH", "").config.base_path == "/");
  CHECK(with("BASE_PATH", "/").config.base_path == "/");
  CHECK(with("BASE_PATH", "/chat").config.base_path == "/chat/");
  CHECK(with("BASE_PATH", "/a/b-c_d~e.f/").config.base_path == "/a/b-c_d~e.f/");
  for (const char* bad : {"chat", "chat/", "//", "/a//b", "/a/../b", "/./", "/a b/", "/a\"b/", "/<x>/", "/%41/", "/ä/", "https://x/chat", "/a?b", "/a#b", "\\a"}) {
    CAPTURE(bad);
    CHECK_FALSE(with("BASE_PATH", bad).problems.empty());
  }
  CHECK_FALSE(with("BASE_PATH", "/" + std::string(300, 'a')).problems.empty());
}

TEST_CASE("CORS is off when empty, exact when set, and never for everybody") {
  CHECK(with("CORS_ORIGINS", "").config.cors_origins.empty());
  CHECK(with("CORS_ORIGINS", ",").config.cors_origins.empty());
  CHECK(with("CORS_ORIGINS", "https://App.example.org/, http://localhost:3000").config.cors_origins ==
        std::vector<std::string>{"https://app.example.org", "http://localhost:3000"});
  for (const char* bad : {"*", "null", "https://a.example,*", "https://*.example.org", "a.example", "https://a.example/path", "file:///x"}) {
    CAPTURE(bad);
    CHECK(mentions(with("CORS_ORIGINS", bad).problems, "CORS_ORIGINS"));
  }
}

TEST_CASE("public origins are addresses or hosts") {
  const auto origins = with("PUBLIC_ORIGIN", "https://Chat.example.org, chat.lan:8080, [::1]:5000").config.public_origins;
  REQUIRE(origins.size() == 3);
  CHECK(origins[0].scheme == "https");
  CHECK(origins[0].host == "chat.example.org");
  CHECK(origins[0].port == 443);
  CHECK(origins[1].scheme.empty());
  CHECK(origins[1].port == 8080);
  CHECK(origins[2].host == "::1");
  for (const char* bad : {"*", "https://a/b", "https://user@a", "a b"}) CHECK_FALSE(with("PUBLIC_ORIGIN", bad).problems.empty());
}

TEST_CASE("trusted proxies are addresses and ranges; trusting everybody is warned about") {
  CHECK(with("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,fd00::/8").config.trusted_proxies.size() == 3);
  CHECK(mentions(with("TRUSTED_PROXIES", "nginx").problems, "TRUSTED_PROXIES"));
  CHECK(mentions(with("TRUSTED_PROXIES", "0.0.0.0/0").config.warnings, "trusts every address"));
}

TEST_CASE("proxies on the way out: upper or lower case, with and without scheme, passwords never shown") {
  CHECK(with("HTTPS_PROXY", "http://proxy.example:3128/").config.https_proxy == "http://proxy.example:3128");
  CHECK(with("https_proxy", "proxy.example:3128").config.https_proxy == "http://proxy.example:3128");
  CHECK(with("HTTPS_PROXY", "http://proxy.example").config.https_proxy == "http://proxy.example:80");
  const Config c = with("http_proxy", "http://me:canary-pw@proxy.example:1").config;
  CHECK(c.http_proxy == "http://me:canary-pw@proxy.example:1");
  bool hidden = false;
  for (const Secret& secret : c.secrets()) hidden = hidden || secret.equals("canary-pw");
  CHECK(hidden);
  CHECK(with("no_proxy", "localhost,.lan").config.no_proxy == "localhost,.lan");
  for (const char* bad : {"socks5://proxy:1", "https://proxy:1", "http://me:canary-pw@"}) {
    const ConfigReport report = with("HTTPS_PROXY", bad);
    CHECK(mentions(report.problems, "HTTPS_PROXY"));
    CHECK(all(report.problems).find("canary") == std::string::npos);
  }
  const Config both = ConfigRun{{}, {{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", "http://lower:1"}}}.read().config;
  CHECK(both.https_proxy == "http://upper:1");
}

TEST_CASE("files that are named must be there, and a key must be private") {
  const TemporaryFolder folder;
  folder.write("cert.pem", "x", 0644);
  folder.write("key.pem", "x", 0644);
  const Environment tls = {{"TLS_PORT", "5443"}, {"TLS_CERT_FILE", "cert.pem"}, {"TLS_KEY_FILE", "key.pem"}};
  CHECK(mentions(ConfigRun{{}, tls}.read_in(folder).problems, "chmod 600 " + (folder / "key.pem")));
  folder.write("key.pem", "x", 0600);
  CHECK(all(ConfigRun{{}, tls}.read_in(folder).problems) == "");
  CHECK(mentions(ConfigRun{{}, {{"TLS_PORT", "5443"}, {"TLS_CERT_FILE", "cert.pem"}}}.read_in(folder).problems, "TLS_KEY_FILE"));
  CHECK(mentions(ConfigRun{{}, {{"TLS_PORT", "5443"}}}.read_in(folder).problems, "TLS_CERT_FILE and TLS_KEY_FILE"));
  CHECK(mentions(ConfigRun{{"--tls-port=5000"}, tls}.read_in(folder).problems, "the same"));
  CHECK(mentions(ConfigRun{{"--tls-cert-file=none.pem"}, tls}.read_in(folder).problems, "no such file"));
  CHECK(mentions(ConfigRun{{"--tls-port=0"}, tls}.read_in(folder).config.warnings, "there is no HTTPS"));
  CHECK(mentions(ConfigRun{{"--ca-file=none.pem"}}.read_in(folder).problems, "CA_FILE"));
  CHECK(ConfigRun{{}, {{"SSL_CERT_FILE", "cert.pem"}}}.read_in(folder).config.ca_file == "cert.pem");
  CHECK(mentions(ConfigRun{{"--whinchat-assets=none"}}.read_in(folder).problems, "WHINCHAT_ASSETS"));
  CHECK(ConfigRun{{"--whinchat-assets=" + folder.path()}}.read_in(folder).problems.empty());
}

TEST_CASE("a public address without encryption is warned about loudly") {
  const std::string warning = "lets other machines in by plain HTTP";
  CHECK(mentions(with("HOST", "0.0.0.0").config.warnings, warning));
  CHECK(mentions(with("HOST", "127.0.0.1, 192.168.1.5").config.warnings, warning));
  CHECK_FALSE(mentions(with("HOST", "localhost").config.warnings, warning));
  CHECK_FALSE(mentions(ConfigRun{{}, {{"HOST", "0.0.0.0"}, {"TRUSTED_PROXIES", "10.0.0.1"}}}.read().config.warnings, warning));
  CHECK_FALSE(mentions(ConfigRun{{}, {{"HOST", "0.0.0.0"}, {"ALLOW_INSECURE_HTTP", "true"}}}.read().config.warnings, warning));
  CHECK(mentions(with("HOST", "0.0.0.0").config.warnings, "PUBLIC_ORIGIN is empty"));
  CHECK_FALSE(mentions(ConfigRun{{}, {{"HOST", "0.0.0.0"}, {"PUBLIC_ORIGIN", "https://a.example"}}}.read().config.warnings, "PUBLIC_ORIGIN"));
}

TEST_CASE("settings that do not fit together are told") {
  CHECK(mentions(with("METRICS_TOKEN", "short").problems, "METRICS_TOKEN"));
  CHECK(all(with("METRICS_TOKEN", "canary").problems).find("canary") == std::string::npos);
  CHECK(mentions(with("SESSION_COOKIE_SAMESITE", "None").problems, "SESSION_COOKIE_SECURE"));
  CHECK(ConfigRun{{}, {{"SESSION_COOKIE_SAMESITE", "none"}, {"SESSION_COOKIE_SECURE", "True"}}}.read().problems.empty());
  CHECK(mentions(with("RATELIMIT_PER_MINUTE", "1000").config.warnings, "limits shrink"));
  CHECK(with("RATELIMIT_STRATEGY", "token-bucket").config.ratelimit_strategy == quota::Strategy::kTokenBucket);
  CHECK(with("LOG_LEVEL", "warn").config.log_level == LogLevel::kWarning);
  CHECK(with("LOG_LEVEL", "CRITICAL").config.log_level == LogLevel::kError);
  CHECK(with("NO_COLOR", "anything").config.color == false);
  CHECK(with("REDIS_URL", "memory://").config.warnings.empty());
}

TEST_CASE("all secrets are handed to the log to be kept out of it") {
  const Config c = ConfigRun{{}, {{"SECRET_KEY", "0123456789abcdef0123"}, {"METRICS_TOKEN", "metrics-token-0123456"}, {"OPENAI_API_KEY", "sk-one-0123456"},
                                  {"X_BASE_URL", "https://x.example"}, {"X_API_KEY", "odd-x"}}}.read().config;
  std::vector<std::string> texts;
  for (const Secret& secret : c.secrets()) texts.emplace_back(secret.reveal());
  CHECK(texts == std::vector<std::string>{"0123456789abcdef0123", "metrics-token-0123456", "sk-one-0123456", "odd-x"});
}

TEST_CASE("the environment is taken from its strings") {
  const char* strings[] = {"A=1", "B=x=y", "C=", "broken", nullptr};
  const Environment environment = environment_from(strings);
  CHECK(environment.size() == 3);
  CHECK(environment.at("B") == "x=y");
  CHECK(environment_from(nullptr).empty());
}
