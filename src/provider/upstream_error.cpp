#include "provider/upstream_error.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "base/redact.h"
#include "base/text.h"
#include "base/utf8.h"
#include "provider/json_read.h"

namespace whinchat::provider {
namespace {

using nlohmann::json;

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
}

void take_object(const json& j, UpstreamFault& fault) {
  fault.type = text_or_number_in(j, "type");
  fault.code = text_or_number_in(j, "code");
  if (fault.type.empty()) fault.type = text_or_number_in(j, "status");  // Gemini: "INVALID_ARGUMENT"
  fault.param = std::string(string_in(j, "param"));
  fault.message = std::string(string_in(j, "message"));
  if (const json* details = member(j, "details"); details && details->is_object() && fault.code.empty()) {
    fault.code = text_or_number_in(*details, "error_code");
  }
}

// FastAPI: {"detail": "..." | [{"loc": [...], "msg": "...", "type": "..."}]}
void take_detail(const json& detail, UpstreamFault& fault) {
  if (detail.is_string()) {
    fault.message = detail.get<std::string>();
    return;
  }
  const json* first = element(detail, 0);
  if (!first) return;
  fault.message = std::string(string_in(*first, "msg"));
  fault.type = std::string(string_in(*first, "type"));
  if (const json* where = member(*first, "loc"); where && where->is_array() && !where->empty() && where->back().is_string()) {
    fault.param = where->back().get<std::string>();
  }
}

ErrorCode code_of_words(const std::string& words) {
  if (has_any(words, {"context_length_exceeded", "exceed_context_size", "prompt is too long", "maximum context length",
                      "context window", "request_too_large"})) {
    return ErrorCode::kContextTooLong;
  }
  if (has_any(words, {"authentication_error", "invalid_api_key"})) return ErrorCode::kProviderAuth;
  if (has_any(words, {"model_not_found"})) return ErrorCode::kProviderModelNotFound;
  if (has_any(words, {"rate_limit"})) return ErrorCode::kProviderRateLimited;
  if (has_any(words, {"overloaded", "slow_down", "unavailable_error", "service_unavailable",
                      "insufficient_system_resource", "loading model"})) {
    return ErrorCode::kProviderOverloaded;
  }
  if (has_any(words, {"timeout_error"})) return ErrorCode::kTimeout;
  return ErrorCode::kInternal;  // says nothing
}

ErrorCode code_of_status(int status, const std::string& words) {
  switch (status) {
    case 401: case 403: return ErrorCode::kProviderAuth;
    case 402: return ErrorCode::kProviderQuota;
    case 404: return has_any(words, {"model", "not_found_error"}) ? ErrorCode::kProviderModelNotFound : ErrorCode::kProviderError;
    case 408: case 504: return ErrorCode::kTimeout;
    case 409: return ErrorCode::kProviderError;
    case 413: return ErrorCode::kContextTooLong;
    case 429: return ErrorCode::kProviderRateLimited;
    case 503: case 529: return ErrorCode::kProviderOverloaded;
    default: break;
  }
  if (status >= 400 && status < 500) return ErrorCode::kProviderRejected;
  if (status == 0 && has_any(words, {"invalid_request"})) return ErrorCode::kProviderRejected;
  return ErrorCode::kProviderError;
}

ErrorCode classify(const UpstreamFault& fault) {
  if (is_quota_fault(fault)) return ErrorCode::kProviderQuota;
  const std::string words = lower_ascii(fault.type + " " + fault.code + " " + fault.message);
  // A status of its own meaning wins over words; 400, 403, 500 and errors inside a stream are told apart by words.
  const bool telling = fault.status == 401 || fault.status == 404 || fault.status == 429 || fault.status == 408;
  const ErrorCode by_words = telling ? ErrorCode::kInternal : code_of_words(words);
  return by_words != ErrorCode::kInternal ? by_words : code_of_status(fault.status, words);
}

std::string sentence(ErrorCode code, const UpstreamFault& fault, const std::string& who) {
  switch (code) {
    case ErrorCode::kProviderQuota: return "The account at " + who + " has no credit left or has reached its spending limit.";
    case ErrorCode::kProviderAuth:
      if (fault.status == 403) return who + " does not permit this request with the configured account.";
      return who + " does not accept the configured API key.";
    case ErrorCode::kProviderModelNotFound: return who + " does not offer this model. Please choose another one.";
    case ErrorCode::kContextTooLong: return "This conversation is too long for the model. Start a new one or choose a model with a larger context.";
    case ErrorCode::kProviderRateLimited: return who + " is receiving too many requests from this account. Please try again later.";
    case ErrorCode::kProviderOverloaded:
      if (has_any(lower_ascii(fault.message), {"loading model"})) return who + " is still loading its model. Please try again in a moment.";
      return who + " is overloaded at the moment. Please try again in a moment.";
    case ErrorCode::kTimeout: return who + " took too long to answer. Please try again.";
    case ErrorCode::kProviderRejected:
      if (has_any(lower_ascii(fault.code + " " + fault.type), {"content_policy", "content_filter"})) return who + " refused this request because of its content rules.";
      return who + " rejected the request.";
    default: break;
  }
  if (fault.status >= 300 && fault.status < 400) return who + " answered with a redirect, which is not followed. Please check the configured base URL.";
  if (fault.status == 404) return "Nothing was found at the configured address of " + who + ". Please check the base URL.";
  return who + " reported an error. Please try again.";
}

}  // namespace

UpstreamFault fault_from_json(int status, const json& body) {
  UpstreamFault fault;
  fault.status = status;
  if (body.is_array()) {
    if (const json* first = element(body, 0)) return fault_from_json(status, *first);
    return fault;
  }
  if (body.is_string()) fault.message = body.get<std::string>();
  if (const json* error = member(body, "error")) {
    if (error->is_object()) take_object(*error, fault);
    else if (error->is_string()) fault.message = error->get<std::string>();
  } else {
    take_object(body, fault);
  }
  if (fault.message.empty()) {
    if (const json* detail = member(body, "detail")) take_detail(*detail, fault);
  }
  return fault;
}

UpstreamFault fault_from_body(int status, std::string_view body) {
  json parsed;
  bool marked = false;
  const bool is_json = parse_upstream_json(body, parsed, marked);
  UpstreamFault fault;
  fault.status = status;
  if (is_json) fault = fault_from_json(status, parsed);
  if (fault.message.empty()) fault.message = std::string(body.substr(0, kErrorDetailBytesMax));
  return fault;
}

bool is_quota_fault(const UpstreamFault& fault) {
  if (fault.status == 402) return true;
  const std::string words = lower_ascii(fault.type + " " + fault.code);
  if (has_any(words, {"insufficient_quota", "credit_balance", "billing", "spend_limit", "quota_exceeded"})) return true;
  return has_any(lower_ascii(fault.message), {"credit balance is too low", "exceeded your current quota, please check your plan"});
}

Error fault_error(const UpstreamFault& fault, std::string_view provider_name, std::optional<int> retry_after_s) {
  const ErrorCode code = classify(fault);
  std::string detail = fault.status > 0 ? "status " + std::to_string(fault.status) : "in the stream";
  if (!fault.type.empty()) detail += ", type " + fault.type;
  if (!fault.code.empty()) detail += ", code " + fault.code;
  if (!fault.param.empty()) detail += ", param " + fault.param;
  if (!fault.message.empty()) detail += ": " + fault.message;
  const bool may_retry = code == ErrorCode::kProviderRateLimited || code == ErrorCode::kProviderOverloaded;
  return Error{code, sentence(code, fault, std::string(provider_name)), redact_for_log(detail, ""),
               may_retry ? retry_after_s : std::nullopt};
}

std::string redact_for_log(std::string_view text, std::string_view api_key) {
  // Cut generously first: the work is bounded, and a key at the edge is still seen whole.
  std::vector<Secret> exact;
  if (!api_key.empty()) exact.emplace_back(api_key);
  std::string out = redact_secrets(text.substr(0, 8 * kErrorDetailBytesMax), exact);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  out.resize(utf8_prefix(out, kErrorDetailBytesMax).size());
  return out;
}

}  // namespace whinchat::provider
