#include "fake_provider_plan.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace whinchat::fake {

using nlohmann::json;

const char* const kPlanHelp =
    "Directives (fake:name=value,name=value in the model or the last user message):\n"
    "  answer   chunks=N delay_ms=N chunk_bytes=N saturate text=T head_delay_ms=N reasoning=N refusal tool\n"
    "           finish=NAME usage=none|std|each|choice|x_groq azure_first crlf comments=N think_tags\n"
    "  errors   status=N code=NAME retry_after=N retry_after_ms=N should_retry=true|false times=N quota html\n"
    "           redirect=URL json_body json_error\n"
    "  stream   error_at=N hang_head hang_after_head hang_after=N reset_head reset_after=N close_after=N\n"
    "           end_after=N no_done no_finish bad_json_at=N bad_chunk=SIZE split_utf8 big_line=BYTES\n"
    "           garbage garbage_sse gzip drip_ms=N endless_pings=MS\n"
    "  http     big_header=BYTES header_flood endless_100 close_idle connection_close\n";

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string hex(text.substr(i + 1, 2));
      out += static_cast<char>(std::strtol(hex.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Plan::Plan(std::string_view directive, const Defaults& defaults) : key_(directive) {
  values_["chunks"] = std::to_string(defaults.chunks);
  values_["delay_ms"] = std::to_string(defaults.delay_ms);
  values_["chunk_bytes"] = std::to_string(defaults.chunk_bytes);
  std::string_view rest = directive.empty() ? std::string_view(defaults.directive) : directive;
  bool counted = false;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const size_t equals = item.find('=');
    const std::string name(item.substr(0, equals));
    values_[name] = equals == std::string_view::npos ? "" : percent_decode(item.substr(equals + 1));
    counted = counted || name == "chunks";
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (has("saturate") && !counted) values_["chunks"] = "-1";
}

bool Plan::has(std::string_view name) const { return values_.find(name) != values_.end(); }

int64_t Plan::number(std::string_view name, int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? otherwise : std::atoll(found->second.c_str());
}

std::string Plan::text(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string(otherwise) : found->second;
}

void Plan::forget(std::string_view name) {
  const auto found = values_.find(name);
  if (found != values_.end()) values_.erase(found);
}

namespace {

std::string directive_in(std::string_view text) {
  const size_t at = text.find("fake:");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 5);
  return std::string(rest.substr(0, rest.find_first_of(" \t\r\n\"")));
}

// Content is a string or a list of parts that carry `text`.
std::string content_text(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (!content.is_array()) return out;
  for (const json& part : content) {
    if (part.is_object() && part.contains("text") && part["text"].is_string()) out += part["text"].get<std::string>();
  }
  return out;
}

std::string last_user_text(const json& body) {
  const char* field = body.contains("messages") ? "messages" : "input";
  if (!body.contains(field)) return {};
  const json& list = body[field];
  if (list.is_string()) return list.get<std::string>();
  if (!list.is_array()) return {};
  for (auto item = list.rbegin(); item != list.rend(); ++item) {
    if (item->is_object() && item->value("role", "") == "user" && item->contains("content")) {
      return content_text((*item)["content"]);
    }
  }
  return {};
}

}  // namespace

Asked read_request(Dialect dialect, std::string_view body) {
  Asked asked;
  asked.dialect = dialect;
  const json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object()) return asked;
  asked.valid_json = true;
  if (parsed.contains("model") && parsed["model"].is_string()) asked.model = parsed["model"].get<std::string>();
  asked.stream = parsed.contains("stream") && parsed["stream"] == true;
  if (parsed.contains("stream_options") && parsed["stream_options"].is_object()) {
    asked.include_usage = parsed["stream_options"].value("include_usage", false);
  }
  asked.directive = directive_in(asked.model);
  if (asked.directive.empty()) asked.directive = directive_in(last_user_text(parsed));
  return asked;
}

}  // namespace whinchat::fake
