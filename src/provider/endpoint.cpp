#include "provider/endpoint.h"

#include <algorithm>
#include <array>

#include "base/url.h"
#include "provider/model_list.h"

namespace whinchat::provider {

namespace {

// Anthropic's newest version for their own address; what others understand for the rest.
constexpr std::string_view kAnthropicVersion = "2026-10-21";
constexpr std::string_view kAnthropicVersionElsewhere = "2023-06-01";

struct ServerHabit {
  std::string_view host_end;
  CapField cap_field;
  bool developer_role;
  bool obfuscation_off;
};

// Everything else takes max_tokens and the role "system".
constexpr std::array kHabits = {
    ServerHabit{"api.openai.com", CapField::kMaxCompletionTokens, true, true},
    ServerHabit{".openai.azure.com", CapField::kMaxCompletionTokens, true, false},
    ServerHabit{"api.groq.com", CapField::kMaxCompletionTokens, false, false},
};

bool is_openai_host(std::string_view host) { return host == "api.openai.com" || host.ends_with(".api.openai.com"); }

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void add_openai(const ProviderConfig& config, const std::string& base, const Url& url, Endpoint& endpoint) {
  const bool own = is_openai_host(url.host);
  const bool responses = config.dialect == OpenAiDialect::kResponses || (config.dialect == OpenAiDialect::kAuto && own && config.kind == ProviderKind::kOpenAi);
  endpoint.wire = responses ? Wire::kOpenAiResponses : Wire::kOpenAiChat;
  endpoint.vendors_own = own;
  endpoint.traits.vendor = config.kind == ProviderKind::kOpenAi ? Vendor::kOpenAi : Vendor::kOther;
  for (const ServerHabit& habit : kHabits) {
    if (!url.host.ends_with(habit.host_end)) continue;
    endpoint.traits.cap_field = habit.cap_field;
    endpoint.traits.developer_role = habit.developer_role;
    endpoint.traits.obfuscation_off = habit.obfuscation_off;
  }
  endpoint.chat_url = base + (responses ? "/responses" : "/chat/completions");
  endpoint.list_url = base + "/models";
  if (!config.api_key.empty()) endpoint.headers.push_back({"Authorization", "Bearer " + std::string(config.api_key.reveal())});
  if (!config.organization.empty()) endpoint.headers.push_back({"OpenAI-Organization", config.organization});
  if (!config.project.empty()) endpoint.headers.push_back({"OpenAI-Project", config.project});
}

void add_anthropic(const ProviderConfig& config, const std::string& base, const Url& url, Endpoint& endpoint) {
  endpoint.wire = Wire::kAnthropic;
  endpoint.vendors_own = url.host == "api.anthropic.com";
  endpoint.traits.vendor = Vendor::kAnthropic;
  endpoint.chat_url = base + "/v1/messages";
  endpoint.list_url = base + "/v1/models?limit=1000";
  endpoint.headers.push_back({"anthropic-version", std::string(endpoint.vendors_own ? kAnthropicVersion : kAnthropicVersionElsewhere)});
  if (!config.api_key.empty()) endpoint.headers.push_back({"x-api-key", std::string(config.api_key.reveal())});
}

}  // namespace

Endpoint make_endpoint(const ProviderConfig& config, std::string_view today) {
  Endpoint endpoint;
  endpoint.id = config.id;
  endpoint.name = config.name.empty() ? config.id : config.name;
  endpoint.api_key = config.api_key;
  endpoint.default_model = config.model;
  const std::string base = without_slash(config.base_url);
  const auto url = parse_url(base);
  if (!url.ok()) return endpoint;  // the settings refuse such an address; every request then says why
  endpoint.local = url->ip ? url->ip->is_special() : url->is_loopback() || url->host.ends_with(".local");
  if (config.kind == ProviderKind::kAnthropic) add_anthropic(config, base, *url, endpoint);
  else add_openai(config, base, *url, endpoint);
  if (endpoint.default_model.empty() && endpoint.traits.vendor != Vendor::kOther) {
    const auto offered = table_models(endpoint.traits.vendor, today);
    if (!offered.empty()) endpoint.default_model = offered.front().id;
  }
  return endpoint;
}

}  // namespace whinchat::provider
