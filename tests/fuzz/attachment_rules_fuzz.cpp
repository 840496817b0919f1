// Any bytes under any name: what is taken has a name of one line, a type of the list, and a text is UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "chat/attachment_rules.h"

using namespace whinchat;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t cut = bytes.find('\n');
  const std::string_view name = bytes.substr(0, cut);
  const std::string_view rest = cut == std::string_view::npos ? std::string_view() : bytes.substr(cut + 1);
  const auto judged = chat::judge_file(name, name, rest);
  if (!judged.ok()) return judged.error().message.empty() ? (std::abort(), 0) : 0;
  if (judged->name.empty() || !is_valid_utf8(judged->name) || judged->name.find_first_of("/\\\r\n") != std::string::npos) std::abort();
  if (judged->kind == AttachmentKind::kText && (!is_valid_utf8(rest) || judged->media_type.starts_with("image/"))) std::abort();
  if (judged->kind == AttachmentKind::kImage && rest.starts_with('<')) std::abort();
  return 0;
}
