// Giving conversations out: one as JSON or Markdown, all of them as a ZIP; piece by piece, so that no archive has to fit into
// memory and no read transaction lasts longer than a piece.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/archive_zip.h"
#include "store/connection.h"

namespace whinchat::chat {

// The text of one export. next() runs inside a read job each time and reads about limits::kMessagePageBytes.
class ArchiveText {
 public:
  virtual ~ArchiveText() = default;
  // The next bytes, which may be none; nothing: that was all. Error: kNotFound.
  virtual Result<std::optional<std::string>> next(store::Connection& connection) = 0;
};

// All branches, in the format that an import takes.
std::unique_ptr<ArchiveText> json_export(std::string user_id, std::string conversation_id);

// The branch that is shown, for people to read.
std::unique_ptr<ArchiveText> markdown_export(std::string user_id, std::string conversation_id);

// Everything that is not in the trash: settings.json when something is set, conversations/<date>_<id>.json each, and
// attachments/<id> for each of its files.
std::unique_ptr<ArchiveText> zip_export(std::string user_id, int64_t now_ms);

// Of an attachment: letters, digits, spaces and a few signs of the title, never empty.
std::string file_name_of(std::string_view title);

}  // namespace whinchat::chat
