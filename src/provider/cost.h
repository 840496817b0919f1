// What an answer costs. Pure. Sources: pricing pages of the providers, 2026-11; see model_table.h.
#pragma once

#include <cstdint>
#include <optional>

#include "provider/provider.h"

namespace whinchat::provider {

// In micro-USD, rounded up. Nothing when a price or a count is not known. Tokens written to a cache cost a quarter more than
// others; the vendors' dearer prices for prompts of several hundred thousand tokens are not in the table.
std::optional<int64_t> cost_micros(const ModelInfo& model, const Usage& usage);

}  // namespace whinchat::provider
