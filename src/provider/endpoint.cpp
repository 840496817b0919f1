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
  bool unknown_models_reason;
  bool key_header;  // "api-key: KEY" instead of a bearer token
};

// Everything else takes max_tokens, the role "system" and a bearer token.
constexpr std::array kHabits = {
    ServerHabit{"api.openai.com", CapField::kMaxCompletionTokens, true, true, true, false},
    ServerHabit{".openai.azure.com", CapField::kMaxCompletionTokens, true, false, false, true},
    ServerHabit{"api.groq.com", CapField::kMaxCompletionTokens, false, false, false, false},
};

constexpr int kLmStudioPort = 1234;

bool is_openai_host(std::string_view host) { return host == "api.openai.com" || host.ends_with(".api.openai.com"); }

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Some addresses end in a query ("?api-version=..."), which stays at the end.
std::string joined(const std::string& base, std::string_view path) {
  const size_t query = base.find('?');
  return without_slash(base.substr(0, query)) + std::string(path) + (query == std::string::npos ? "" : base.substr(query));
}

// A model that its vendor has shut down would only give errors: the guide's own example names one.
std::string current_default(const Endpoint& endpoint, const std::string& wanted, std::string_view today) {
  const ModelRow* row = endpoint.vendors_own ? find_model(endpoint.traits.vendor, wanted) : nullptr;
  return row && is_retired(*row, today) ? std::string(row->replacement) : wanted;
}

void add_openai(const ProviderConfig& config, const std::string& base, const Url& url, Endpoint& endpoint) {
  const bool own = is_openai_host(url.host);
  const bool responses = config.dialect == OpenAiDialect::kResponses || (config.dialect == OpenAiDialect::kAuto && own && config.kind == ProviderKind::kOpenAi);
  endpoint.wire = responses ? Wire::kOpenAiResponses : Wire::kOpenAiChat;
  endpoint.vendors_own = own;
  endpoint.traits.vendor = config.kind == ProviderKind::kOpenAi ? Vendor::kOpenAi : Vendor::kOther;
  bool key_header = false;
  for (const ServerHabit& habit : kHabits) {
    if (!url.host.ends_with(habit.host_end)) continue;
    endpoint.traits.cap_field = habit.cap_field;
    endpoint.traits.developer_role = habit.developer_role;
    endpoint.traits.obfuscation_off = habit.obfuscation_off;
    endpoint.traits.unknown_models_reason = habit.unknown_models_reason;
    key_header = habit.key_header;
  }
  endpoint.chat_url = joined(base, responses ? "/responses" : "/chat/completions");
  endpoint.list_url = joined(base, "/models");
  endpoint.speech_url = joined(base, "/audio/transcriptions");
  if (url.is_loopback() && url.port == kLmStudioPort) {  // its own list tells names and context sizes
    endpoint.other_list_url = std::move(endpoint.list_url);
    endpoint.list_url = url.origin() + "/api/v1/models";
  }
  const std::string key(config.api_key.reveal());
  if (!key.empty()) endpoint.headers.push_back(key_header ? http::Header{"api-key", key} : http::Header{"Authorization", "Bearer " + key});
  if (!config.organization.empty()) endpoint.headers.push_back({"OpenAI-Organization", config.organization});
  if (!config.project.empty()) endpoint.headers.push_back({"OpenAI-Project", config.project});
}

void add_anthropic(const ProviderConfig& config, std::string base, const Url& url, Endpoint& endpoint) {
  if (base.ends_with("/v1")) base.resize(base.size() - 3);  // as people write it who know the other kind
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
  if (!config.model.empty()) endpoint.default_model = current_default(endpoint, config.model, today);
  if (endpoint.default_model.empty() && endpoint.traits.vendor != Vendor::kOther) {
    const auto offered = table_models(endpoint.traits.vendor, today);
    if (!offered.empty()) endpoint.default_model = offered.front().id;
  }
  return endpoint;
}

}  // namespace whinchat::provider
