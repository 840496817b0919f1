// What a file is said to be, and what it is.
#include "chat/attachment_rules.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "base/utf8.h"

using namespace whinchat;
using namespace whinchat::chat;
using namespace std::string_literals;

namespace {

const std::string kPng = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR and so on"s;

ErrorCode refused(std::string_view name, std::string_view called, std::string_view bytes) {
  const auto judged = judge_file(name, called, bytes);
  REQUIRE_FALSE(judged.ok());
  CHECK_FALSE(judged.error().message.empty());
  return judged.error().code;
}

}  // namespace

TEST_CASE("a picture is known by its bytes, whatever it is called") {
  for (const auto& [bytes, type] : std::initializer_list<std::pair<std::string, const char*>>{
           {kPng, "image/png"}, {"\xFF\xD8\xFF\xE0 JFIF", "image/jpeg"}, {"GIF89a;alert(1)", "image/gif"}, {"RIFF1234WEBPVP8 ", "image/webp"}}) {
    const auto judged = judge_file("a.php.txt", "text/html", bytes);
    REQUIRE(judged.ok());
    CHECK(judged->kind == AttachmentKind::kImage);
    CHECK(judged->media_type == type);
    CHECK(judged->bytes == static_cast<int64_t>(bytes.size()));
  }
}

TEST_CASE("what only calls itself a picture is refused, SVG above all") {
  CHECK(refused("a.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>") == ErrorCode::kUnsupportedMedia);
  CHECK(refused("a.png", "image/png", "<svg/>") == ErrorCode::kUnsupportedMedia);
  CHECK(refused("a.png", "image/png", kPng.substr(0, 10)) == ErrorCode::kUnsupportedMedia);
  CHECK(refused("a.heic", "image/heic", "\0\0\0\x18" "ftypheic"s) == ErrorCode::kUnsupportedMedia);
  CHECK(refused("a.wav", "", "RIFF1234WAVEfmt \x01\x02") == ErrorCode::kUnsupportedMedia);
}

TEST_CASE("a text is UTF-8 without control characters, and is called by its name's end") {
  CHECK(judge_file("notes.MD", "", "# Hi")->media_type == "text/markdown");
  CHECK(judge_file("a.json", "", "{}")->media_type == "application/json");
  CHECK(judge_file("a.csv", "application/vnd.ms-excel", "a,b")->media_type == "text/csv");
  CHECK(judge_file("main.rs", "", "fn main() {}\n")->media_type == "text/plain");
  CHECK(judge_file("page.html", "text/html", "<script>alert(1)</script>")->media_type == "text/plain");
  CHECK(judge_file("log", "", "\x1B[31mred\x1B[0m\f")->kind == AttachmentKind::kText);
  CHECK(judge_file("bom.txt", "", "\xEF\xBB\xBFhello")->kind == AttachmentKind::kText);
  for (const std::string& bytes : {"a\0b"s, "\xFF\xFEh\0i\0"s, "caf\xE9"s, "PK\x03\x04"s, "\x7F" "ELF\x02"s}) CHECK(refused("a.txt", "text/plain", bytes) == ErrorCode::kUnsupportedMedia);
}

TEST_CASE("a PDF is a PDF, and nothing is nothing") {
  CHECK(judge_file("a", "", "%PDF-1.7\n%\xE2\xE3\xCF\xD3")->kind == AttachmentKind::kPdf);
  CHECK(refused("a.txt", "text/plain", "") == ErrorCode::kInvalidRequest);
}

TEST_CASE("each kind has its own bound") {
  CHECK(judge_file("a", "", std::string(limits::kAttachmentTextBytes, 'x')).ok());
  CHECK(refused("a", "", std::string(limits::kAttachmentTextBytes + 1, 'x')) == ErrorCode::kTooLarge);
  CHECK(refused("a", "", kPng + std::string(limits::kAttachmentImageBytes, 'x')) == ErrorCode::kTooLarge);
  CHECK(refused("a", "", "%PDF-" + std::string(limits::kAttachmentBytes, 'x')) == ErrorCode::kTooLarge);
}

TEST_CASE("a name is one line without a path, and never empty") {
  CHECK(judge_file("../../etc/passwd", "", "x")->name == "passwd");
  CHECK(judge_file("C:\\Users\\me\\notes.txt", "", "x")->name == "notes.txt");
  CHECK(judge_file("a\r\nSet-Cookie: b\"c", "", "x")->name == "aSet-Cookie: b\"c");
  CHECK(judge_file("evil\xE2\x80\xAEgnp.exe", "", "x")->name == "evilgnp.exe");
  CHECK(judge_file("", "", "x")->name == "file");
  CHECK(judge_file("\xFF\x01/", "", "x")->name == "file");
  CHECK(count_code_points(judge_file(std::string(1000, 'n'), "", "x")->name) == limits::kAttachmentNameCodePoints);
}
