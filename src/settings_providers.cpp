#include "settings_providers.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "settings_table.h"
#include "settings_values.h"

namespace whinchat {
namespace {

// Addresses: each provider's own API reference, 2026-11.
constexpr KnownProvider kKnown[] = {
    {"OPENAI", "openai", "OpenAI", ProviderKind::kOpenAi, "https://api.openai.com/v1", false},
    {"ANTHROPIC", "claude", "Claude", ProviderKind::kAnthropic, "https://api.anthropic.com", false},
    {"GEMINI", "gemini", "Gemini", ProviderKind::kCompatible, "https://generativelanguage.googleapis.com/v1beta/openai", false},
    {"MISTRAL", "mistral", "Mistral", ProviderKind::kCompatible, "https://api.mistral.ai/v1", false},
    {"GROQ", "groq", "Groq", ProviderKind::kCompatible, "https://api.groq.com/openai/v1", false},
    {"DEEPSEEK", "deepseek", "DeepSeek", ProviderKind::kCompatible, "https://api.deepseek.com/v1", false},
    {"OPENROUTER", "openrouter", "OpenRouter", ProviderKind::kCompatible, "https://openrouter.ai/api/v1", false},
    {"XAI", "xai", "xAI", ProviderKind::kCompatible, "https://api.x.ai/v1", false},
    {"TOGETHER", "together", "Together", ProviderKind::kCompatible, "https://api.together.xyz/v1", false},
    {"OLLAMA", "ollama", "Ollama", ProviderKind::kCompatible, "http://127.0.0.1:11434/v1", true},
    {"LLAMACPP", "llamacpp", "llama.cpp", ProviderKind::kCompatible, "http://127.0.0.1:8080/v1", true},
    {"LMSTUDIO", "lmstudio", "LM Studio", ProviderKind::kCompatible, "http://127.0.0.1:1234/v1", true},
    {"VLLM", "vllm", "vLLM", ProviderKind::kCompatible, "http://127.0.0.1:8000/v1", true},
};

const KnownProvider* find_known(std::string_view variable) {
  const auto found = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const auto& known) { return known.variable == variable; });
  return found == std::end(kKnown) ? nullptr : found;
}

// MY_SERVER -> "My Server"
std::string readable(std::string_view variable) {
  std::string name = lower_ascii(variable);
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_') name[i] = ' ';
    if (i == 0 || name[i - 1] == ' ') name[i] = upper_ascii(name.substr(i, 1))[0];
  }
  return name;
}

class ProviderReader {
 public:
  ProviderReader(Config& config, const Sources& sources, std::vector<std::string>& problems)
      : config_(config), sources_(sources), problems_(problems) {}

  void read_known(const KnownProvider& known) {
    const std::string variable(known.variable);
    ProviderConfig provider;
    provider.id = known.id;
    provider.name = known.name;
    provider.kind = known.kind;
    const bool has_key = read_key(variable, provider);
    provider.model = sources_.text(variable + "_MODEL");
    const Sourced* address = sources_.find(variable + "_BASE_URL");
    const auto url = read_address(address, variable + "_BASE_URL", std::string(known.base_url), provider);
    if (!url) return;
    const bool asked_for = known.local && (has_key || address != nullptr || !provider.model.empty());
    if (has_key || asked_for || (address != nullptr && url->is_loopback())) return add(std::move(provider), *url);
    if (address != nullptr) warn_no_key(*address, variable);
    if (!known.local) config_.possible_providers.push_back(std::move(provider));
  }

  // A name that only the settings know.
  void read_other(const std::string& variable) {
    const Sourced* address = sources_.find(variable + "_BASE_URL");
    if (address == nullptr) return;
    ProviderConfig provider;
    provider.id = lower_ascii(variable);
    provider.name = readable(variable);
    const bool has_key = read_key(variable, provider);
    provider.model = sources_.text(variable + "_MODEL");
    // Environments are full of addresses of other programs: there, one alone makes no provider.
    const bool meant = !address->from_environment || has_key || !provider.model.empty();
    if (!meant) return note_address(*address, variable);
    const auto url = read_address(address, variable + "_BASE_URL", {}, provider);
    if (!url) return;
    if (!has_key && !url->is_loopback()) return warn_no_key(*address, variable);
    if (provider.id == "claude" || provider.id == "demo") {
      problems_.push_back(address->variable + " (" + address->source + "): the id \"" + provider.id +
                          "\" is taken. Use another name" + (provider.id == "claude" ? ", or ANTHROPIC_BASE_URL." : "."));
      return;
    }
    add(std::move(provider), *url);
  }

  // A key in .env that belongs to no address: most likely a misspelt name.
  void read_lonely_key(const std::string& variable) {
    const Sourced* key = sources_.find(variable + "_API_KEY");
    if (key == nullptr || !key->from_file || is_placeholder(key->value)) return;
    config_.warnings.push_back(key->variable + " (" + key->source + ") has no effect: " + variable +
                               " is no provider known by name. Set " + variable + "_BASE_URL as well, or check the spelling.");
  }

 private:
  // True when there is one that is no placeholder.
  bool read_key(const std::string& variable, ProviderConfig& provider) {
    provider.key_variable = variable + "_API_KEY";
    const Sourced* key = sources_.find(provider.key_variable);
    if (key == nullptr) return false;
    if (is_placeholder(key->value)) {
      config_.warnings.push_back(key->variable + " (" + key->source + ") is still the example's text and counts as not set.");
      return false;
    }
    const auto bad = [](char c) { return c <= ' ' || c >= 0x7F; };  // it becomes an HTTP header
    if (std::any_of(key->value.begin(), key->value.end(), bad)) {
      problems_.push_back(key->variable + " (" + key->source + ") has a space or another character that no key has. Copy it again.");
      return false;
    }
    provider.api_key = Secret(key->value);
    return true;
  }

  std::optional<Url> read_address(const Sourced* address, const std::string& variable, std::string fallback, ProviderConfig& provider) {
    std::string text = address != nullptr ? address->value : std::move(fallback);
    while (text.ends_with('/')) text.pop_back();
    SettingValue unused;
    const std::string problem = read_value({.env = variable, .kind = SettingKind::kUrl}, text, unused);
    if (!problem.empty()) {
      if (find_setting(variable) != nullptr) return std::nullopt;  // the table's check has told
      problems_.push_back(variable + " (" + address->source + ") " + problem + '.');
      return std::nullopt;
    }
    provider.base_url = text;
    return parse_url(text).value();
  }

  // An address of that form is meant for a language model, and whoever set it looks for the model in vain.
  void note_address(const Sourced& address, const std::string& variable) {
    std::string_view path = address.value;
    while (path.ends_with('/')) path.remove_suffix(1);
    if (!path.ends_with("/v1")) return;
    config_.warnings.push_back(address.variable + " (" + address.source + ") alone makes no provider. To use that server, set " + variable +
                               "_API_KEY (none, if it needs no key) or " + variable + "_MODEL as well.");
  }

  void warn_no_key(const Sourced& address, const std::string& variable) {
    config_.warnings.push_back(address.variable + " (" + address.source + ") has no effect without " + variable +
                               "_API_KEY. If that server needs no key, set " + variable + "_API_KEY=none.");
  }

  void add(ProviderConfig provider, const Url& url) {
    if (url.scheme == "http" && !url.is_loopback()) {
      config_.warnings.push_back(provider.name + " is called by plain http at " + url.authority() +
                                 ": the key and every message can be read on the way. Use https if the server has it.");
    }
    if (config_.providers.size() >= limits::kProviders) {
      problems_.push_back("There are more than " + std::to_string(limits::kProviders) + " providers. Remove some.");
      return;
    }
    config_.given.insert(provider.key_variable);
    config_.providers.push_back(std::move(provider));
  }

  Config& config_;
  const Sources& sources_;
  std::vector<std::string>& problems_;
};

void read_openai_extras(Config& config, const Sources& sources) {
  for (ProviderConfig& provider : config.providers) {
    if (provider.kind != ProviderKind::kOpenAi) continue;
    const std::string dialect = lower_ascii(sources.text("OPENAI_API"));
    if (dialect == "chat") provider.dialect = OpenAiDialect::kChat;
    if (dialect == "responses") provider.dialect = OpenAiDialect::kResponses;
    const Sourced* organization = sources.find("OPENAI_ORGANIZATION", "OPENAI_ORG_ID");
    const Sourced* project = sources.find("OPENAI_PROJECT", "OPENAI_PROJECT_ID");
    if (organization != nullptr) provider.organization = organization->value;
    if (project != nullptr) provider.project = project->value;
  }
}

// The NAMEs of all NAME_BASE_URL (or other ending) that no row above has.
std::vector<std::string> other_names(const Sources& sources, std::string_view ending) {
  std::vector<std::string> names;
  for (const std::string& variable : sources.names_ending(ending)) {
    const std::string name = variable.substr(0, variable.size() - ending.size());
    if (is_provider_name(name) && find_known(name) == nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace

std::span<const KnownProvider> known_providers() { return kKnown; }

void add_providers(Config& config, const Sources& sources, std::vector<std::string>& problems) {
  ProviderReader reader(config, sources, problems);
  for (const KnownProvider& known : kKnown) reader.read_known(known);
  const std::vector<std::string> with_address = other_names(sources, "_BASE_URL");
  for (const std::string& name : with_address) reader.read_other(name);
  for (const std::string& name : other_names(sources, "_API_KEY")) {
    if (std::find(with_address.begin(), with_address.end(), name) == with_address.end()) reader.read_lonely_key(name);
  }
  read_openai_extras(config, sources);
}

}  // namespace whinchat
