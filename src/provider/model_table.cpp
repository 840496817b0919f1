#include "provider/model_table.h"

namespace whinchat::provider {
namespace {

constexpr auto kOpenAi = Vendor::kOpenAi;
constexpr auto kAnthropic = Vendor::kAnthropic;
constexpr auto kOther = Vendor::kOther;
constexpr auto kAllowed = Sampling::kAllowed;
constexpr auto kNoEffort = Sampling::kOnlyWithoutThinking;
constexpr auto kNever = Sampling::kNever;
constexpr auto kSilent = Thinking::kNotAsked;
constexpr auto kShown = Thinking::kSummarized;

constexpr int64_t kLong = 1'050'000;
constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kOut = 128'000;

constexpr std::string_view kNoneToMax = "none low medium high xhigh max";
constexpr std::string_view kLowToMax = "low medium high xhigh max";
constexpr std::string_view kNoneToXhigh = "none low medium high xhigh";
constexpr std::string_view kMinimalToHigh = "minimal low medium high";
constexpr std::string_view kLowToHigh = "low medium high";

// vendor, id, name, context, output, in, out, cached, efforts, sampling, thinking, reasons, offered, shutdown, replacement, prefill, sees_images
const std::vector<ModelRow> kTable = {
    {kOpenAi, "gpt-6.1-terra", "GPT-6.1 Terra", kLong, kOut, 1, 5, .05, kNoneToMax, kNoEffort, kSilent, true, true, "", ""},
    {kOpenAi, "gpt-6-luna", "GPT-6 Luna", kLong, kOut, .10, .50, .01, kNoneToMax, kNoEffort, kSilent, true, true, "", ""},
    {kOpenAi, "gpt-6.1-sol", "GPT-6.1 Sol", kLong, kOut, 2, 10, .10, kLowToMax, kNever, kSilent, true, true, "", ""},
    {kOpenAi, "gpt-6-astra", "GPT-6 Astra", kLong, kOut, 10, 50, 1, kLowToMax, kNever, kSilent, true, true, "", ""},
    {kOpenAi, "gpt-6-sol", "GPT-6 Sol", -1, -1, -1, -1, -1, kNoneToMax, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.6-luna", "GPT-5.6 Luna", -1, -1, -1, -1, -1, kNoneToMax, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.6-terra", "GPT-5.6 Terra", -1, -1, -1, -1, -1, kNoneToMax, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.6-sol", "GPT-5.6 Sol", -1, -1, -1, -1, -1, kNoneToMax, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.5", "GPT-5.5", -1, -1, -1, -1, -1, kNoneToXhigh, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.4", "GPT-5.4", -1, -1, -1, -1, -1, kNoneToXhigh, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.4-nano", "GPT-5.4 Nano", -1, -1, -1, -1, -1, kNoneToXhigh, kNoEffort, kSilent, true, false, "2027-04-01", "gpt-6-luna"},
    {kOpenAi, "gpt-5.2", "GPT-5.2", -1, -1, -1, -1, -1, kNoneToXhigh, kNoEffort, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5.1", "GPT-5.1", -1, -1, -1, -1, -1, "none low medium high", kNoEffort, kSilent, true, false, "2027-04-01", "gpt-6.1-terra"},
    {kOpenAi, "gpt-5-pro", "GPT-5 Pro", -1, -1, -1, -1, -1, "high", kNever, kSilent, true, false, "", ""},
    {kOpenAi, "gpt-5", "GPT-5", -1, -1, -1, -1, -1, kMinimalToHigh, kNever, kSilent, true, false, "2026-12-11", "gpt-6.1-terra"},
    {kOpenAi, "gpt-5-mini", "GPT-5 Mini", -1, -1, -1, -1, -1, kMinimalToHigh, kNever, kSilent, true, false, "2026-12-11", "gpt-6-luna"},
    {kOpenAi, "gpt-5-nano", "GPT-5 Nano", -1, -1, -1, -1, -1, kMinimalToHigh, kNever, kSilent, true, false, "2026-12-11", "gpt-6-luna"},
    {kOpenAi, "o3", "o3", -1, -1, -1, -1, -1, kLowToHigh, kNever, kSilent, true, false, "2026-12-11", "gpt-6.1-terra"},
    {kOpenAi, "gpt-4o", "GPT-4o", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2027-01-14", "gpt-6.1-terra"},
    {kOpenAi, "gpt-4o-mini", "GPT-4o mini", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2027-01-14", "gpt-6-luna"},
    {kOpenAi, "gpt-4.1", "GPT-4.1", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2027-01-14", "gpt-6.1-terra"},
    {kOpenAi, "gpt-4.1-mini", "GPT-4.1 mini", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2027-01-14", "gpt-6-luna"},
    // Shut down: kept only to say what took their place.
    {kOpenAi, "gpt-4", "GPT-4", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2026-10-23", "gpt-6.1-terra", false, false},
    {kOpenAi, "gpt-4-turbo", "GPT-4 Turbo", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2026-10-23", "gpt-6.1-terra"},
    {kOpenAi, "gpt-3.5-turbo", "GPT-3.5 Turbo", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2026-10-23", "gpt-6-luna", false, false},
    {kOpenAi, "gpt-4.1-nano", "GPT-4.1 nano", -1, -1, -1, -1, -1, "", kAllowed, kSilent, false, false, "2026-10-23", "gpt-6-luna"},
    {kOpenAi, "o1", "o1", -1, -1, -1, -1, -1, kLowToHigh, kNever, kSilent, true, false, "2026-10-23", "gpt-6.1-terra"},
    {kOpenAi, "o3-mini", "o3-mini", -1, -1, -1, -1, -1, kLowToHigh, kNever, kSilent, true, false, "2026-10-23", "gpt-6-luna", false, false},
    {kOpenAi, "o4-mini", "o4-mini", -1, -1, -1, -1, -1, kLowToHigh, kNever, kSilent, true, false, "2026-10-23", "gpt-6-luna"},

    {kAnthropic, "claude-sonnet-5-5", "Claude Sonnet 5.5", kMillion, kOut, 2, 10, .10, kLowToMax, kNever, kShown, true, true, "", ""},
    {kAnthropic, "claude-haiku-5-5", "Claude Haiku 5.5", kMillion, kOut, .10, .50, .01, kLowToMax, kNever, kShown, true, true, "", ""},
    {kAnthropic, "claude-opus-5-5", "Claude Opus 5.5", kMillion, kOut, 4, 20, .20, kLowToMax, kNever, kShown, true, true, "", ""},
    {kAnthropic, "claude-fable-5-2", "Claude Fable 5.2", kMillion, kOut, 8, 40, .20, kLowToMax, kNever, kShown, true, true, "", ""},
    {kAnthropic, "claude-fable-5-1", "Claude Fable 5.1", -1, -1, -1, -1, -1, kLowToMax, kNever, kShown, true, false, "", ""},
    {kAnthropic, "claude-fable-5", "Claude Fable 5", -1, -1, -1, -1, -1, kLowToMax, kNever, kShown, true, false, "", ""},
    {kAnthropic, "claude-opus-5", "Claude Opus 5", -1, -1, -1, -1, -1, kLowToMax, kNever, kShown, true, false, "", ""},
    {kAnthropic, "claude-sonnet-5", "Claude Sonnet 5", -1, -1, -1, -1, -1, kLowToMax, kNever, kShown, true, false, "", ""},
    {kAnthropic, "claude-opus-4-8", "Claude Opus 4.8", -1, -1, -1, -1, -1, kLowToMax, kNever, kSilent, false, false, "", ""},
    {kAnthropic, "claude-opus-4-7", "Claude Opus 4.7", -1, -1, -1, -1, -1, kLowToMax, kNever, kSilent, false, false, "", ""},
    {kAnthropic, "claude-opus-4-6", "Claude Opus 4.6", -1, -1, -1, -1, -1, kLowToMax, kNever, kSilent, false, false, "", ""},
    {kAnthropic, "claude-sonnet-4-6", "Claude Sonnet 4.6", -1, -1, -1, -1, -1, kLowToMax, kNever, kSilent, false, false, "", ""},
    {kAnthropic, "claude-opus-4-5", "Claude Opus 4.5", -1, 64'000, -1, -1, -1, kLowToHigh, kNever, kSilent, false, false, "", "", true},
    {kAnthropic, "claude-haiku-4-5", "Claude Haiku 4.5", -1, 64'000, -1, -1, -1, "", kNever, kSilent, false, false, "", "", true},
    {kAnthropic, "claude-sonnet-4-5", "Claude Sonnet 4.5", -1, 64'000, -1, -1, -1, "", kNever, kSilent, false, false, "2026-11-30", "claude-sonnet-5-5", true},
    {kAnthropic, "claude-opus-4-1", "Claude Opus 4.1", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2026", "claude-opus-5-5", true},
    {kAnthropic, "claude-opus-4", "Claude Opus 4", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2026", "claude-opus-5-5", true},
    {kAnthropic, "claude-sonnet-4", "Claude Sonnet 4", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2026", "claude-sonnet-5-5", true},
    {kAnthropic, "claude-3-5-sonnet-20241022", "Claude 3.5 Sonnet", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2025-10-28", "claude-sonnet-5-5", true},
    {kAnthropic, "claude-3-sonnet", "Claude 3 Sonnet", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2025-07-21", "claude-sonnet-5-5", true},
    {kAnthropic, "claude-3-opus-20240229", "Claude 3 Opus", -1, -1, -1, -1, -1, "", kNever, kSilent, false, false, "2026-01-05", "claude-opus-5-5", true},

    {kOther, "deepseek-flash", "DeepSeek Flash", kMillion, 384'000, .30, 1.20, .006, "", kAllowed, kSilent, true, false, "", ""},
    {kOther, "deepseek-v4-pro", "DeepSeek V4 Pro", kMillion, 384'000, 1.32, 3.96, .044, "", kAllowed, kSilent, true, false, "", "", false, false},
    {kOther, "openai/gpt-oss-120b", "GPT-OSS 120B", 131'072, 65'536, .15, .60, .075, kLowToHigh, kAllowed, kSilent, true, false, "", "", false, false},
    {kOther, "mistral-medium-latest", "Mistral Medium", 262'144, -1, 1.5, 7.5, .15, "", kAllowed, kSilent, false, false, "", ""},
    {kOther, "mistral-large-4", "Mistral Large 4", kMillion, 262'144, .7, 2.1, .07, "", kAllowed, kSilent, false, false, "", ""},
    {kOther, "gemini-3.8-flash", "Gemini 3.8 Flash", 1'048'576, 65'536, .75, 3.75, .075, kLowToHigh, kAllowed, kSilent, true, false, "", ""},
    {kOther, "gemini-4-argon", "Gemini 4 Argon", 1'048'576, 32'768, 2, 10, .10, kLowToHigh, kAllowed, kSilent, true, false, "", ""},
    {kOther, "grok-4.7", "Grok 4.7", 500'000, -1, 2, 6, .5, "", kAllowed, kSilent, true, false, "", ""},
};

bool is_date_suffix(std::string_view suffix) {
  if (suffix == "-latest") return true;
  // "-0613", "-20250929", "-2024-08-06", but not "-5" or "-5-20250929": those are other models.
  if (suffix.size() < 5 || suffix.front() != '-' || suffix.find('-', 1) < 5) return false;
  return suffix.find_first_not_of("0123456789-") == std::string_view::npos;
}

bool names(const ModelRow& row, std::string_view id) {
  if (id == row.id) return true;
  return id.size() > row.id.size() && id.substr(0, row.id.size()) == row.id && is_date_suffix(id.substr(row.id.size()));
}

bool begins(std::string_view id, std::string_view with) { return id.substr(0, with.size()) == with; }

ModelRule unknown_openai(std::string_view id) {
  if (begins(id, "gpt-4") || begins(id, "chatgpt-") || begins(id, "gpt-3.5")) return {};
  ModelRule rule;
  rule.sampling = Sampling::kNever;
  rule.reasons = true;
  // "-pro" models and all later families: which efforts they take is not known, so any is passed on.
  rule.efforts = "none minimal low medium high xhigh max";
  return rule;
}

ModelRule unknown_anthropic(std::string_view id) {
  ModelRule rule;
  rule.sampling = Sampling::kNever;
  if (!begins(id, "claude-") || begins(id, "claude-3") || begins(id, "claude-2") || begins(id, "claude-instant")) return rule;
  // claude-<line>-<major>...: 5 and later think unless told otherwise.
  const size_t digit = id.find_first_of("0123456789");
  const bool four = digit == std::string_view::npos || id[digit] == '4';
  rule.reasons = !four;
  rule.thinking = four ? Thinking::kNotAsked : Thinking::kSummarized;
  if (!four) rule.efforts = kLowToMax;
  return rule;
}

}  // namespace

const std::vector<ModelRow>& model_table() { return kTable; }

const ModelRow* find_model(Vendor vendor, std::string_view id) {
  const ModelRow* best = nullptr;
  for (const ModelRow& row : kTable) {
    if (vendor != Vendor::kOther && row.vendor != vendor) continue;
    if (names(row, id) && (!best || row.id.size() > best->id.size())) best = &row;
  }
  if (best || vendor != Vendor::kOther) return best;
  const size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? nullptr : find_model(vendor, id.substr(slash + 1));
}

bool is_retired(const ModelRow& row, std::string_view today) {
  return !row.shutdown_date.empty() && row.shutdown_date <= today;
}

ModelRule rule_for(Vendor vendor, std::string_view id) {
  if (const ModelRow* row = find_model(vendor, id)) {
    return {row->sampling, row->thinking, row->reasons, row->output_tokens_max, row->efforts, row->prefill};
  }
  if (vendor == Vendor::kOpenAi) return unknown_openai(id);
  if (vendor == Vendor::kAnthropic) return unknown_anthropic(id);
  return {};
}

bool rule_allows_effort(const ModelRule& rule, std::string_view effort) {
  if (effort.empty()) return false;
  std::string_view rest = rule.efforts;
  while (!rest.empty()) {
    const size_t space = rest.find(' ');
    if (rest.substr(0, space) == effort) return true;
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return false;
}

}  // namespace whinchat::provider
