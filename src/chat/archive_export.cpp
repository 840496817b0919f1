#include "chat/archive_export.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "chat/archive_formats.h"
#include "chat/personal_settings.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/user_settings.h"

namespace whinchat::chat {

namespace {

using store::Connection;
using Text = std::optional<std::string>;

class JsonExport final : public ArchiveText {
 public:
  JsonExport(std::string user_id, std::string id) : user_id_(std::move(user_id)), id_(std::move(id)) {}

  Result<Text> next(Connection& connection) override {
    if (over_) return Text();
    std::string out;
    if (!begun_) {
      auto conversation = store::find_conversation(connection, user_id_, id_, store::Trash::kShown);
      if (!conversation.ok()) return std::move(conversation).error();
      out = whinchat_head() + whinchat_conversation(*conversation);
    }
    auto page = store::list_messages(connection, id_, after_, limits::kMessagePage);
    if (!page.ok()) return std::move(page).error();
    for (const Message& message : page->messages) {
      if (std::exchange(begun_with_messages_, true)) out += ",\n";
      out += whinchat_message(message);
    }
    begun_ = true;
    after_ = page->next;
    over_ = after_ == 0;
    if (over_) out += std::string(kWhinchatConversationEnd) + std::string(kWhinchatEnd);
    return Text(std::move(out));
  }

 private:
  const std::string user_id_;
  const std::string id_;
  bool begun_ = false;
  bool begun_with_messages_ = false;
  bool over_ = false;
  int64_t after_ = 0;
};

std::string heading_of(const Message& message) {
  if (message.kind == MessageKind::kSummary) return "Summary of what came before";
  if (message.role == MessageRole::kUser) return "You";
  if (message.role == MessageRole::kSystem) return "Instructions";
  return message.model.empty() ? "Answer" : message.model;
}

std::string quoted_lines(std::string_view text) {
  std::string out = "> ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "> ";
  }
  return out + "\n\n";
}

std::string markdown_of(const Message& message) {
  const std::string at = rfc3339(message.created_ms);
  std::string out = "## " + heading_of(message) + "\n\n*" + at.substr(0, 10) + " " + at.substr(11, 5) + " UTC";
  if (message.state == TurnState::kStopped) out += ", stopped";
  if (message.state == TurnState::kInterrupted) out += ", interrupted";
  if (message.state == TurnState::kFailed) out += ", failed";
  out += "*\n\n";
  for (const Attachment& file : message.attachments) out += "- " + file.name + "\n";
  if (!message.attachments.empty()) out += '\n';
  if (!message.reasoning.empty()) out += quoted_lines(message.reasoning);
  return out + message.content + "\n\n";
}

class MarkdownExport final : public ArchiveText {
 public:
  MarkdownExport(std::string user_id, std::string id) : user_id_(std::move(user_id)), id_(std::move(id)) {}

  Result<Text> next(Connection& connection) override {
    std::string out;
    if (!begun_) {
      if (auto begun = begin(connection, out); !begun) return begun.error();
      begun_ = true;
      return Text(std::move(out));
    }
    if (at_ == path_.size()) return Text();
    while (at_ < path_.size() && out.size() < limits::kMessagePageBytes) {
      auto message = store::find_message(connection, id_, path_[at_++]);
      if (!message.ok()) return std::move(message).error();
      out += markdown_of(*message);
    }
    return Text(std::move(out));
  }

 private:
  Result<void> begin(Connection& connection, std::string& out) {
    auto conversation = store::find_conversation(connection, user_id_, id_, store::Trash::kShown);
    if (!conversation.ok()) return std::move(conversation).error();
    out = "# " + (conversation->title.empty() ? "Conversation" : conversation->title) + "\n\n";
    if (!conversation->head_id) return {};
    auto path = store::path_ids(connection, id_, *conversation->head_id);
    if (!path.ok()) return std::move(path).error();
    path_ = std::move(path).value();
    return {};
  }

  const std::string user_id_;
  const std::string id_;
  bool begun_ = false;
  std::vector<std::string> path_;
  size_t at_ = 0;
};

class ZipExport final : public ArchiveText {
 public:
  ZipExport(std::string user_id, int64_t now_ms) : user_id_(std::move(user_id)), now_ms_(now_ms) {}

  Result<Text> next(Connection& connection) override {
    if (over_) return Text();
    if (!begun_) {
      auto all = store::list_for_export(connection, user_id_);
      if (!all.ok()) return std::move(all).error();
      all_ = std::move(all).value();
      begun_ = true;
      if (auto added = add_settings(connection); !added) return added.error();
    }
    if (auto done = entry_ ? go_on(connection) : !files_.empty() ? add_file(connection) : open_next(); !done) return done.error();
    return Text(zip_.take());
  }

 private:
  Result<void> open_next() {
    if (at_ == all_.size()) {
      over_ = true;
      return zip_.finish();
    }
    const store::ExportedConversation& conversation = all_[at_++];
    entry_ = json_export(user_id_, conversation.id);
    conversation_id_ = conversation.id;
    return zip_.open_entry("conversations/" + rfc3339(conversation.created_ms).substr(0, 10) + "_" + conversation.id + ".json", conversation.updated_ms);
  }

  Result<void> go_on(Connection& connection) {
    auto text = entry_->next(connection);
    if (!text.ok() && text.error().code != ErrorCode::kNotFound) return std::move(text).error();
    if (text.ok() && *text) return zip_.write(**text);
    // The end, or it was removed for good in the meantime: then an empty list stands in its place.
    if (!text.ok()) {
      if (auto written = zip_.write(whinchat_head() + std::string(kWhinchatEnd)); !written) return written;
    }
    entry_.reset();
    auto files = store::attachment_ids(connection, conversation_id_);
    if (!files.ok()) return std::move(files).error();
    files_ = std::move(files).value();
    return zip_.close_entry();
  }

  Result<void> add_settings(Connection& connection) {
    auto stored = store::settings_of_user(connection, user_id_);
    if (!stored.ok()) return std::move(stored).error();
    if (stored->revision == 0) return {};
    if (auto opened = zip_.open_entry(std::string(kSettingsEntry), now_ms_); !opened) return opened;
    if (auto written = zip_.write(archived_settings(stored->body)); !written) return written;
    return zip_.close_entry();
  }

  // One file a step: at most limits::kAttachmentBytes in memory.
  Result<void> add_file(Connection& connection) {
    const std::string id = std::move(files_.back());
    files_.pop_back();
    auto file = store::read_attachment(connection, user_id_, id);
    if (!file.ok() && file.error().code == ErrorCode::kNotFound) return {};
    if (!file.ok()) return std::move(file).error();
    if (auto opened = zip_.open_entry("attachments/" + id, file->attachment.created_ms); !opened) return opened;
    if (auto written = zip_.write(file->data); !written) return written;
    return zip_.close_entry();
  }

  const std::string user_id_;
  const int64_t now_ms_;
  bool begun_ = false;
  bool over_ = false;
  std::vector<store::ExportedConversation> all_;
  size_t at_ = 0;
  std::unique_ptr<ArchiveText> entry_;
  std::string conversation_id_;        // of the entry
  std::vector<std::string> files_;     // of the entry before, still to be written
  ZipWriter zip_;
};

}  // namespace

std::unique_ptr<ArchiveText> json_export(std::string user_id, std::string conversation_id) {
  return std::make_unique<JsonExport>(std::move(user_id), std::move(conversation_id));
}

std::unique_ptr<ArchiveText> markdown_export(std::string user_id, std::string conversation_id) {
  return std::make_unique<MarkdownExport>(std::move(user_id), std::move(conversation_id));
}

std::unique_ptr<ArchiveText> zip_export(std::string user_id, int64_t now_ms) { return std::make_unique<ZipExport>(std::move(user_id), now_ms); }

std::string file_name_of(std::string_view title) {
  std::string out;
  for (const char c : utf8_prefix(title, 120)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || std::string_view("\"\\/:*?<>|%").find(c) != std::string_view::npos) out += '_';
    else out += c;
  }
  out = std::string(trim(out));
  while (!out.empty() && (out.front() == '.' || out.front() == ' ')) out.erase(out.begin());
  return out.empty() ? "conversation" : out;
}

}  // namespace whinchat::chat
