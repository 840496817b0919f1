#include "api/static_files.h"

#include <algorithm>

#include "api/error_response.h"
#include "base/file.h"
#include "base/inflate.h"
#include "base/text.h"
#include "http/embedded_assets.h"

namespace whinchat::api {

namespace {

constexpr size_t kFileBytesMax = 16u << 20;  // while developing only

constexpr std::string_view kHome = "/index.html";
constexpr std::string_view kChat = "/chat.html";

std::string_view page_for(std::string_view path) {
  if (path == "/") return kHome;
  if (path == "/chat" || path == "/chat/") return kChat;
  if (path == kPreviewPath) return kPreviewFile;
  return path;
}

// Which of the two pages an address of the app gets: one asks for the part that writes answers beside everything else.
std::string_view page_for_link(std::string_view path) {
  return path.starts_with("/c/") || path == "/temporary" ? kChat : kHome;
}

bool wants_html(const http::Request& request) {
  return request.header("Accept").find("text/html") != std::string_view::npos;
}

std::string_view type_of(std::string_view path) {
  const auto dot = path.rfind('.');
  const std::string_view end = dot == std::string_view::npos ? "" : path.substr(dot);
  if (end == ".html") return "text/html; charset=utf-8";
  if (end == ".js") return "text/javascript; charset=utf-8";
  if (end == ".css") return "text/css; charset=utf-8";
  if (end == ".svg") return "image/svg+xml";
  if (end == ".png") return "image/png";
  if (end == ".woff2") return "font/woff2";
  if (end == ".webmanifest") return "application/manifest+json";
  if (end == ".json") return "application/json";
  return "application/octet-stream";
}

// The tag of an encoded form is another tag: the bytes differ.
std::string tag_for(std::string_view etag, Encoding encoding) {
  std::string tag(etag.substr(0, etag.size() - 1));
  if (encoding == Encoding::kGzip) tag += "-gz";
  if (encoding == Encoding::kBrotli) tag += "-br";
  return tag + "\"";
}

double quality_of(std::string_view parameters) {
  for (std::string_view parameter : split_list(parameters, ';')) {
    if (!starts_with_ignoring_case(parameter, "q=")) continue;
    return parse_number(parameter.substr(2)).value_or(0);
  }
  return 1;
}

// Clients without gzip are rare; a large file is unpacked for them (260 kB: under a millisecond).
http::Response with_plain_body(http::Response response, const http::EmbeddedAsset& asset) {
  if (!asset.identity.empty() || asset.bytes == 0) {
    response.fixed_body = asset.identity;
    return response;
  }
  auto plain = inflate_gzip(asset.gzip, asset.bytes);
  if (!plain.ok()) return error_response(500, ErrorCode::kInternal, "This file cannot be unpacked.");
  response.body = std::move(plain).value();
  return response;
}

bool names_files_from_root(std::string_view path) { return path.ends_with(".html") || path.ends_with(".webmanifest"); }

// src="/assets/x.js" -> src="/chat/assets/x.js". A quotation mark and a slash stand together in addresses alone.
std::string put_base(std::string_view text, std::string_view base) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '/' && text.substr(i + 1, 2) != "//") {
      out += base;
      ++i;
    }
  }
  return out;
}

// Another base is another representation, so it needs another tag (FNV-1a).
std::string tag_for_base(std::string_view etag, std::string_view base) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : base) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return std::string(etag.substr(0, etag.size() - 1)) + "-" + std::to_string(hash) + "\"";
}

http::Response not_found() {
  return error_response(404, ErrorCode::kNotFound, "Nothing is found at this address.");
}

}  // namespace

Encoding choose_encoding(std::string_view accept_encoding, bool has_gzip, bool has_brotli) {
  double gzip = -1;
  double brotli = -1;
  double any = -1;
  for (std::string_view entry : split_list(accept_encoding)) {
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = trim(entry.substr(0, semicolon));
    const double q = quality_of(entry.substr(semicolon));
    if (equals_ignoring_case(name, "gzip")) gzip = q;
    else if (equals_ignoring_case(name, "br")) brotli = q;
    else if (name == "*") any = q;
  }
  if (gzip < 0) gzip = any;
  if (brotli < 0) brotli = any;
  if (has_brotli && brotli > 0 && brotli >= gzip) return Encoding::kBrotli;
  if (has_gzip && gzip > 0) return Encoding::kGzip;
  return has_brotli && brotli > 0 ? Encoding::kBrotli : Encoding::kIdentity;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  for (std::string_view entry : split_list(if_none_match)) {
    if (entry == "*") return true;
    if (entry.starts_with("W/")) entry.remove_prefix(2);
    if (entry == etag) return true;
  }
  return false;
}

StaticFiles::StaticFiles(std::string folder, std::string base) : folder_(std::move(folder)), base_(std::move(base)) {
  if (base_ == "/" || !folder_.empty()) return;
  for (const http::EmbeddedAsset& asset : http::embedded_assets()) {
    if (!names_files_from_root(asset.path)) continue;
    const http::Response plain = with_plain_body({}, asset);
    const std::string_view text = plain.fixed_body.empty() ? std::string_view(plain.body) : plain.fixed_body;
    rewritten_.push_back({asset.path, asset.content_type, put_base(text, base_), tag_for_base(asset.etag, base_)});
  }
}

const StaticFiles::Rewritten* StaticFiles::rewritten(std::string_view path) const {
  const auto found = std::find_if(rewritten_.begin(), rewritten_.end(), [&](const Rewritten& one) { return one.path == path; });
  return found == rewritten_.end() ? nullptr : &*found;
}

bool StaticFiles::exists(std::string_view path) const {
  const std::string_view file = page_for(path);
  return folder_.empty() ? http::find_embedded_asset(file) != nullptr : from_folder(file).status == 200;
}

http::Response StaticFiles::serve(const http::Request& request) const {
  const std::string_view path = page_for(request.path);
  const auto look = [&](std::string_view file) { return folder_.empty() ? from_binary(request, file) : from_folder(file); };
  http::Response response = look(path);
  if (response.status != 404) return response;
  // A link into the app; never for names with a dot: a missing script must not become a page.
  const bool deep_link = path.find('.') == std::string_view::npos && !path.starts_with("/assets/") && wants_html(request);
  return deep_link ? look(page_for_link(path)) : not_found();
}

http::Response StaticFiles::from_binary(const http::Request& request, std::string_view path) const {
  if (const Rewritten* page = rewritten(path)) {
    http::Response response;
    response.headers = {{"Content-Type", std::string(page->content_type)}, {"ETag", page->etag}, {"Cache-Control", "no-cache"}};
    if (etag_matches(request.header("If-None-Match"), page->etag)) response.status = 304;
    else response.fixed_body = page->body;
    return response;
  }
  const http::EmbeddedAsset* asset = http::find_embedded_asset(path);
  if (!asset) return not_found();
  const Encoding encoding = choose_encoding(request.header("Accept-Encoding"), !asset->gzip.empty(), !asset->brotli.empty());
  const std::string tag = tag_for(asset->etag, encoding);
  http::Response response;
  response.headers = {{"Content-Type", std::string(asset->content_type)},
                      {"ETag", tag},
                      {"Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Vary", "Accept-Encoding"}};
  if (path == "/sw.js") response.headers.push_back({"Service-Worker-Allowed", base_});
  if (etag_matches(request.header("If-None-Match"), tag)) {
    response.status = 304;
    return response;
  }
  switch (encoding) {
    case Encoding::kBrotli: response.fixed_body = asset->brotli; break;
    case Encoding::kGzip: response.fixed_body = asset->gzip; break;
    case Encoding::kIdentity: return with_plain_body(std::move(response), *asset);
  }
  response.headers.push_back({"Content-Encoding", encoding == Encoding::kBrotli ? "br" : "gzip"});
  return response;
}

http::Response StaticFiles::from_folder(std::string_view path) const {
  // No way up, and no hidden files (.env, .git).
  if (path.find("/.") != std::string_view::npos || path.find('\\') != std::string_view::npos) return not_found();
  auto content = read_file(folder_ + std::string(path), kFileBytesMax);
  if (!content.ok()) return not_found();
  http::Response response;
  response.headers = {{"Content-Type", std::string(type_of(path))}, {"Cache-Control", "no-store"}};
  if (path == "/sw.js") response.headers.push_back({"Service-Worker-Allowed", base_});
  response.body = std::move(content).value();
  if (base_ != "/" && names_files_from_root(path)) response.body = put_base(response.body, base_);
  return response;
}

}  // namespace whinchat::api
