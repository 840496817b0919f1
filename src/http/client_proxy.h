// Inside http/ only: which proxy a request goes through, if any. HTTPS_PROXY, HTTP_PROXY and NO_PROXY as curl and the
// official SDKs read them. Pure but for open_tunnel().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "io/stream.h"

namespace whinchat::http {

struct Proxy {
  std::string host;
  int port = 0;
  std::string authorization;  // "Basic ..." or empty
};

class ProxyRules {
 public:
  // Error: kConfig, when an address cannot be understood; its message names the setting.
  static Result<ProxyRules> create(const std::string& https_proxy, const std::string& http_proxy, const std::string& no_proxy);
  // Loopback targets never go through a proxy.
  const Proxy* choose(const Url& url) const;

 private:
  bool excepted(const Url& url) const;

  std::optional<Proxy> https_;
  std::optional<Proxy> http_;
  std::vector<std::string> exceptions_;
};

// CONNECT host:port; on success the stream is a tunnel. On a fiber. Source: RFC 9110 section 9.3.6.
Result<void> open_tunnel(io::Stream& stream, const Proxy& proxy, const Url& url, io::TimePoint deadline);

}  // namespace whinchat::http
