// Reads the lists of models that providers give, in all their shapes, and keeps those one can chat with. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provider/model_table.h"
#include "provider/provider.h"

namespace whinchat::provider {

inline constexpr size_t kModelsMax = 1000;  // per provider; the largest known list has about 500

struct ModelPage {
  std::vector<ModelInfo> models;
  bool has_more = false;  // Anthropic: ask again with after_id=last_id
  std::string last_id;
};

// Takes {"data":[...]}, {"models":[...]} and [...]. Error kProviderProtocol when it is none of these.
Result<ModelPage> parse_model_list(std::string_view body, std::string_view provider_name);

// False for models of OpenAI's list that do something else: embeddings, speech, images, moderation.
bool is_chat_model(Vendor vendor, std::string_view id);

// The live list with names, limits, prices and dates of our table where the list is silent; models that are retired
// today or cannot chat are left out; known ones come first, in the table's order.
std::vector<ModelInfo> merge_models(Vendor vendor, std::vector<ModelInfo> live, std::string_view today);

// What the table offers for a vendor when there is no live list.
std::vector<ModelInfo> table_models(Vendor vendor, std::string_view today);

}  // namespace whinchat::provider
