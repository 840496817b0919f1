// Any header values: the answer is the peer or an address that can be read, never text of the sender's choice.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/forwarded_for.h"

using namespace whinchat;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t cut = bytes.find('\n');
  ForwardedHeaders headers;
  headers.x_forwarded_for.push_back(bytes.substr(0, cut));
  if (cut != std::string_view::npos) headers.forwarded.push_back(bytes.substr(cut + 1));
  static const std::vector<IpRange> trusted = {*IpRange::parse("127.0.0.0/8"), *IpRange::parse("10.0.0.0/8")};
  const auto client = client_address("127.0.0.1", headers, trusted);
  if (!IpAddress::parse(client.ip)) std::abort();
  const auto untrusted = client_address("203.0.113.7", headers, trusted);
  if (untrusted.ip != "203.0.113.7" || untrusted.from_proxy) std::abort();
  return 0;
}
