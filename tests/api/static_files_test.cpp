// The site of tests/api/site is inside this test program, as the app is inside the server.
#include "api/static_files.h"

#include <doctest/doctest.h>

#include "../base/temporary_folder.h"
#include "http/embedded_assets.h"
#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;

namespace {

http::Response get(const StaticFiles& files, std::string path, http::Headers headers = {}) {
  return files.serve(request_for("GET", std::move(path), std::move(headers)));
}

std::string_view body_of(const http::Response& response) { return response.fixed_body.empty() ? std::string_view(response.body) : response.fixed_body; }

constexpr const char* kHtml = "text/html,application/xhtml+xml,*/*;q=0.8";

}  // namespace

TEST_CASE("the encoding is chosen as RFC 9110 weighs it") {
  struct Row {
    const char* accept;
    bool gzip, brotli;
    Encoding chosen;
  };
  for (const Row& row : {
           Row{"", true, true, Encoding::kIdentity},
           {"gzip, deflate, br", true, true, Encoding::kBrotli},
           {"gzip, deflate, br", true, false, Encoding::kGzip},
           {"gzip, deflate, br", false, true, Encoding::kBrotli},
           {"gzip, deflate, br", false, false, Encoding::kIdentity},
           {"gzip", true, true, Encoding::kGzip},
           {"GZIP", true, true, Encoding::kGzip},
           {"br;q=0", true, true, Encoding::kIdentity},
           {"br;q=0, gzip", true, true, Encoding::kGzip},
           {"br;q=0.5, gzip;q=0.9", true, true, Encoding::kGzip},
           {"br;q=0.5, gzip;q=0.9", false, true, Encoding::kBrotli},
           {"gzip;q=0.5, br;q=0.5", true, true, Encoding::kBrotli},
           {"*", true, true, Encoding::kBrotli},
           {"*;q=0", true, true, Encoding::kIdentity},
           {"gzip;q=0, *", true, true, Encoding::kBrotli},
           {"br;q=0, *", true, true, Encoding::kGzip},
           {"identity", true, true, Encoding::kIdentity},
           {"deflate, zstd", true, true, Encoding::kIdentity},
           {"br ; q=0.1", true, true, Encoding::kBrotli},
           {"br;Q=0", true, true, Encoding::kIdentity},
           {"br;q=nonsense", true, true, Encoding::kIdentity},
           {"brotli, gzipped, x-gzip", true, true, Encoding::kIdentity},
           {",,;q=1,", true, true, Encoding::kIdentity},
       }) {
    CAPTURE(row.accept);
    CHECK(choose_encoding(row.accept, row.gzip, row.brotli) == row.chosen);
  }
}

TEST_CASE("If-None-Match is a list, compared weakly") {
  CHECK(etag_matches("\"a\"", "\"a\""));
  CHECK(etag_matches("W/\"a\"", "\"a\""));
  CHECK(etag_matches("\"x\", W/\"y\" ,\"a\"", "\"a\""));
  CHECK(etag_matches("*", "\"a\""));
  CHECK_FALSE(etag_matches("", "\"a\""));
  CHECK_FALSE(etag_matches("a", "\"a\""));
  CHECK_FALSE(etag_matches("\"a-br\"", "\"a\""));
  CHECK_FALSE(etag_matches("\"A\"", "\"a\""));
}

TEST_CASE("every embedded file is served in every form it has, and 304 when it is known") {
  const StaticFiles files("");
  REQUIRE(http::embedded_assets().size() == 6);
  for (const http::EmbeddedAsset& asset : http::embedded_assets()) {
    CAPTURE(asset.path);
    for (const auto& [accept, bytes, encoding] : {std::tuple{"", asset.identity, ""}, {"gzip", asset.gzip, "gzip"}, {"br", asset.brotli, "br"}}) {
      const bool has = !bytes.empty();
      const auto response = get(files, std::string(asset.path), {{"Accept-Encoding", accept}});
      CHECK(response.status == 200);
      CHECK(body_of(response) == (has ? bytes : asset.identity));
      CHECK(header_of(response, "Content-Encoding") == (has ? encoding : ""));
      CHECK(header_of(response, "Content-Type") == asset.content_type);
      CHECK(header_of(response, "Vary") == "Accept-Encoding");
      CHECK(header_of(response, "Cache-Control") == (asset.path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"));
      const auto again = get(files, std::string(asset.path), {{"Accept-Encoding", accept}, {"If-None-Match", header_of(response, "ETag")}});
      CHECK(again.status == 304);
      CHECK(body_of(again).empty());
      CHECK(header_of(again, "ETag") == header_of(response, "ETag"));
    }
  }
}

TEST_CASE("each encoding has a tag of its own") {
  const StaticFiles files("");
  const std::string plain = header_of(get(files, "/"), "ETag");
  const std::string gzip = header_of(get(files, "/", {{"Accept-Encoding", "gzip"}}), "ETag");
  const std::string brotli = header_of(get(files, "/", {{"Accept-Encoding", "br"}}), "ETag");
  CHECK(gzip == plain.substr(0, plain.size() - 1) + "-gz\"");
  CHECK(brotli == plain.substr(0, plain.size() - 1) + "-br\"");
  CHECK(get(files, "/", {{"Accept-Encoding", "br"}, {"If-None-Match", gzip}}).status == 200);
}

TEST_CASE("pages, deep links, and what is neither") {
  const TemporaryFolder folder;
  folder.write("index.html", "home");
  folder.write("chat.html", "chat");
  folder.write("sw.js", "worker");
  const StaticFiles inside(""), outside(folder.path());
  for (const StaticFiles* files : {&inside, &outside}) {
    const std::string home(body_of(get(*files, "/")));
    const std::string chat(body_of(get(*files, "/chat")));
    CHECK(home != chat);
    CHECK(body_of(get(*files, "/chat/")) == chat);
    CHECK(body_of(get(*files, "/index.html")) == home);
    CHECK(body_of(get(*files, "/c/0190-abc", {{"Accept", kHtml}})) == chat);
    CHECK(body_of(get(*files, "/admin/overview", {{"Accept", kHtml}})) == home);
    CHECK(header_of(get(*files, "/sw.js"), "Service-Worker-Allowed") == "/");
    CHECK_FALSE(http::has_header(get(*files, "/").headers, "Service-Worker-Allowed"));
    for (const char* path : {"/missing.js", "/assets/gone", "/assets/gone.js", "/a.b/c", "/.env", "/c/v1.2"}) {
      CAPTURE(path);
      const auto response = get(*files, path, {{"Accept", kHtml}});
      CHECK(response.status == 404);
      CHECK(header_of(response, "Content-Type") == "application/json");
    }
    CHECK(get(*files, "/c/123").status == 404);  // no navigation: a script asked
    CHECK(get(*files, "/c/123", {{"Accept", "application/json"}}).status == 404);
    CHECK(files->exists("/"));
    CHECK(files->exists("/chat"));
    CHECK_FALSE(files->exists("/c/123"));
  }
}

TEST_CASE("a folder gives its files and nothing beside or hidden in it") {
  const TemporaryFolder folder;
  folder.write("index.html", "home");
  folder.write("secret.txt", "outside");
  std::filesystem::create_directories(folder / "site/sub");
  folder.write("site/app.js", "one();");
  folder.write("site/sub/a.css", "b{}");
  folder.write("site/.env", "KEY=1");
  const StaticFiles files(folder / "site");
  CHECK(body_of(get(files, "/app.js")) == "one();");
  CHECK(header_of(get(files, "/app.js"), "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header_of(get(files, "/sub/a.css"), "Content-Type") == "text/css; charset=utf-8");
  CHECK(header_of(get(files, "/app.js"), "Cache-Control") == "no-store");
  for (const char* path : {"/../secret.txt", "/sub/../../secret.txt", "/..\\secret.txt", "/sub", "/sub/", "/.env", "/./app.js", "/app.js/", "/app.js/x"}) {
    CAPTURE(path);
    CHECK(get(files, path, {{"Accept", kHtml}}).status == 404);
  }
  folder.write("site/app.js", "two();");  // while developing, changes are seen at once
  CHECK(body_of(get(files, "/app.js")) == "two();");
}

TEST_CASE("under another base the pages and the manifest name their files there, and nothing else changes") {
  const StaticFiles root(""), based("", "/a/b/");
  for (const http::EmbeddedAsset& asset : http::embedded_assets()) {
    CAPTURE(asset.path);
    const auto plain = get(root, std::string(asset.path)), moved = get(based, std::string(asset.path));
    CHECK(moved.status == 200);
    CHECK(header_of(moved, "Content-Type") == header_of(plain, "Content-Type"));
    if (!asset.path.ends_with(".html") && !asset.path.ends_with(".webmanifest")) {
      CHECK(body_of(moved) == body_of(plain));
      continue;
    }
    CHECK(body_of(moved).find("\"/") == body_of(moved).find("\"/a/b/"));
    CHECK(header_of(moved, "ETag") != header_of(plain, "ETag"));
    const auto again = get(based, std::string(asset.path), {{"If-None-Match", header_of(moved, "ETag")}});
    CHECK(again.status == 304);
    CHECK(body_of(again).empty());
  }
  CHECK(header_of(get(based, "/sw.js"), "Service-Worker-Allowed") == "/a/b/");
}
