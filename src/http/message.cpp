#include "http/message.h"

#include <algorithm>

#include "base/text.h"

namespace whinchat::http {

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

bool has_header(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) { return equals_ignoring_case(header.name, name); });
}

void set_header(Headers& headers, std::string_view name, std::string_view value) {
  std::erase_if(headers, [&](const Header& header) { return equals_ignoring_case(header.name, name); });
  headers.push_back({std::string(name), std::string(value)});
}

std::string_view Request::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace whinchat::http
