#include "provider/discovery.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/url.h"

namespace whinchat::provider {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr size_t kProbeBytesMax = 1 << 20;
constexpr size_t kProbeDepthMax = 32;  // these answers are flat; a deep one is somebody else's

std::optional<http::Client::Reply> ask(http::Client& client, const std::string& url) {
  http::ClientRequest request;
  request.url = url;
  request.timeouts = {milliseconds(300), milliseconds(700), milliseconds(700), milliseconds(700)};
  request.body_bytes_max = kProbeBytesMax;
  auto reply = client.fetch(request);
  if (!reply.ok()) return std::nullopt;
  return std::move(reply).value();
}

json parse(const std::string& body) {
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= static_cast<int>(kProbeDepthMax); };
  return json::parse(body, shallow, false);
}

bool is_ollama(http::Client& client, const std::string& base) {
  const auto reply = ask(client, base + "/api/version");
  if (!reply || reply->status != 200) return false;
  const json body = parse(reply->body);
  return body.is_object() && body.contains("version") && body["version"].is_string();
}

// 8080 is a crowded port: the header is the proof.
bool is_llama_server(http::Client& client, const std::string& base) {
  const auto reply = ask(client, base + "/health");
  return reply && (reply->status == 200 || reply->status == 503) && http::find_header(reply->headers, "Server") == "llama.cpp";
}

bool is_lm_studio(http::Client& client, const std::string& base) {
  for (const char* path : {"/api/v1/models", "/api/v0/models"}) {
    const auto reply = ask(client, base + path);
    if (!reply || reply->status != 200) continue;
    const json body = parse(reply->body);
    if (!body.is_object()) continue;
    for (const char* list : {"models", "data"}) {
      if (body.contains(list) && body[list].is_array()) return true;
    }
  }
  return false;
}

bool is_vllm(http::Client& client, const std::string& base) {
  const auto version = ask(client, base + "/version");
  if (!version || version->status != 200) return false;
  const auto reply = ask(client, base + "/v1/models");
  if (!reply || reply->status != 200) return false;
  const json body = parse(reply->body);
  if (!body.is_object() || !body.contains("data") || !body["data"].is_array()) return false;
  for (const json& model : body["data"]) {
    if (model.is_object() && (model.contains("max_model_len") || model.value("owned_by", json()) == "vllm")) return true;
  }
  return false;
}

ProviderConfig found(const char* id, const char* name, const std::string& base) {
  ProviderConfig config;
  config.id = id;
  config.name = name;
  config.kind = ProviderKind::kCompatible;
  config.base_url = base + "/v1";
  return config;
}

}  // namespace

std::string ollama_address(std::string_view ollama_host) {
  std::string text(trim(ollama_host));
  if (text.empty()) return "http://127.0.0.1:11434";
  while (text.ends_with('/')) text.pop_back();
  const bool has_scheme = text.find("://") != std::string::npos;
  if (!has_scheme) {
    const auto host = parse_host_port(text);
    if (!host.ok()) return "";
    if (host->port == 0) text += ":11434";
    text = "http://" + text;
  }
  auto url = parse_url(text);
  if (!url.ok()) return "";
  if (url->ip && url->ip->is_unspecified()) return "http://127.0.0.1:" + std::to_string(url->port);  // where it listens, not where it is
  return url->is_loopback() ? url->origin() : "";
}

std::vector<ProviderConfig> discover_local_servers(http::Client& client, const std::string& ollama_host) {
  std::vector<ProviderConfig> out;
  const std::string ollama = ollama_address(ollama_host);
  if (!ollama.empty() && is_ollama(client, ollama)) out.push_back(found("ollama", "Ollama", ollama));
  if (is_llama_server(client, "http://127.0.0.1:8080")) out.push_back(found("llamacpp", "llama.cpp", "http://127.0.0.1:8080"));
  if (is_lm_studio(client, "http://127.0.0.1:1234")) out.push_back(found("lmstudio", "LM Studio", "http://127.0.0.1:1234"));
  if (is_vllm(client, "http://127.0.0.1:8000")) out.push_back(found("vllm", "vLLM", "http://127.0.0.1:8000"));
  return out;
}

}  // namespace whinchat::provider
