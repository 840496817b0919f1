// Taking in an archive: a ZIP or JSON of ours, of ChatGPT or of Claude.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/archive_formats.h"
#include "store/database.h"

namespace whinchat::chat {

struct SkippedConversation {
  std::string title;
  std::string reason;
};

struct ImportReport {
  ArchiveFormat format = ArchiveFormat::kWhinchat;
  int conversations = 0;        // that can be kept
  int messages = 0;             // in these
  int already_here = 0;         // conversations; what they lack is added
  int imported = 0;             // new conversations; 0 in a preview
  int messages_added = 0;       // 0 in a preview
  int prompts_new = 0;          // saved prompts that were not here; in a preview: that are not
  bool instructions_new = false;
  int skipped_conversations = 0;
  int skipped_messages = 0;
  std::vector<SkippedConversation> skipped;  // the first limits::kArchiveSkippedListed
  std::vector<std::string> titles;           // the first limits::kArchiveTitlesListed
};

// Settings (chat/personal_settings) are put together with what is here, in one write.
// Looks through the whole archive first: when it is damaged, nothing is stored. Then each conversation is one write job: it
// is there as a whole or not at all, and doing it again adds what is missing. Blocks for seconds: runs on a worker thread.
// Errors: kInvalidRequest, kTooLarge, and the database's (some conversations may then be stored already).
Result<ImportReport> import_archive(store::Database& database, const std::string& user_id, std::string_view body, bool preview, int64_t now_ms);

}  // namespace whinchat::chat
