// What a file is that somebody wants to attach, judged by its bytes; its name and what a browser calls it prove nothing. Pure.
//
// Sources: PNG 3rd edition (W3C, 2025) 5.2; JPEG (ITU T.81) B.1.1.3; GIF89a; RFC 9649 (WebP, 2024); ISO 32000-2 7.5.2 (PDF).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/conversation.h"

namespace whinchat::chat {

// Gives kind, media type, name (one line without a path, never empty) and bytes. Pictures are PNG, JPEG, GIF or WebP, never SVG; texts are UTF-8
// without NUL. Errors: kInvalidRequest (empty), kUnsupportedMedia, kTooLarge, with a sentence that says what would be taken.
Result<Attachment> judge_file(std::string_view name, std::string_view called, std::string_view bytes);

// The largest file of that kind, in bytes.
size_t attachment_bytes_max(AttachmentKind kind);

}  // namespace whinchat::chat
