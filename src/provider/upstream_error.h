// What a provider says when it fails, and what that means to us: a stable code, a sentence for the person that holds
// nothing from the provider's body, and a redacted excerpt for the log. Pure functions.
// Sources: OpenAI error codes and Anthropic "Errors" pages (2026-11), measured shapes of compatible servers.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat::provider {

inline constexpr size_t kErrorDetailBytesMax = 500;  // enough to diagnose, too little to flood the log

// The provider's own words, from any of the known shapes. Untrusted text.
struct UpstreamFault {
  int status = 0;       // HTTP status; 0 inside a stream
  std::string type;     // "invalid_request_error"
  std::string code;     // "unsupported_parameter", or a number as text
  std::string param;    // the field the provider objects to
  std::string message;
};

// Never fails: HTML and plain text become the message.
UpstreamFault fault_from_body(int status, std::string_view body);
UpstreamFault fault_from_json(int status, const nlohmann::json& body);

Error fault_error(const UpstreamFault& fault, std::string_view provider_name,
                  std::optional<int> retry_after_s = std::nullopt);

// True for failures that trying again cannot mend because the account has no money or no access left.
bool is_quota_fault(const UpstreamFault& fault);

// At most kErrorDetailBytesMax bytes, one line, whole code points, keys and tokens blotted out. api_key may be empty.
std::string redact_for_log(std::string_view text, std::string_view api_key);

}  // namespace whinchat::provider
