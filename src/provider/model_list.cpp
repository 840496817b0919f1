#include "provider/model_list.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/utf8.h"
#include "provider/json_read.h"
#include "provider/upstream_error.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

constexpr size_t kIdBytesMax = 256;

int64_t first_of(const json& j, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto n = integer_in(j, key); n && *n > 0) return *n;
  }
  return -1;
}

// OpenRouter: USD per token, as text.
double price_of(const json& pricing, std::string_view key) {
  const auto number = parse_number(string_in(pricing, key));
  if (!number || *number < 0) return -1;
  return *number * 1e6;
}

void take_limits(const json& entry, ModelInfo& model) {
  model.context_tokens = first_of(entry, {"context_length", "context_window", "max_model_len", "max_input_tokens", "max_context_length"});
  model.output_tokens_max = first_of(entry, {"max_completion_tokens", "max_output_tokens", "max_tokens"});
  if (const json* meta = member(entry, "meta"); meta && model.context_tokens < 0) model.context_tokens = first_of(*meta, {"n_ctx"});
  if (const json* top = member(entry, "top_provider"); top && model.output_tokens_max < 0) {
    model.output_tokens_max = first_of(*top, {"max_completion_tokens"});
  }
  if (const json* pricing = member(entry, "pricing")) {
    model.input_price = price_of(*pricing, "prompt");
    model.output_price = price_of(*pricing, "completion");
    model.cached_input_price = price_of(*pricing, "input_cache_read");
  }
}

// A model file's path says more than needed: "/models/Qwen3-8B-Q4.gguf" -> "Qwen3-8B-Q4".
std::string name_of_path(std::string_view id) {
  constexpr std::string_view kSuffix = ".gguf";
  if (!id.ends_with(kSuffix)) return {};
  id.remove_suffix(kSuffix.size());
  const size_t slash = id.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? id : id.substr(slash + 1));
}

// Anthropic says it of each capability, OpenRouter names what a model reads.
std::optional<bool> sees_images(const json& entry) {
  if (const json* all = member(entry, "capabilities")) {
    const json* image = member(*all, "image_input");
    if (image && image->is_object()) image = member(*image, "supported");
    if (image && image->is_boolean()) return image->get<bool>();
  }
  if (const json* architecture = member(entry, "architecture")) {
    const json* reads = member(*architecture, "input_modalities");
    if (reads && reads->is_array() && !reads->empty()) return std::find(reads->begin(), reads->end(), "image") != reads->end();
  }
  return std::nullopt;
}

bool take_entry(const json& entry, ModelInfo& model) {
  for (const char* key : {"id", "key", "name", "model"}) {
    if (model.id.empty()) model.id = std::string(string_in(entry, key));
  }
  if (entry.is_string()) model.id = entry.get<std::string>();
  if (model.id.starts_with("models/")) model.id.erase(0, 7);  // Gemini
  if (model.id.empty() || model.id.size() > kIdBytesMax) return false;
  if (const json* active = member(entry, "active"); active && active->is_boolean() && !active->get<bool>()) return false;
  if (string_in(entry, "lifecycle") == "retired") return false;
  if (const auto type = string_in(entry, "type"); type == "embedding" || type == "embeddings") return false;
  for (const char* key : {"display_name", "name"}) {
    if (model.name.empty()) model.name = std::string(utf8_prefix(string_in(entry, key), kIdBytesMax));
  }
  if (model.name.empty() || model.name == model.id) model.name = name_of_path(model.id);
  for (const char* key : {"shutdown_date", "retires_at"}) {
    if (model.shutdown_date.empty()) model.shutdown_date = std::string(string_in(entry, key).substr(0, 10));
  }
  take_limits(entry, model);
  model.sees_images = sees_images(entry);
  return true;
}

template <class T>
void fill(T& field, T from) {
  if (field < 0) field = from;
}

void enrich(ModelInfo& model, const ModelRow& row) {
  if (model.name.empty() || model.name == model.id) {
    const std::string_view dated = std::string_view(model.id).substr(std::min(model.id.size(), row.id.size()));
    model.name = std::string(row.name);
    if (model.id.starts_with(row.id) && !dated.empty()) model.name += " (" + std::string(dated.substr(1)) + ")";
  }
  fill(model.context_tokens, row.context_tokens);
  fill(model.output_tokens_max, row.output_tokens_max);
  fill(model.input_price, row.input_price);
  fill(model.output_price, row.output_price);
  fill(model.cached_input_price, row.cached_input_price);
  if (!model.sees_images) model.sees_images = row.sees_images;
  if (model.shutdown_date.empty() && row.shutdown_date.size() == 10) model.shutdown_date = std::string(row.shutdown_date);
}

size_t rank_of(const ModelRow* row) {
  return row ? static_cast<size_t>(row - model_table().data()) : model_table().size();
}

}  // namespace

bool is_chat_model(Vendor vendor, std::string_view id) {
  if (vendor != Vendor::kOpenAi) return id.find("embed") == std::string_view::npos;
  constexpr std::array<std::string_view, 12> kElsewhere = {"embedding", "whisper", "transcribe", "tts", "image", "realtime",
                                                           "moderation", "dall-e", "sora", "babbage", "davinci", "-instruct"};
  return std::none_of(kElsewhere.begin(), kElsewhere.end(),
                      [&](std::string_view word) { return id.find(word) != std::string_view::npos; });
}

Result<ModelPage> parse_model_list(std::string_view body, std::string_view provider_name) {
  json parsed;
  bool marked = false;
  const json* list = nullptr;
  if (parse_upstream_json(body, parsed, marked)) {
    list = parsed.is_array() ? &parsed : member(parsed, "data");
    if (!list || !list->is_array()) list = member(parsed, "models");
  }
  if (!list || !list->is_array()) {
    return Error{ErrorCode::kProviderProtocol, std::string(provider_name) + " gave no list of models.",
                 redact_for_log(body.substr(0, kErrorDetailBytesMax), "")};
  }
  ModelPage page;
  for (const json& entry : *list) {
    ModelInfo model;
    if (page.models.size() < kModelsMax && take_entry(entry, model)) page.models.push_back(std::move(model));
  }
  const json* more = member(parsed, "has_more");
  page.has_more = more && more->is_boolean() && more->get<bool>();
  page.last_id = std::string(string_in(parsed, "last_id"));
  return page;
}

std::vector<ModelInfo> merge_models(Vendor vendor, std::vector<ModelInfo> live, std::string_view today) {
  struct Ranked {
    size_t rank;
    ModelInfo model;
  };
  std::vector<Ranked> kept;
  for (ModelInfo& model : live) {
    const ModelRow* row = find_model(vendor, model.id);
    const bool own = vendor != Vendor::kOther;  // another vendor's name at a third server says nothing of its end there
    if (!is_chat_model(vendor, model.id) || (own && row && is_retired(*row, today))) continue;
    if (!model.shutdown_date.empty() && model.shutdown_date <= today) continue;
    if (row && (own || row->vendor == Vendor::kOther)) enrich(model, *row);
    if (model.name.empty()) model.name = model.id;
    kept.push_back({rank_of(row), std::move(model)});
  }
  std::stable_sort(kept.begin(), kept.end(), [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
  std::vector<ModelInfo> out;
  for (Ranked& r : kept) {
    const bool doubled = std::any_of(out.begin(), out.end(), [&](const ModelInfo& m) { return m.id == r.model.id; });
    if (!doubled) out.push_back(std::move(r.model));
  }
  return out;
}

std::vector<ModelInfo> table_models(Vendor vendor, std::string_view today) {
  std::vector<ModelInfo> out;
  if (vendor == Vendor::kOther) return out;
  for (const ModelRow& row : model_table()) {
    if (row.vendor != vendor || !row.offered || is_retired(row, today)) continue;
    ModelInfo model;
    model.id = std::string(row.id);
    enrich(model, row);
    out.push_back(std::move(model));
  }
  return out;
}

}  // namespace whinchat::provider
