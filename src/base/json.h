// JSON from outside, parsed under limits: nothing is built beyond them, and what comes out is safe to copy, compare and
// dump (nlohmann::json recurses there, so 1 MiB of '[' would overflow the stack).
//
// Stricter than RFC 8259 where a lenient reader becomes a hole: a repeated key, a NUL character, a lone surrogate, a byte
// order mark, ill-formed UTF-8 and numbers beyond a double are refused. The whole text must be one value.
// Include <nlohmann/json.hpp> in the .cpp that calls this. Thread-safe; throws only std::bad_alloc.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace whinchat {

struct JsonLimits {
  int depth_max = limits::kJsonDepth;                            // arrays and objects within each other
  int values_max = limits::kJsonValues;                          // scalars, arrays and objects; keys are not counted
  size_t string_code_points_max = limits::kJsonStringCodePoints; // keys as well
};

// Error: kInvalidRequest with a sentence that says what is wrong and, where it helps, at which byte (from 1). It never
// repeats text from the input but the name of a doubled key.
Result<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace whinchat
