#include "chat/archive_zip.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  ZipWriter zip;
  std::string out;
  for (const auto& [name, text] : files) {
    REQUIRE(zip.open_entry(name, 1'800'000'000'000).ok());
    for (size_t at = 0; at < text.size(); at += 1000) REQUIRE(zip.write(std::string_view(text).substr(at, 1000)).ok());
    REQUIRE(zip.close_entry().ok());
    out += zip.take();
  }
  REQUIRE(zip.finish().ok());
  return out + zip.take();
}

Result<std::string> read_entry(std::string_view bytes, size_t index) {
  auto zip = ZipReader::open(bytes);
  if (!zip.ok()) return std::move(zip).error();
  if (auto entered = (*zip)->enter(index); !entered) return entered.error();
  std::string out;
  for (;;) {
    auto piece = (*zip)->read();
    if (!piece.ok()) return std::move(piece).error();
    if (piece->empty()) return out;
    out += *piece;
  }
}

}  // namespace

TEST_CASE("what is written piece by piece is read back, and given away as soon as an entry is closed") {
  std::string noise;
  for (uint32_t i = 0, x = 1; i < 300'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  const std::string bytes = zip_of({{"a.txt", "alpha"}, {"folder/b.bin", noise}, {"empty", ""}});
  auto zip = ZipReader::open(bytes);
  REQUIRE(zip.ok());
  CHECK((*zip)->names() == std::vector<std::string>{"a.txt", "folder/b.bin", "empty"});
  CHECK(read_entry(bytes, 0).value() == "alpha");
  CHECK(read_entry(bytes, 1).value() == noise);
  CHECK(read_entry(bytes, 2).value().empty());
  CHECK_FALSE(read_entry(bytes, 3).ok());

  ZipWriter writer;
  REQUIRE(writer.open_entry("x", 0).ok());
  REQUIRE(writer.write(noise).ok());
  CHECK(writer.take().empty());
  REQUIRE(writer.close_entry().ok());
  CHECK(writer.take().size() > 200'000);
  CHECK(writer.take().empty());
}

TEST_CASE("a damaged archive is refused, wherever the damage is") {
  const std::string good = zip_of({{"conversations.json", std::string(5000, 'a') + "[]"}, {"other.txt", "words"}});
  for (size_t cut = 0; cut < good.size(); cut += 7) (void)read_entry(std::string_view(good).substr(0, cut), 0);  // must not crash
  CHECK_FALSE(ZipReader::open("").ok());
  CHECK_FALSE(ZipReader::open("PK").ok());
  CHECK_FALSE(ZipReader::open("PK\x05\x06").ok());
  int refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0xFF);
    auto read = read_entry(bad, 0);
    refused += !read.ok();
    if (read.ok()) CHECK((read->ends_with("[]") || *read == "words"));  // a date or a name was hit: the text is whole
  }
  CHECK(refused > 50);
}

TEST_CASE("an archive that grows beyond all bounds is stopped while it grows") {
  ZipWriter zip;
  REQUIRE(zip.open_entry("conversations.json", 0).ok());
  const std::string zeros(1 << 20, '0');
  for (size_t written = 0; written <= limits::kArchiveTextBytes; written += zeros.size()) REQUIRE(zip.write(zeros).ok());
  REQUIRE(zip.close_entry().ok());
  std::string bomb = zip.take();
  REQUIRE(zip.finish().ok());
  bomb += zip.take();
  CHECK(bomb.size() < 4'000'000);
  auto reader = ZipReader::open(bomb);
  REQUIRE(reader.ok());
  REQUIRE((*reader)->enter(0).ok());
  for (;;) {
    auto piece = (*reader)->read();
    if (piece.ok() && !piece->empty()) continue;
    REQUIRE_FALSE(piece.ok());
    CHECK(piece.error().code == ErrorCode::kTooLarge);
    break;
  }
}

TEST_CASE("too many entries are refused before any is read") {
  ZipWriter zip;
  for (size_t i = 0; i <= limits::kArchiveEntries; ++i) {
    REQUIRE(zip.open_entry("f" + std::to_string(i), 0).ok());
    REQUIRE(zip.close_entry().ok());
  }
  REQUIRE(zip.finish().ok());
  const auto opened = ZipReader::open(zip.take());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == ErrorCode::kTooLarge);
}
