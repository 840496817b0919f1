// Turns the folder that Vite wrote into data for the binary.
//   embed_assets DIST_FOLDER OUTPUT_FOLDER
// Writes, only when the content changed (so that nothing is rebuilt for nothing):
//   embedded_assets.bin       every kept form of every file, one after the other, in the order of the paths
//   embedded_assets_data.S    that blob as a symbol, by .incbin
//   embedded_assets.cpp       the table of src/http/embedded_assets.h
// The same input gives the same bytes: paths are sorted, no time and no machine name goes in.
#include <brotli/encode.h>
#include <openssl/sha.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

constexpr size_t kBlobAlignment = 16;
constexpr size_t kWorthwhilePercent = 95;  // a compressed form larger than this share of the file is not kept
constexpr size_t kBrotliPercent = 90;      // brotli beside gzip only when it is smaller than this share of it: it costs a third copy
constexpr size_t kPlainBytesMax = 4u << 10;  // a larger file that has compressed forms is not kept as it is: hardly anybody asks for that

struct Span {
  size_t offset = 0;
  size_t bytes = 0;
};

struct Asset {
  std::string path;
  std::string content_type;
  std::string etag;
  bool immutable = false;
  size_t bytes = 0;
  Span identity, gzip, brotli;
};

struct ContentType {
  std::string_view extension;
  std::string_view type;
};

// RFC 9239 (JavaScript), W3C App Manifest, IANA registry; as of 2026-11.
constexpr ContentType kContentTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
};

std::string content_type_of(const fs::path& file) {
  const std::string extension = file.extension().string();
  for (const auto& row : kContentTypes) {
    if (row.extension == extension) return std::string(row.type);
  }
  throw std::runtime_error(file.string() + ": no content type known for \"" + extension +
                           "\"; add it to kContentTypes in tools/embed_assets.cpp");
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_if_different(const fs::path& file, const std::string& content) {
  if (fs::exists(file) && read_file(file) == content) return;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

std::string gzip(const std::string& data) {
  z_stream stream{};
  constexpr int kGzipWrapper = 16;  // added to the window bits; the header carries no name and no time
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipWrapper, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib does not start");
  }
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib failed");
  return out;
}

std::string brotli(const std::string& data) {
  std::string out(BrotliEncoderMaxCompressedSize(data.size()) + 64, '\0');
  size_t bytes = out.size();
  if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC, data.size(),
                             reinterpret_cast<const uint8_t*>(data.data()), &bytes,
                             reinterpret_cast<uint8_t*>(out.data()))) {
    throw std::runtime_error("brotli failed");
  }
  out.resize(bytes);
  return out;
}

std::string etag_of(const std::string& data) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest);
  std::string text = "\"";
  constexpr int kEtagBytes = 16;
  for (int i = 0; i < kEtagBytes; ++i) {
    constexpr char kHex[] = "0123456789abcdef";
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text + "\"";
}

Span append(std::string& blob, const std::string& data) {
  blob.resize((blob.size() + kBlobAlignment - 1) / kBlobAlignment * kBlobAlignment);
  const Span span{blob.size(), data.size()};
  blob += data;
  return span;
}

// Empty when the compressed form saves too little to be worth a second copy in the binary.
Span append_if_smaller(std::string& blob, const std::string& data, const std::string& compressed) {
  if (compressed.size() * 100 > data.size() * kWorthwhilePercent) return {};
  return append(blob, compressed);
}

Asset add_file(std::string& blob, const fs::path& dist, const fs::path& file) {
  const std::string data = read_file(file);
  Asset asset;
  asset.path = "/" + fs::relative(file, dist).generic_string();
  asset.content_type = content_type_of(file);
  asset.etag = etag_of(data);
  asset.immutable = asset.path.starts_with("/assets/");  // Vite puts what it names by hash there, and nothing else
  asset.bytes = data.size();
  asset.gzip = append_if_smaller(blob, data, gzip(data));
  if (asset.gzip.bytes == 0 || data.size() <= kPlainBytesMax) asset.identity = append(blob, data);
  const std::string packed = brotli(data);
  const bool beats_gzip = asset.gzip.bytes == 0 || packed.size() * 100 <= asset.gzip.bytes * kBrotliPercent;
  if (beats_gzip) asset.brotli = append_if_smaller(blob, data, packed);
  return asset;
}

// A path of the app is plain ASCII; anything else would need escaping in the table and in the URL.
void check_path(const std::string& path) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) || c == '/' || c == '.' || c == '-' || c == '_' || c == '~' || c == '@' || c == '+';
  };
  if (!std::all_of(path.begin(), path.end(), plain)) {
    throw std::runtime_error(path + ": a file name of the app must not need escaping in a URL");
  }
}

std::vector<fs::path> files_of(const fs::path& dist) {
  if (!fs::is_directory(dist)) {
    throw std::runtime_error("there is no built app at " + dist.string() +
                             ": run tools/build, or give CMake -DPWA_DIST=folder (or none for a placeholder)");
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(dist)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) {
    return fs::relative(a, dist).generic_string() < fs::relative(b, dist).generic_string();
  });
  if (!fs::exists(dist / "index.html")) throw std::runtime_error(dist.string() + " has no index.html: the app's build did not finish");
  return files;
}

std::string view_of(Span span) {
  if (span.bytes == 0) return "{}";
  std::ostringstream out;
  out << "{kData + " << span.offset << ", " << span.bytes << "}";
  return out.str();
}

// The array's bound is named because Clang calculates with no address inside an array without one.
std::string table_source(const std::vector<Asset>& assets, size_t blob_bytes) {
  std::ostringstream out;
  out << "// Made by tools/embed_assets.cpp. Do not edit.\n"
         "#include \"http/embedded_assets.h\"\n\n"
         "#include <algorithm>\n\n"
         "extern \"C\" const char whinchat_embedded_data["
      << std::max<size_t>(blob_bytes, 1) << "];\n\n"
         "namespace whinchat::http {\n\n"
         "namespace {\n\n"
         "constexpr const char* kData = whinchat_embedded_data;\n\n"
         "constexpr EmbeddedAsset kAssets[] = {\n";
  for (const auto& asset : assets) {
    std::string etag = asset.etag;
    etag.insert(etag.size() - 1, "\\");
    out << "    {\"" << asset.path << "\", \"" << asset.content_type << "\", \"\\" << etag << "\", "
        << (asset.immutable ? "true" : "false") << ",\n     " << asset.bytes << ", " << view_of(asset.identity) << ", " << view_of(asset.gzip)
        << ", " << view_of(asset.brotli) << "},\n";
  }
  out << "};\n\n"
         "}  // namespace\n\n"
         "std::span<const EmbeddedAsset> embedded_assets() { return kAssets; }\n\n"
         "const EmbeddedAsset* find_embedded_asset(std::string_view path) {\n"
         "  const auto* found = std::lower_bound(std::begin(kAssets), std::end(kAssets), path,\n"
         "                                       [](const EmbeddedAsset& asset, std::string_view p) { return asset.path < p; });\n"
         "  return found != std::end(kAssets) && found->path == path ? found : nullptr;\n"
         "}\n\n"
         "}  // namespace whinchat::http\n";
  return out.str();
}

constexpr std::string_view kDataSource = R"(/* Made by tools/embed_assets.cpp. Do not edit. */
#if defined(__APPLE__)
    .section __TEXT,__const
    .globl _whinchat_embedded_data
    .p2align 4
_whinchat_embedded_data:
    .incbin "embedded_assets.bin"
    .byte 0
#else
    .section .rodata.whinchat_embedded_data, "a"
    .globl whinchat_embedded_data
#if defined(__ELF__)
    .type whinchat_embedded_data, %object
#endif
    .p2align 4
whinchat_embedded_data:
    .incbin "embedded_assets.bin"
    .byte 0
#if defined(__ELF__)
    .size whinchat_embedded_data, . - whinchat_embedded_data
    .section .note.GNU-stack, "", %progbits
#endif
#endif
)";

void run(const fs::path& dist, const fs::path& output) {
  std::string blob;
  std::vector<Asset> assets;
  for (const auto& file : files_of(dist)) {
    assets.push_back(add_file(blob, dist, file));
    check_path(assets.back().path);
  }
  fs::create_directories(output);
  write_if_different(output / "embedded_assets.bin", blob);
  write_if_different(output / "embedded_assets_data.S", std::string(kDataSource));
  write_if_different(output / "embedded_assets.cpp", table_source(assets, blob.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: embed_assets DIST_FOLDER OUTPUT_FOLDER\n");
    return 2;
  }
  try {
    run(argv[1], argv[2]);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "embed_assets: %s\n", problem.what());
    return 1;
  }
  return 0;
}
