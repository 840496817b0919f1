#include "api/json_write.h"

namespace whinchat::api {

std::string error_json(const ErrorBody& body) {
  std::string out = "{\"error\":";
  append_json_string(out, body.error);
  auto add = [&out](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out += ",\"" + std::string(key) + "\":";
    append_json_string(out, value);
  };
  add("message", body.message);
  add("code", body.code);
  if (body.retry_after_s > 0) out += ",\"retry_after\":" + std::to_string(body.retry_after_s);
  add("request_id", body.request_id);
  return out + "}\n";
}

}  // namespace whinchat::api
