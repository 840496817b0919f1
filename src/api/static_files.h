// The app's files: from the binary, or from a folder while developing (WHINCHAT_ASSETS).
// Sources: RFC 9110 sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding), 13.1.2 (If-None-Match).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace whinchat::api {

// The document in which the app shows HTML that a model wrote. It has headers of its own (response_headers.cpp).
inline constexpr std::string_view kPreviewPath = "/preview";
inline constexpr std::string_view kPreviewFile = "/preview.html";
constexpr bool is_preview(std::string_view path) { return path == kPreviewPath || path == kPreviewFile; }

class StaticFiles {
 public:
  // base: BASE_PATH. One build of the app serves under any: scripts and styles name each other relatively; the pages and the
  // manifest name files from "/", and get the base in front here.
  explicit StaticFiles(std::string folder, std::string base = "/");

  // The file for a path of the site, or what stands for it: "/" and "/chat" are pages; other names without a dot get the
  // chat page when a browser navigates there; everything else is 404.
  http::Response serve(const http::Request& request) const;
  bool exists(std::string_view path) const;

 private:
  http::Response from_binary(const http::Request& request, std::string_view path) const;
  http::Response from_folder(std::string_view path) const;

  struct Rewritten {
    std::string_view path, content_type;
    std::string body, etag;
  };
  const Rewritten* rewritten(std::string_view path) const;

  const std::string folder_;  // empty: the binary
  const std::string base_;
  std::vector<Rewritten> rewritten_;  // of the binary's files, when the base is not "/"
};

// Which of the encodings to send. Pure. q-values count; "br;q=0" refuses; "*" stands for what is not named.
enum class Encoding { kIdentity, kGzip, kBrotli };
Encoding choose_encoding(std::string_view accept_encoding, bool has_gzip, bool has_brotli);

// Does If-None-Match name this tag? Weak comparison; lists and "*" are understood. Pure.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace whinchat::api
