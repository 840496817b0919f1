// From settings to addresses, headers and habits.
#include "provider/endpoint.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::provider;

namespace {

constexpr std::string_view kToday = "2026-11-23";

ProviderConfig config(ProviderKind kind, std::string base_url, std::string key = "k-123456") {
  ProviderConfig c;
  c.id = "x";
  c.name = "X";
  c.kind = kind;
  c.base_url = std::move(base_url);
  c.api_key = Secret(key);
  return c;
}
std::string header(const Endpoint& e, std::string_view name) { return std::string(http::find_header(e.headers, name)); }

}  // namespace

TEST_CASE("OpenAI's own address speaks Responses, unless told otherwise") {
  auto c = config(ProviderKind::kOpenAi, "https://api.openai.com/v1");
  c.organization = "org_1";
  c.project = "proj_1";
  const Endpoint e = make_endpoint(c, kToday);
  CHECK(e.wire == Wire::kOpenAiResponses);
  CHECK(e.chat_url == "https://api.openai.com/v1/responses");
  CHECK(e.list_url == "https://api.openai.com/v1/models");
  CHECK(header(e, "Authorization") == "Bearer k-123456");
  CHECK(header(e, "OpenAI-Organization") == "org_1");
  CHECK(header(e, "OpenAI-Project") == "proj_1");
  CHECK(e.default_model == "gpt-6.1-terra");
  CHECK(e.vendors_own);
  CHECK(!e.local);
  CHECK(make_endpoint(config(ProviderKind::kOpenAi, "https://eu.api.openai.com/v1/"), kToday).chat_url == "https://eu.api.openai.com/v1/responses");
  c.dialect = OpenAiDialect::kChat;
  CHECK(make_endpoint(c, kToday).chat_url == "https://api.openai.com/v1/chat/completions");
}

TEST_CASE("OPENAI_BASE_URL elsewhere speaks Chat Completions, unless told otherwise") {
  auto c = config(ProviderKind::kOpenAi, "https://gateway.example/v1");
  CHECK(make_endpoint(c, kToday).wire == Wire::kOpenAiChat);
  CHECK(!make_endpoint(c, kToday).traits.unknown_models_reason);
  CHECK(!make_endpoint(c, kToday).vendors_own);
  c.dialect = OpenAiDialect::kResponses;
  CHECK(make_endpoint(c, kToday).chat_url == "https://gateway.example/v1/responses");
  CHECK(!make_endpoint(config(ProviderKind::kOpenAi, "https://api.openai.com.evil.example/v1"), kToday).vendors_own);
}

TEST_CASE("Anthropic's newest version goes to its own address, the old one elsewhere") {
  const Endpoint own = make_endpoint(config(ProviderKind::kAnthropic, "https://api.anthropic.com"), kToday);
  CHECK(own.chat_url == "https://api.anthropic.com/v1/messages");
  CHECK(header(own, "anthropic-version") == "2026-10-21");
  CHECK(header(own, "x-api-key") == "k-123456");
  CHECK(header(own, "Authorization").empty());
  CHECK(own.default_model == "claude-sonnet-5-5");
  const Endpoint other = make_endpoint(config(ProviderKind::kAnthropic, "http://127.0.0.1:8080/v1"), kToday);
  CHECK(other.chat_url == "http://127.0.0.1:8080/v1/messages");
  CHECK(header(other, "anthropic-version") == "2023-06-01");
  CHECK(other.local);
}

TEST_CASE("known servers have their habits") {
  const auto of = [](const char* url) { return make_endpoint(config(ProviderKind::kCompatible, url), kToday); };
  CHECK(of("https://api.groq.com/openai/v1").traits.cap_field == CapField::kMaxCompletionTokens);
  CHECK(of("http://127.0.0.1:11434/v1").traits.cap_field == CapField::kMaxTokens);
  CHECK(!of("https://api.mistral.ai/v1").traits.developer_role);
  const Endpoint azure = of("https://res.openai.azure.com/openai/deployments/d?api-version=2026-01-01");
  CHECK(azure.chat_url == "https://res.openai.azure.com/openai/deployments/d/chat/completions?api-version=2026-01-01");
  CHECK(header(azure, "api-key") == "k-123456");
  CHECK(header(azure, "Authorization").empty());
  const Endpoint studio = of("http://127.0.0.1:1234/v1");
  CHECK(studio.list_url == "http://127.0.0.1:1234/api/v1/models");
  CHECK(studio.other_list_url == "http://127.0.0.1:1234/v1/models");
  CHECK(of("http://192.168.1.5:8000/v1").local);
  CHECK(!of("https://openrouter.ai/api/v1").local);
}

TEST_CASE("no key, no header") {
  const Endpoint e = make_endpoint(config(ProviderKind::kCompatible, "http://127.0.0.1:11434/v1", ""), kToday);
  CHECK(e.headers.empty());
}

TEST_CASE("a default that its vendor has shut down becomes what took its place") {
  auto c = config(ProviderKind::kOpenAi, "https://api.openai.com/v1");
  c.model = "gpt-4";
  CHECK(make_endpoint(c, kToday).default_model == "gpt-6.1-terra");
  CHECK(make_endpoint(c, "2026-10-01").default_model == "gpt-4");
  c.base_url = "https://gateway.example/v1";
  CHECK(make_endpoint(c, kToday).default_model == "gpt-4");
}
