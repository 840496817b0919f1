// Inside store/ only: the columns that make a TurnUsage, which turns and messages both have.
#pragma once

#include "model/conversation.h"
#include "store/connection.h"

#define USAGE_COLUMNS "input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_micros, estimated"

namespace whinchat::store {

// first: the place of input_tokens in the row.
inline TurnUsage usage_of(const Row& row, int first) {
  TurnUsage usage;
  usage.input_tokens = row.integer_or_null(first);
  usage.cached_tokens = row.integer_or_null(first + 1);
  usage.cache_write_tokens = row.integer_or_null(first + 2);
  usage.output_tokens = row.integer_or_null(first + 3);
  usage.reasoning_tokens = row.integer_or_null(first + 4);
  usage.cost_micros = row.integer_or_null(first + 5);
  usage.estimated = row.flag(first + 6);
  return usage;
}

}  // namespace whinchat::store
