// Any bytes as a request head: never a crash, and what is accepted keeps the promises of request_head.h.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/limits.h"
#include "http/request_head.h"

using namespace whinchat;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t length = http::head_length(bytes);
  if (length == 0 || length > limits::kHeadBytes) return 0;
  const auto parsed = http::parse_request_head(bytes.substr(0, length));
  if (parsed.head.has_value() == parsed.refusal.has_value()) std::abort();
  if (parsed.refusal) return 0;
  const http::RequestHead& head = *parsed.head;
  for (const http::Header& header : head.headers) {
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  }
  if (head.path.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  if (head.minor_version == 1 && head.host.empty() && http::find_header(head.headers, "Host").empty() &&
      !http::has_header(head.headers, "Host")) {
    std::abort();
  }
  return 0;
}
