#include "http/client_proxy.h"

#include "base/text.h"
#include "http/request_head.h"

namespace whinchat::http {

namespace {

constexpr size_t kTunnelHeadBytesMax = 8 * 1024;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Result<std::optional<Proxy>> parse_proxy(const std::string& text, const char* setting) {
  if (text.empty()) return std::optional<Proxy>();
  std::string rest = text.find("://") == std::string::npos ? "http://" + text : text;
  if (!starts_with_ignoring_case(rest, "http://")) {
    return Error{ErrorCode::kConfig, std::string(setting) + " must begin with http://; other kinds of proxy are not supported.", ""};
  }
  Proxy proxy;
  const size_t at = rest.rfind('@');
  if (at != std::string::npos) {
    const std::string user = rest.substr(7, at - 7);
    proxy.authorization = "Basic " + base64(percent_decode(user).value_or(user));
    rest = "http://" + rest.substr(at + 1);
  }
  const auto url = parse_url(rest);
  if (!url.ok()) return Error{ErrorCode::kConfig, std::string(setting) + " " + url.error().message + ".", ""};
  proxy.host = url->host;
  proxy.port = url->port;
  return std::optional<Proxy>(std::move(proxy));
}

}  // namespace

Result<ProxyRules> ProxyRules::create(const std::string& https_proxy, const std::string& http_proxy, const std::string& no_proxy) {
  ProxyRules rules;
  auto https = parse_proxy(https_proxy, "HTTPS_PROXY");
  if (!https.ok()) return https.error();
  auto http = parse_proxy(http_proxy, "HTTP_PROXY");
  if (!http.ok()) return http.error();
  rules.https_ = std::move(https).value();
  rules.http_ = std::move(http).value();
  for (std::string_view entry : split_list(no_proxy)) rules.exceptions_.push_back(lower_ascii(entry));
  return rules;
}

const Proxy* ProxyRules::choose(const Url& url) const {
  const auto& proxy = url.scheme == "https" ? https_ : http_;
  if (!proxy || url.is_loopback() || excepted(url)) return nullptr;
  return &*proxy;
}

bool ProxyRules::excepted(const Url& url) const {
  for (std::string entry : exceptions_) {
    if (entry == "*") return true;
    if (const size_t colon = entry.rfind(':'); colon != std::string::npos && entry.find(':') == colon) {
      if (entry.substr(colon + 1) != std::to_string(url.port)) continue;
      entry.resize(colon);
    }
    if (url.ip) {
      const auto range = IpRange::parse(entry);
      if (range && range->contains(*url.ip)) return true;
      continue;
    }
    if (entry.starts_with("*.")) entry.erase(0, 1);
    const std::string suffix = entry.starts_with('.') ? entry : "." + entry;
    if (url.host == suffix.substr(1) || url.host.ends_with(suffix)) return true;
  }
  return false;
}

Result<void> open_tunnel(io::Stream& stream, const Proxy& proxy, const Url& url, io::TimePoint deadline) {
  const std::string target = (url.ip && !url.ip->is_v4() ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
  std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty()) head += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  const auto fail = [](const std::string& why) {
    return Error{ErrorCode::kProviderUnavailable, "The proxy did not open a connection.", "proxy: " + why};
  };
  if (!stream.write_all(head + "\r\n", deadline).ok()) return fail("request not sent");
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) {
    char byte[1];  // one at a time: what follows the head belongs to TLS
    const auto got = stream.read_some(byte, 1, deadline);
    if (got.status == io::IoStatus::kTimeout) return fail("no answer in time");
    if (got.status == io::IoStatus::kCancelled) return Error{ErrorCode::kCancelled, "Stopped.", "proxy"};
    if (!got.ok() || answer.size() > kTunnelHeadBytesMax) return fail("answer cut or too long");
    answer += byte[0];
  }
  if (!answer.starts_with("HTTP/1.") || answer.size() < 12 || answer[9] != '2') {
    return fail("it said: " + escape_for_log(answer.substr(0, answer.find('\r')), 100));
  }
  return {};
}

}  // namespace whinchat::http
