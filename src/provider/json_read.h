// Reading JSON that others wrote: every getter takes anything and answers "not there" instead of throwing.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace whinchat::provider {

inline constexpr int kUpstreamJsonDepth = 64;  // deeper nesting comes from no provider

// Parses. marked: set when half surrogate pairs were replaced (text_joiner.h). False: no JSON, or nested too deeply.
bool parse_upstream_json(std::string_view text, nlohmann::json& out, bool& marked);

// Null (a pointer) when j is no object or lacks the key; a JSON null counts as absent.
const nlohmann::json* member(const nlohmann::json& j, std::string_view key);
const nlohmann::json* element(const nlohmann::json& j, size_t index);
// Views live as long as j. Empty when absent or of another type.
std::string_view string_in(const nlohmann::json& j, std::string_view key);
std::string text_or_number_in(const nlohmann::json& j, std::string_view key);
std::optional<int64_t> integer_in(const nlohmann::json& j, std::string_view key);

}  // namespace whinchat::provider
