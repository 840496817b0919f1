#include "base/inflate.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

using namespace whinchat;

namespace {

std::string gzip(const std::string& data) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("what was packed comes back whole") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * i) + "\n";
  const auto plain = inflate_gzip(gzip(text), text.size());
  REQUIRE(plain.ok());
  CHECK(plain.value() == text);
}

TEST_CASE("damaged, cut or differently long data is an error and nothing else") {
  const std::string text(5000, 'x');
  const std::string packed = gzip(text);
  CHECK_FALSE(inflate_gzip(packed, text.size() - 1).ok());
  CHECK_FALSE(inflate_gzip(packed, text.size() + 1).ok());
  CHECK_FALSE(inflate_gzip("", 10).ok());
  CHECK_FALSE(inflate_gzip("not gzip at all", 10).ok());
  for (size_t cut = 0; cut < packed.size(); ++cut) CHECK_FALSE(inflate_gzip(packed.substr(0, cut), text.size()).ok());
  for (size_t at = 12; at + 8 < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const auto plain = inflate_gzip(damaged, text.size());
    CHECK((!plain.ok() || plain.value() == text));
  }
}
