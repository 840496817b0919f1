// An import of any bytes: ZIP, the list of conversations, the three formats, and settings. No input may crash, hang or throw.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/json.h"
#include "base/limits.h"
#include "chat/archive_formats.h"
#include "chat/archive_json.h"
#include "chat/archive_zip.h"
#include "chat/personal_settings.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

void read_all(ConversationTexts texts) {
  for (;;) {
    auto piece = texts.next();
    if (!piece.ok() || !*piece) return;
    auto parsed = parse_json((*piece)->text, {limits::kArchiveDepth, limits::kArchiveValues, limits::kArchiveConversationBytes});
    if (!parsed.ok()) continue;
    for (const auto format : {ArchiveFormat::kWhinchat, ArchiveFormat::kChatGpt, ArchiveFormat::kClaude}) (void)read_archived(format, *parsed, 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with("PK")) {
    auto zip = ZipReader::open(bytes);
    if (!zip.ok()) return 0;
    size_t read_bytes = 0;
    for (size_t i = 0; i < (*zip)->names().size(); ++i) {
      if (!(*zip)->enter(i)) continue;
      read_all(ConversationTexts([&]() -> Result<std::string_view> {
        auto piece = (*zip)->read();
        if (!piece.ok() || (read_bytes += piece->size()) > (4u << 20)) return std::string_view();  // enough for one input
        return piece;
      }));
    }
    return 0;
  }
  if (auto settings = read_archived_settings(bytes); settings.ok() && *settings) {
    const MergedSettings once = merge_settings({"Be brief.", {{"a", "Name", "Text"}}}, **settings);
    const MergedSettings twice = merge_settings(once.settings, **settings);
    if (twice.prompts_added != 0 || twice.instructions_added) __builtin_trap();  // doing it again adds nothing
  }
  size_t at = 0;
  read_all(ConversationTexts([&]() -> Result<std::string_view> {
    const std::string_view part = bytes.substr(at, 7);
    at += part.size();
    return part;
  }));
  return 0;
}
