// tools/embed_assets: what it made of sample_app at build time (linked in), and how it behaves as a program.
#include <brotli/decode.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "http/embedded_assets.h"

namespace fs = std::filesystem;
using whinchat::http::embedded_assets;
using whinchat::http::find_embedded_asset;

namespace {

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string gunzip(std::string_view data, size_t bytes) {
  std::string out(bytes + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string unbrotli(std::string_view data, size_t bytes) {
  std::string out(bytes + 1, '\0');
  size_t produced = out.size();
  CHECK(BrotliDecoderDecompress(data.size(), reinterpret_cast<const uint8_t*>(data.data()), &produced,
                                reinterpret_cast<uint8_t*>(out.data())) == BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(produced);
  return out;
}

// A folder of its own for one case; gone when the case ends.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "whinchat-embed-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// Runs the generator; its exit status, with what it printed in *said.
int run_generator(const fs::path& dist, const fs::path& output, std::string* said = nullptr) {
  const fs::path log = output.string() + ".log";
  const std::string command = std::string(EMBED_ASSETS) + " '" + dist.string() + "' '" + output.string() + "' 2>'" + log.string() + "'";
  const int status = std::system(command.c_str());
  if (said != nullptr) *said = read_file(log);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("every file of the app is embedded, sorted by path and byte for byte") {
  const auto assets = embedded_assets();
  REQUIRE(assets.size() == 4);
  CHECK(std::is_sorted(assets.begin(), assets.end(), [](const auto& a, const auto& b) { return a.path < b.path; }));
  for (const auto& asset : assets) {
    CAPTURE(asset.path);
    CHECK(asset.identity == read_file(std::string(SAMPLE_APP) + std::string(asset.path)));
    CHECK(asset.etag.size() == 34);
    CHECK(asset.etag.front() == '"');
    CHECK(asset.etag.back() == '"');
  }
}

TEST_CASE("compressed forms give the file back and are left out when they save nothing") {
  for (const char* path : {"/index.html", "/assets/app-1a2b3c4d.js"}) {
    CAPTURE(path);
    const auto* asset = find_embedded_asset(path);
    REQUIRE(asset != nullptr);
    CHECK(asset->gzip.size() < asset->identity.size());
    CHECK(asset->brotli.size() < asset->gzip.size());
    CHECK(gunzip(asset->gzip, asset->identity.size()) == asset->identity);
    CHECK(unbrotli(asset->brotli, asset->identity.size()) == asset->identity);
  }
  const auto* small = find_embedded_asset("/manifest.webmanifest");
  REQUIRE(small != nullptr);
  CHECK(small->gzip.empty());
}

TEST_CASE("only what Vite names by hash is immutable, and types come from the extension") {
  CHECK(find_embedded_asset("/assets/app-1a2b3c4d.js")->immutable);
  CHECK_FALSE(find_embedded_asset("/index.html")->immutable);
  CHECK(find_embedded_asset("/index.html")->content_type == "text/html; charset=utf-8");
  CHECK(find_embedded_asset("/assets/app-1a2b3c4d.js")->content_type == "text/javascript; charset=utf-8");
  CHECK(find_embedded_asset("/manifest.webmanifest")->content_type == "application/manifest+json");
}

TEST_CASE("a path that is not there is not found, whatever it looks like") {
  for (const char* path : {"", "/", "index.html", "/index.htm", "/index.htmlx", "/assets", "/assets/", "/zzz"}) {
    CAPTURE(path);
    CHECK(find_embedded_asset(path) == nullptr);
  }
  CHECK(find_embedded_asset("/empty.txt")->identity.empty());
}

TEST_CASE("the same app gives the same bytes and does not touch what is already right") {
  Folder folder;
  const fs::path first = folder.path / "first", second = folder.path / "second";
  REQUIRE(run_generator(SAMPLE_APP, first) == 0);
  REQUIRE(run_generator(SAMPLE_APP, second) == 0);
  for (const char* name : {"embedded_assets.bin", "embedded_assets.cpp", "embedded_assets_data.S"}) {
    CHECK(read_file(first / name) == read_file(second / name));
    fs::last_write_time(first / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
    const auto before = fs::last_write_time(first / name);
    REQUIRE(run_generator(SAMPLE_APP, first) == 0);
    CHECK(fs::last_write_time(first / name) == before);
  }
}

TEST_CASE("an app that is not built, not finished or not servable stops the build with a reason") {
  Folder folder;
  std::string said;
  CHECK(run_generator(folder.path / "missing", folder.path / "out", &said) == 1);
  CHECK(said.find("there is no built app") != std::string::npos);
  const fs::path dist = folder.path / "dist";
  fs::create_directories(dist);
  CHECK(run_generator(dist, folder.path / "out", &said) == 1);
  CHECK(said.find("no index.html") != std::string::npos);
  std::ofstream(dist / "index.html") << "x";
  std::ofstream(dist / "a.exe") << "x";
  CHECK(run_generator(dist, folder.path / "out", &said) == 1);
  CHECK(said.find("no content type known for \".exe\"") != std::string::npos);
  fs::rename(dist / "a.exe", dist / "a b.txt");
  CHECK(run_generator(dist, folder.path / "out", &said) == 1);
  CHECK(said.find("must not need escaping") != std::string::npos);
}
