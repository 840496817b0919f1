#include "provider/cost.h"

#include <algorithm>
#include <cmath>

namespace whinchat::provider {

namespace {

constexpr double kCacheWriteFactor = 1.25;  // for five minutes; nobody is asked for longer

double count(int64_t tokens) { return static_cast<double>(std::max<int64_t>(tokens, 0)); }

}  // namespace

std::optional<int64_t> cost_micros(const ModelInfo& model, const Usage& usage) {
  if (model.input_price < 0 || model.output_price < 0 || usage.input_tokens < 0 || usage.output_tokens < 0) return std::nullopt;
  const double cached = std::min(count(usage.cached_input_tokens), count(usage.input_tokens));
  const double written = std::min(count(usage.cache_write_tokens), count(usage.input_tokens) - cached);
  const double plain = count(usage.input_tokens) - cached - written;
  const double cached_price = model.cached_input_price >= 0 ? model.cached_input_price : model.input_price;
  // USD per million tokens is micro-USD per token.
  const double micros = plain * model.input_price + cached * cached_price + written * model.input_price * kCacheWriteFactor +
                        count(usage.output_tokens) * model.output_price;
  return static_cast<int64_t>(std::ceil(micros - 1e-6));
}

}  // namespace whinchat::provider
