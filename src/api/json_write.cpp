#include "api/json_write.h"

namespace whinchat::api {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;  // start of the run that needs no escape
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

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
