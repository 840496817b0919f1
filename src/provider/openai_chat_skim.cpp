#include "provider/openai_chat_skim.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "provider/json_skim.h"

namespace whinchat::provider {
namespace {

// A string that stands there once, as it is. False: anything else.
bool skim_plain(JsonSkim& skim, Slice& slice) {
  if (slice.seen || !skim.at_string() || !skim.string(slice.inside, slice.escaped) || slice.escaped) return false;
  slice.seen = true;
  return true;
}

// {"role": "...", "content": "..."} and nulls. False: anything else.
bool skim_delta(JsonSkim& skim, Slice& content) {
  if (!skim.begin_object()) return false;
  std::string_view key;
  while (skim.next_member(key)) {
    if (key == "content" && skim.at_string()) {
      if (content.seen || !skim.string(content.inside, content.escaped)) return false;
      content.seen = true;
    } else if (key == "role") {
      if (!skim.skip_scalar()) return false;
    } else if (key == "content" || !skim.null()) {
      return false;
    }
  }
  return !skim.failed();
}

// One choice that only carries a delta and, at the end, a reason.
bool skim_choice(JsonSkim& skim, SkimmedChunk& out) {
  if (!skim.begin_object()) return false;
  std::string_view key;
  bool delta_seen = false;
  while (skim.next_member(key)) {
    if (key == "delta") {
      if (delta_seen || !skim_delta(skim, out.content)) return false;
      delta_seen = true;
    } else if (key == "finish_reason") {  // of two the last counts, so a second one is for the parser
      if (out.finish.seen || !(skim.at_string() ? skim_plain(skim, out.finish) : skim.null())) return false;
    } else if (key == "index") {
      std::string_view digits;
      if (!skim.integer(digits) || digits != "0") return false;
    } else if (!skim.null()) {  // logprobs, usage
      return false;
    }
  }
  return !skim.failed();
}

// A count that stands there once. False: anything else, and what integer_in() would judge.
bool skim_count(JsonSkim& skim, std::optional<int64_t>& count) {
  std::string_view digits;
  if (count || !skim.integer(digits) || digits.size() > 12) return false;
  count = parse_integer(digits);
  return count.has_value();
}

// {"cached_tokens": 3, ...} once, or null: the counts named in `wanted`, and any scalar of what nobody asks for.
bool skim_details(JsonSkim& skim, bool& seen, std::initializer_list<std::pair<std::string_view, std::optional<int64_t>*>> wanted) {
  if (std::exchange(seen, true)) return false;
  if (skim.null()) return true;
  if (!skim.begin_object()) return false;
  std::string_view key;
  while (skim.next_member(key)) {
    const auto found = std::find_if(wanted.begin(), wanted.end(), [&](const auto& one) { return one.first == key; });
    if (!(found == wanted.end() ? skim.skip_scalar() : skim_count(skim, *found->second))) return false;
  }
  return !skim.failed();
}

bool skim_usage(JsonSkim& skim, SkimmedChunk::Counts& out) {
  if (out.seen || !skim.begin_object()) return false;
  out.seen = true;
  std::string_view key;
  while (skim.next_member(key)) {
    bool fine = true;
    if (key == "prompt_tokens") fine = skim_count(skim, out.prompt);
    else if (key == "completion_tokens") fine = skim_count(skim, out.completion);
    else if (key == "prompt_cache_hit_tokens") fine = skim_count(skim, out.cache_hit);
    else if (key == "cached_tokens") fine = skim_count(skim, out.cached_plain);
    else if (key == "prompt_tokens_details") fine = skim_details(skim, out.prompt_details_seen, {{"cached_tokens", &out.cached}, {"cache_write_tokens", &out.cache_write}});
    else if (key == "completion_tokens_details") fine = skim_details(skim, out.completion_details_seen, {{"reasoning_tokens", &out.reasoning}});
    else fine = skim.skip_scalar();
    if (!fine) return false;
  }
  return !skim.failed();
}

// The one choice, or none where an event only counts.
bool skim_choices(JsonSkim& skim, SkimmedChunk& out) {
  if (!skim.begin_array()) return false;
  if (!skim.next_element()) return !skim.failed();
  return skim_choice(skim, out) && !skim.next_element() && !skim.failed();
}

}  // namespace

bool skim_openai_chat(std::string_view data, SkimmedChunk& out) {
  JsonSkim skim(data);
  if (!skim.begin_object()) return false;
  std::string_view key;
  bool choices_seen = false;
  while (skim.next_member(key)) {
    if (key == "choices") {
      if (choices_seen || !skim_choices(skim, out)) return false;
      choices_seen = true;
    } else if (key == "usage") {
      if (out.counts.seen || (!skim.null() && !skim_usage(skim, out.counts))) return false;
    } else if (key == "error" || key == "x_groq") {
      if (!skim.null()) return false;
    } else if (key == "model") {
      if (!skim_plain(skim, out.model)) return false;
    } else if (key == "object" && skim.at_string()) {
      Slice object;
      if (!skim_plain(skim, object) || object.inside == "error") return false;
    } else if (!skim.skip_scalar()) {  // id, object, created, system_fingerprint, service_tier, obfuscation
      return false;
    }
  }
  return skim.end() && (out.content.seen || !out.finish.inside.empty() || out.counts.seen);
}

}  // namespace whinchat::provider
