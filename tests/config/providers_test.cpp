#include <doctest/doctest.h>

#include "run_config.h"

using namespace whinchat;

namespace {

std::string ids(const Config& config) {
  std::string text;
  for (const ProviderConfig& provider : config.providers) text += (text.empty() ? "" : " ") + provider.id;
  return text;
}

ConfigReport from_environment(Environment environment) { return ConfigRun{{}, std::move(environment)}.read(); }
ConfigReport from_file(std::string text) { return ConfigRun{{}, {}, std::move(text)}.read(); }

}  // namespace

TEST_CASE("OpenAI and Claude need only their keys") {
  const Config c = from_environment({{"OPENAI_API_KEY", "sk-one"}, {"ANTHROPIC_API_KEY", "sk-ant-two"}}).config;
  REQUIRE(ids(c) == "openai claude");
  CHECK(c.providers[0].kind == ProviderKind::kOpenAi);
  CHECK(c.providers[0].base_url == "https://api.openai.com/v1");
  CHECK(c.providers[0].api_key.equals("sk-one"));
  CHECK(c.providers[0].dialect == OpenAiDialect::kAuto);
  CHECK(c.providers[0].key_variable == "OPENAI_API_KEY");
  CHECK(c.providers[1].kind == ProviderKind::kAnthropic);
  CHECK(c.providers[1].base_url == "https://api.anthropic.com");
  CHECK(c.providers[1].api_key.equals("sk-ant-two"));
  CHECK(c.default_provider == "openai");
}

TEST_CASE("OpenAI's further settings") {
  const Config c = from_environment({{"OPENAI_API_KEY", "sk-one"}, {"OPENAI_BASE_URL", "https://gate.example/v1/"}, {"OPENAI_API", "chat"},
                                     {"OPENAI_ORG_ID", "org-1"}, {"OPENAI_PROJECT", "proj-1"}, {"OPENAI_MODEL", "m"}})
                       .config;
  REQUIRE(c.providers.size() == 1);
  CHECK(c.providers[0].base_url == "https://gate.example/v1");
  CHECK(c.providers[0].dialect == OpenAiDialect::kChat);
  CHECK(c.providers[0].organization == "org-1");
  CHECK(c.providers[0].project == "proj-1");
  CHECK(c.providers[0].model == "m");
  CHECK(from_environment({{"OPENAI_API_KEY", "sk"}, {"OPENAI_API", "Responses"}}).config.providers[0].dialect == OpenAiDialect::kResponses);
  CHECK(mentions(from_environment({{"OPENAI_API", "grpc"}}).problems, "OPENAI_API"));
}

TEST_CASE("placeholders of the example count as not set") {
  for (const char* text : {"sk-your-openai-key-here", "sk-ant-your-anthropic-key-here", "your-api-key", "YOUR_API_KEY", "<key>", "xxxxxxxx", "changeme",
                           "sk-...", "..."}) {
    CAPTURE(text);
    const Config c = from_environment({{"OPENAI_API_KEY", text}}).config;
    CHECK(ids(c) == "demo");
    CHECK(mentions(c.warnings, "OPENAI_API_KEY"));
  }
}

TEST_CASE("a server on this machine needs no key, another one does") {
  CHECK(ids(from_environment({{"OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"}}).config) == "openai");
  const Config c = from_environment({{"OPENAI_BASE_URL", "https://gate.example/v1"}}).config;
  CHECK(ids(c) == "demo");
  CHECK(mentions(c.warnings, "OPENAI_BASE_URL (the environment) has no effect without OPENAI_API_KEY"));
}

TEST_CASE("providers known by name need only the key, local ones any of their variables") {
  const Config c = from_environment({{"GROQ_API_KEY", "gsk_1"}, {"MISTRAL_API_KEY", "m"}, {"OLLAMA_MODEL", "llama3"}, {"LMSTUDIO_API_KEY", "none"}}).config;
  REQUIRE(ids(c) == "mistral groq ollama lmstudio");
  CHECK(c.providers[1].base_url == "https://api.groq.com/openai/v1");
  CHECK(c.providers[1].name == "Groq");
  CHECK(c.providers[2].base_url == "http://127.0.0.1:11434/v1");
  CHECK(c.providers[2].model == "llama3");
  CHECK(ids(from_environment({{"OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1"}}).config) == "ollama");
}

TEST_CASE("any other name makes a provider with an address and a key") {
  const Config c = from_environment({{"MY_SERVER_BASE_URL", "https://llm.example.org/v1"}, {"MY_SERVER_API_KEY", "k"}, {"MY_SERVER_MODEL", "m"}}).config;
  REQUIRE(ids(c) == "my_server");
  CHECK(c.providers[0].name == "My Server");
  CHECK(c.providers[0].kind == ProviderKind::kCompatible);
  CHECK(c.providers[0].model == "m");
  CHECK(ids(ConfigRun{{"--zed-base-url=http://localhost:9/v1"}}.read().config) == "zed");
}

TEST_CASE("an address of another program in the environment makes no provider") {
  const ConfigReport report = from_environment({{"FRONTEND_BASE_URL", "http://localhost:3000"}, {"CI_BASE_URL", "https://ci.example"}, {"lower_BASE_URL", "x"}});
  CHECK(ids(report.config) == "demo");
  CHECK(report.problems.empty());
  CHECK(report.config.warnings.empty());
  CHECK(ids(from_file("MINE_BASE_URL=http://localhost:3000/v1\n").config) == "mine");
}

TEST_CASE("an address in the environment that looks like a model server's is told about, unless it is used") {
  const ConfigReport report = from_environment({{"LAN_BASE_URL", "http://127.0.0.1:8000/v1/"}});
  CHECK(ids(report.config) == "demo");
  CHECK(mentions(report.config.warnings, "LAN_API_KEY (none, if it needs no key) or LAN_MODEL"));
  CHECK(from_environment({{"LAN_BASE_URL", "http://127.0.0.1:8000/v1/"}, {"LAN_MODEL", "m"}}).config.warnings.empty());
}

TEST_CASE("what cannot be a provider is told") {
  CHECK(mentions(from_file("MINE_BASE_URL=https://llm.example.org\n").config.warnings, "MINE_API_KEY=none"));
  CHECK(ids(from_file("MINE_BASE_URL=https://llm.example.org\nMINE_API_KEY=none\n").config) == "mine");
  CHECK(mentions(from_file("MISTRALL_API_KEY=abc\n").config.warnings, "MISTRALL is no provider known by name"));
  CHECK(mentions(from_file("CLAUDE_BASE_URL=http://localhost:1\n").problems, "ANTHROPIC_BASE_URL"));
  CHECK(mentions(from_file("DEMO_BASE_URL=http://localhost:1\n").problems, "is taken"));
  CHECK(mentions(from_environment({{"OPENAI_API_KEY", "sk-canary 0123"}}).problems, "OPENAI_API_KEY"));
  CHECK(all(from_environment({{"OPENAI_API_KEY", "sk-canary 0123"}}).problems).find("canary") == std::string::npos);
}

TEST_CASE("addresses are read strictly") {
  for (const char* bad : {"api.example.org", "ftp://a.example", "https://user:canary@a.example", "http://127.1", "https://a.example/v1?x=1", "https://a.example#x"}) {
    CAPTURE(bad);
    const ConfigReport report = from_environment({{"MINE_BASE_URL", bad}, {"MINE_API_KEY", "k"}});
    CHECK(mentions(report.problems, "MINE_BASE_URL"));
    CHECK(all(report.problems).find("canary") == std::string::npos);
    CHECK(from_environment({{"OPENAI_BASE_URL", bad}, {"OPENAI_API_KEY", "k"}}).problems.size() == 1);
  }
}

TEST_CASE("plain http to another machine is warned about") {
  CHECK(mentions(from_environment({{"LAN_BASE_URL", "http://192.168.1.5:8000/v1"}, {"LAN_API_KEY", "none"}}).config.warnings, "plain http"));
  CHECK(from_environment({{"LAN_BASE_URL", "http://[::1]:8000/v1"}, {"LAN_API_KEY", "none"}}).config.warnings.empty());
}

TEST_CASE("the default provider is the first, or the one named") {
  const Environment two = {{"OPENAI_API_KEY", "sk"}, {"ANTHROPIC_API_KEY", "sk"}};
  const auto with_default = [&](const char* name) {
    Environment environment = two;
    environment["DEFAULT_PROVIDER"] = name;
    return from_environment(environment);
  };
  CHECK(with_default("claude").config.default_provider == "claude");
  CHECK(with_default("Anthropic").config.default_provider == "claude");
  CHECK(with_default("ollama").problems.empty());  // may be found running
  CHECK(mentions(with_default("groq").problems, "Configured: openai, claude."));
}

TEST_CASE("the demo is there while nobody else is, or when asked for") {
  CHECK(ids(from_environment({}).config) == "demo");
  CHECK(ids(from_environment({{"OPENAI_API_KEY", "sk"}}).config) == "openai");
  CHECK(ids(from_environment({{"OPENAI_API_KEY", "sk"}, {"DEMO", "true"}}).config) == "openai demo");
  CHECK(from_environment({{"DEMO", "false"}}).config.providers.empty());
}

TEST_CASE("the number of providers is bounded") {
  Environment environment;
  for (int i = 0; i < 50; ++i) {
    environment["S" + std::to_string(i) + "_BASE_URL"] = "http://127.0.0.1:" + std::to_string(1000 + i);
    environment["S" + std::to_string(i) + "_API_KEY"] = "k";
  }
  const ConfigReport report = from_environment(environment);
  CHECK(report.config.providers.size() == 32);
  CHECK(mentions(report.problems, "more than 32 providers"));
}
