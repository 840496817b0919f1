// What we know of models without asking: names, limits, prices, which parameters they take, when they end.
// Dated data (kModelTableDate). A provider's live list goes before it where both speak; prices that are not known are -1.
// Sources: OpenAI and Anthropic model, pricing and deprecation pages and the parameter rules of their SDKs, 2026-11.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace whinchat::provider {

inline constexpr std::string_view kModelTableDate = "2026-11-23";

enum class Vendor : uint8_t { kOpenAi, kAnthropic, kOther };

enum class Sampling : uint8_t {
  kAllowed,
  kOnlyWithoutThinking,  // only when the effort is "none"
  kNever,
};

// How an Anthropic model takes the "thinking" field.
enum class Thinking : uint8_t {
  kNotAsked,   // we send nothing: off by default, or unknown to the model
  kSummarized, // thinks anyway: {"type":"adaptive","display":"summarized"} makes it visible
};

struct ModelRow {
  Vendor vendor;
  std::string_view id;             // also stands for its dated forms: id-2026-01-31, id-20260131, id-latest
  std::string_view name;
  int64_t context_tokens;          // -1: unknown
  int64_t output_tokens_max;
  double input_price;              // USD per million tokens, below the vendor's long-prompt threshold
  double output_price;
  double cached_input_price;
  std::string_view efforts;        // space-separated; empty: the field is not sent
  Sampling sampling;
  Thinking thinking;
  bool reasons;                    // thinking counts against the output cap
  bool offered;                    // listed when no live list is there
  std::string_view shutdown_date;  // "YYYY-MM-DD", "YYYY" or empty
  std::string_view replacement;    // what to use after that
  bool prefill = false;            // takes the beginning of its answer as a last message of the assistant; others refuse that
  bool sees_images = true;
};

// The table in order of recommendation.
const std::vector<ModelRow>& model_table();

// The row of that model or of the family whose dated form it is; null: unknown. kOther finds models of every vendor, also
// behind a prefix ("openai/gpt-6.1-terra").
const ModelRow* find_model(Vendor vendor, std::string_view id);

// Shut down on or before that day ("YYYY-MM-DD").
bool is_retired(const ModelRow& row, std::string_view today);

// How requests for a model are written; for unknown ids the rule of its family.
struct ModelRule {
  Sampling sampling = Sampling::kAllowed;
  Thinking thinking = Thinking::kNotAsked;
  bool reasons = false;
  int64_t output_tokens_max = -1;
  std::string_view efforts;
  bool prefill = false;
};
ModelRule rule_for(Vendor vendor, std::string_view id);

bool rule_allows_effort(const ModelRule& rule, std::string_view effort);

}  // namespace whinchat::provider
