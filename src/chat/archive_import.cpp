#include "chat/archive_import.h"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "base/json.h"
#include "base/limits.h"
#include "chat/archive_json.h"
#include "chat/archive_tree.h"
#include "chat/attachment_rules.h"
#include "chat/archive_zip.h"
#include "chat/personal_settings.h"
#include "store/user_settings.h"

namespace whinchat::chat {

namespace {

using Piece = ConversationTexts::Piece;
using OnPiece = std::function<Result<void>(Piece&)>;

constexpr JsonLimits kLimits{limits::kArchiveDepth, limits::kArchiveValues, limits::kArchiveConversationBytes};

Result<void> each_of(ConversationTexts texts, const OnPiece& on_piece) {
  for (;;) {
    auto piece = texts.next();
    if (!piece.ok()) return std::move(piece).error();
    if (!*piece) return {};
    if (auto done = on_piece(**piece); !done) return done;
  }
}

// "conversations.json", as both programs call it, whatever the folder; their newer "conversations-003.json"; ours.
bool holds_conversations(std::string_view name) {
  if (!name.ends_with(".json")) return false;
  const size_t slash = name.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return base.starts_with("conversations") || name.find("conversations/") != std::string_view::npos;
}

bool holds_settings(std::string_view name) {
  return name.ends_with(kSettingsEntry) && (name.size() == kSettingsEntry.size() || name[name.size() - kSettingsEntry.size() - 1] == '/');
}

// To its end, so that the checksum is looked at.
Result<Piece> read_settings_entry(ZipReader& zip) {
  Piece out;
  for (;;) {
    auto bytes = zip.read();
    if (!bytes.ok()) return std::move(bytes).error();
    if (bytes->empty()) return out;
    out.too_large = out.too_large || out.text.size() + bytes->size() > limits::kSettingsBodyBytes;
    if (out.too_large) out.text.clear();
    else out.text += *bytes;
  }
}

Result<void> each_in_zip(std::string_view body, const OnPiece& on_piece, const OnPiece& on_settings) {
  auto zip = ZipReader::open(body);
  if (!zip.ok()) return std::move(zip).error();
  bool any = false;
  for (size_t i = 0; i < (*zip)->names().size(); ++i) {
    const bool settings = holds_settings((*zip)->names()[i]);
    if (!settings && !holds_conversations((*zip)->names()[i])) continue;
    any = true;
    if (auto entered = (*zip)->enter(i); !entered) return entered;
    if (settings) {
      auto whole = read_settings_entry(**zip);
      if (!whole.ok()) return std::move(whole).error();
      if (auto done = on_settings(*whole); !done) return done;
      continue;
    }
    if (auto done = each_of(ConversationTexts([&] { return (*zip)->read(); }), on_piece); !done) return done;
    for (;;) {  // what stands behind the list, so that the checksum is looked at
      auto rest = (*zip)->read();
      if (!rest.ok()) return std::move(rest).error();
      if (rest->empty()) break;
    }
  }
  if (any) return {};
  return Error{ErrorCode::kInvalidRequest, "The ZIP archive holds no conversations.json of a program that is known here.", ""};
}

Result<void> each_piece(std::string_view body, const OnPiece& on_piece, const OnPiece& on_settings) {
  if (body.starts_with("PK")) return each_in_zip(body, on_piece, on_settings);
  bool given = false;
  return each_of(ConversationTexts([&]() -> Result<std::string_view> { return std::exchange(given, true) ? std::string_view() : body; }), on_piece);
}

// The files of an archive of ours, which stand beside the conversations: found by id. A reader of its own, because the one
// that gives the conversations is in the middle of an entry.
class Files {
 public:
  explicit Files(std::string_view body) : body_(body) {}

  // Nothing: it is not there, or longer than a file may be.
  Result<std::optional<std::string>> read(const std::string& id) {
    if (auto ready = open(); !ready) return ready.error();
    const auto place = places_.find("attachments/" + id);
    if (place == places_.end()) return std::optional<std::string>();
    if (auto entered = zip_->enter(place->second); !entered) return entered.error();
    std::string out;
    for (;;) {
      auto piece = zip_->read();
      if (!piece.ok()) return std::move(piece).error();
      if (piece->empty()) return std::optional<std::string>(std::move(out));
      out.append(*piece);
      if (out.size() > limits::kAttachmentBytes) return std::optional<std::string>();
    }
  }

 private:
  Result<void> open() {
    if (zip_ || !body_.starts_with("PK")) return {};
    auto zip = ZipReader::open(body_);
    if (!zip.ok()) return std::move(zip).error();
    zip_ = std::move(zip).value();
    for (size_t i = 0; i < zip_->names().size(); ++i) {
      if (zip_->names()[i].starts_with("attachments/")) places_.emplace(zip_->names()[i], i);
    }
    return {};
  }

  const std::string_view body_;
  std::unique_ptr<ZipReader> zip_;
  std::unordered_map<std::string, size_t> places_;
};

class Import {
 public:
  Import(store::Database& database, const std::string& user_id, std::string_view body, bool preview, int64_t now_ms)
      : database_(database), user_id_(user_id), preview_(preview), now_ms_(now_ms), files_(body) {}

  Result<void> take(Piece& piece) {
    if (piece.too_large) return skip("", "It is larger than one conversation may be.");
    auto parsed = parse_json(piece.text, kLimits);
    piece.text = std::string();
    if (!parsed.ok()) return skip("", parsed.error().message);
    const std::string title = title_from(text_of(*parsed, "title").empty() ? text_of(*parsed, "name") : text_of(*parsed, "title"));
    const auto format = format_of(*parsed);
    if (!format) return skip(title, "It is no conversation of a program that is known here.");
    if (!known_format_) report_.format = *format;
    known_format_ = true;
    auto read = read_archived(*format, *parsed, now_ms_);
    if (!read.ok()) return skip(title, read.error().message);
    if (read->conversation.messages.empty() && *format != ArchiveFormat::kWhinchat) return skip(title, "It has no messages.");
    return keep(*read);
  }

  // A file of that name may be another program's: then it is none of ours.
  Result<void> take_settings(const Piece& piece) {
    if (piece.too_large) return note_skipped(std::string(kSettingsEntry), "It is larger than settings may be.");
    auto read = read_archived_settings(piece.text);
    if (!read.ok()) return note_skipped(std::string(kSettingsEntry), read.error().message);
    if (!*read) return {};
    for (int attempt = 0; attempt < limits::kSettingsMergeAttempts; ++attempt) {
      auto done = merge_once(**read);
      if (!done.ok()) return std::move(done).error();
      if (*done) return {};
    }
    return Error{ErrorCode::kUnavailable, "The settings are being changed elsewhere. Please try again.", "other devices were faster each time", 2};
  }

  ImportReport finish() { return std::move(report_); }

 private:
  Result<void> skip(std::string title, std::string reason) {
    ++report_.skipped_conversations;
    return note_skipped(std::move(title), std::move(reason));
  }

  Result<void> note_skipped(std::string title, std::string reason) {
    if (report_.skipped.size() < limits::kArchiveSkippedListed) report_.skipped.push_back({std::move(title), std::move(reason)});
    return {};
  }

  // false: they were changed elsewhere between reading and writing.
  Result<bool> merge_once(const PersonalSettings& archived) {
    auto stored = database_.read([&](store::Connection& c) { return store::settings_of_user(c, user_id_); });
    if (!stored.ok()) return std::move(stored).error();
    auto parsed = parse_json(stored->body);
    if (!parsed.ok()) return std::move(parsed).error();
    auto here = read_personal_settings(*parsed);
    if (!here.ok()) return std::move(here).error();
    const MergedSettings merged = merge_settings(std::move(here).value(), archived);
    if (!preview_ && (merged.prompts_added > 0 || merged.instructions_added)) {
      const store::UserSettings wanted{personal_settings_text(merged.settings), stored->revision};
      auto put = database_.write([&](store::Connection& c) { return store::put_settings(c, user_id_, wanted); });
      if (!put.ok()) return std::move(put).error();
      if (put->revision != wanted.revision + 1 || put->body != wanted.body) return false;
    }
    report_.prompts_new += merged.prompts_added;
    report_.instructions_new = report_.instructions_new || merged.instructions_added;
    const int left = merged.prompts_left_out;
    if (left == 0) return true;
    auto noted = note_skipped(std::string(kSettingsEntry), std::to_string(left) + " saved prompts are left out: " + std::to_string(limits::kPromptsPerUser) + " are the most.");
    if (!noted) return noted.error();
    return true;
  }

  Result<void> keep(const ArchivedConversation& read) {
    const store::ImportedConversation& imported = read.conversation;
    ++report_.conversations;
    report_.messages += static_cast<int>(imported.messages.size());
    report_.skipped_messages += read.skipped_messages;
    if (report_.titles.size() < limits::kArchiveTitlesListed) report_.titles.push_back(imported.conversation.title);
    if (preview_) {
      auto here = database_.read([&](store::Connection& c) { return store::is_imported(c, user_id_, imported); });
      if (!here.ok()) return std::move(here).error();
      report_.already_here += *here;
      return {};
    }
    auto outcome = database_.write([&](store::Connection& c) { return store::import_conversation(c, user_id_, imported, now_ms_); });
    if (!outcome.ok()) return std::move(outcome).error();
    report_.already_here += !outcome->is_new;
    report_.imported += outcome->is_new;
    report_.messages_added += outcome->messages_added;
    for (const auto& [message_id, place] : outcome->with_files) {
      if (auto added = add_files(message_id, imported.messages[place].message); !added) return added;
    }
    return {};
  }

  // A file that may not be attached here, or for which there is no room, stays away; the conversation is kept all the same.
  Result<void> add_files(const std::string& message_id, const Message& message) {
    for (const Attachment& wanted : message.attachments) {
      auto bytes = files_.read(wanted.id);
      if (!bytes.ok()) return std::move(bytes).error();
      if (!*bytes) continue;
      auto judged = judge_file(wanted.name, "", **bytes);
      if (!judged.ok()) continue;
      judged->created_ms = message.created_ms;
      auto added = database_.write([&](store::Connection& c) { return store::import_attachment(c, user_id_, message_id, *judged, **bytes); });
      if (!added.ok() && added.error().code != ErrorCode::kTooLarge && added.error().code != ErrorCode::kTooManyStreams) return added;
    }
    return {};
  }

  store::Database& database_;
  const std::string& user_id_;
  const bool preview_;
  const int64_t now_ms_;
  bool known_format_ = false;
  Files files_;
  ImportReport report_;
};

}  // namespace

Result<ImportReport> import_archive(store::Database& database, const std::string& user_id, std::string_view body, bool preview, int64_t now_ms) {
  if (!preview) {
    if (auto whole = each_piece(body, [](Piece&) { return Result<void>(); }, [](Piece&) { return Result<void>(); }); !whole) return whole.error();
  }
  Import import(database, user_id, body, preview, now_ms);
  auto done = each_piece(body, [&](Piece& piece) { return import.take(piece); }, [&](Piece& piece) { return import.take_settings(piece); });
  if (!done) return done.error();
  return import.finish();
}

}  // namespace whinchat::chat
