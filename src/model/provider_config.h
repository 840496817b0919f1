// What the settings say about one provider of language models. A plain value; made at start, never changed.
#pragma once

#include <string>

#include "base/secret.h"

namespace whinchat {

enum class ProviderKind { kOpenAi, kAnthropic, kCompatible, kDemo };
enum class OpenAiDialect { kAuto, kChat, kResponses };  // kAuto: responses for api.openai.com only

struct ProviderConfig {
  std::string id;               // "openai", "claude", "groq", "demo": what clients send
  std::string name;             // for people: "OpenAI", "Groq"
  ProviderKind kind = ProviderKind::kCompatible;
  std::string base_url;         // http or https, without a slash at the end; empty for the demo
  Secret api_key;               // may be empty for a server that needs none
  std::string model;            // NAME_MODEL; empty: the provider's default
  OpenAiDialect dialect = OpenAiDialect::kAuto;  // OpenAI only
  std::string organization;     // OpenAI only, optional
  std::string project;          // OpenAI only, optional
  std::string key_variable;     // "OPENAI_API_KEY": named in error messages
};

}  // namespace whinchat
