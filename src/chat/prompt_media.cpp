#include "chat/prompt_media.h"

#include "base/encodings.h"
#include "store/attachments.h"

namespace whinchat::chat {

namespace {

std::string padded_base64(std::string_view bytes) {
  std::string text = to_base64(bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

}  // namespace

Result<void> load_media(store::Database& database, const std::string& user_id, provider::ChatRequest& request) {
  for (provider::ChatMessage& message : request.messages) {
    for (provider::Media& media : message.media) {
      auto text = database.read([&](store::Connection& connection) -> Result<std::string> {
        auto file = store::read_attachment(connection, user_id, media.id);
        if (!file.ok()) return std::move(file).error();
        return padded_base64(file->data);
      });
      if (!text.ok() && text.error().code != ErrorCode::kNotFound) return std::move(text).error();
      if (text.ok()) media.base64 = std::make_shared<const std::string>(std::move(text).value());
      else message.content += "\n[Attached, gone by now: " + media.name + "]";
    }
    std::erase_if(message.media, [](const provider::Media& media) { return !media.base64; });
  }
  return {};
}

}  // namespace whinchat::chat
