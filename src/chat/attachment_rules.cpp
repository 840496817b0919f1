#include "chat/attachment_rules.h"

#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::chat {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  std::string_view later;    // at `at`; empty: nothing more
  size_t at;
  std::string_view media_type;
};

constexpr std::array kImages = {
    Signature{"\x89PNG\r\n\x1A\n"sv, "IHDR"sv, 12, "image/png"},
    Signature{"\xFF\xD8\xFF"sv, ""sv, 0, "image/jpeg"},
    Signature{"GIF87a"sv, ""sv, 0, "image/gif"},
    Signature{"GIF89a"sv, ""sv, 0, "image/gif"},
    Signature{"RIFF"sv, "WEBP"sv, 8, "image/webp"},
};

// What a text is called by its name's end; everything else is plain.
struct Ending {
  std::string_view end;
  std::string_view media_type;
};
constexpr std::array kEndings = {
    Ending{".md", "text/markdown"}, Ending{".markdown", "text/markdown"}, Ending{".json", "application/json"},
    Ending{".csv", "text/csv"},     Ending{".tsv", "text/tab-separated-values"},
};

std::string_view image_type(std::string_view bytes) {
  for (const Signature& one : kImages) {
    if (bytes.starts_with(one.bytes) && bytes.substr(std::min(one.at, bytes.size())).starts_with(one.later)) return one.media_type;
  }
  return {};
}

// A form feed and an escape (of a terminal's colours) may stand in a log; other control characters mean that it is no text.
bool is_text(std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && "\t\n\r\f\x1B"sv.find(c) == std::string_view::npos) return false;
  }
  return is_valid_utf8(bytes);
}

// No path, no control characters, no characters that turn the direction of what follows.
std::string name_from(std::string_view name) {
  if (const size_t slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string out;
  size_t count = 0;
  for (size_t at = 0; at < name.size() && count < limits::kAttachmentNameCodePoints;) {
    const char32_t c = next_code_point(name, at);
    const bool turns = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (c == kNotUtf8 || c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || turns) continue;
    append_utf8(out, c);
    ++count;
  }
  out = std::string(trim(out));
  return out.empty() ? "file" : out;
}

Error too_large(AttachmentKind kind) {
  const std::string what = kind == AttachmentKind::kImage ? "picture" : kind == AttachmentKind::kPdf ? "PDF file" : "text file";
  const std::string most = std::to_string(attachment_bytes_max(kind) / 1000);
  return {ErrorCode::kTooLarge, "This " + what + " is too large (at most " + most + " kB).", ""};
}

}  // namespace

size_t attachment_bytes_max(AttachmentKind kind) {
  if (kind == AttachmentKind::kImage) return limits::kAttachmentImageBytes;
  return kind == AttachmentKind::kText ? limits::kAttachmentTextBytes : limits::kAttachmentBytes;
}

Result<Attachment> judge_file(std::string_view name, std::string_view called, std::string_view bytes) {
  if (bytes.empty()) return Error{ErrorCode::kInvalidRequest, "The file is empty.", ""};
  Attachment out;
  out.name = name_from(name);
  out.bytes = static_cast<int64_t>(bytes.size());
  if (const std::string_view type = image_type(bytes); !type.empty()) {
    out.kind = AttachmentKind::kImage;
    out.media_type = type;
  } else if (bytes.starts_with("%PDF-")) {
    out.kind = AttachmentKind::kPdf;
    out.media_type = "application/pdf";
  } else if (starts_with_ignoring_case(called, "image/")) {
    return Error{ErrorCode::kUnsupportedMedia, "This picture is none of PNG, JPEG, GIF and WebP.", ""};
  } else {
    out.media_type = "text/plain";
    const std::string lower = lower_ascii(out.name);
    for (const Ending& ending : kEndings) {
      if (lower.ends_with(ending.end)) out.media_type = ending.media_type;
    }
  }
  if (bytes.size() > attachment_bytes_max(out.kind)) return too_large(out.kind);
  if (out.kind == AttachmentKind::kText && !is_text(bytes)) {
    return Error{ErrorCode::kUnsupportedMedia, "This kind of file is not taken: pictures (PNG, JPEG, GIF, WebP), PDF and text in UTF-8 are.", ""};
  }
  return out;
}

}  // namespace whinchat::chat
