#include "store/attachments.h"

#include "base/ids.h"
#include "base/limits.h"

namespace whinchat::store {

namespace {

// The columns of every query that gives attachments, in the order of attachment_of.
#define ATTACHMENT_COLUMNS "a.id, a.message_id, a.kind, a.media_type, a.name, d.bytes, a.created_ms"
#define ATTACHMENT_TABLES "attachment a JOIN attachment_data d ON d.seq = a.data_seq"

Error not_found() { return {ErrorCode::kNotFound, "This file does not exist.", ""}; }

Attachment attachment_of(const Row& row) {
  Attachment out;
  out.id = row.text(0);
  out.message_id = row.text_or_null(1);
  out.kind = from_wire_name<AttachmentKind>(row.text(2)).value_or(AttachmentKind::kText);
  out.media_type = row.text(3);
  out.name = row.text(4);
  out.bytes = row.integer(5);
  out.created_ms = row.integer(6);
  return out;
}

std::string_view view_of(const Sha256& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

Result<int64_t> number(Connection& connection, std::string_view sql, std::string_view user_id) {
  auto found = one<int64_t>(connection, sql, [](const Row& row) { return row.integer(0); }, user_id);
  if (!found.ok()) return std::move(found).error();
  return found->value_or(0);
}

// The bytes' row: the one that is there, or a new one.
Result<int64_t> keep_data(Connection& connection, std::string_view user_id, std::string_view data, const Sha256& sha256) {
  auto there = one<int64_t>(connection, "SELECT seq FROM attachment_data WHERE user_id = ?1 AND sha256 = ?2", [](const Row& row) { return row.integer(0); },
                            user_id, Blob{view_of(sha256)});
  if (!there.ok()) return std::move(there).error();
  if (*there) return **there;
  auto used = number(connection, "SELECT coalesce(sum(bytes), 0) FROM attachment_data WHERE user_id = ?1", user_id);
  if (!used.ok()) return used;
  auto local = number(connection, "SELECT is_local FROM user WHERE id = ?1", user_id);
  if (!local.ok()) return local;
  if (*used + static_cast<int64_t>(data.size()) > (*local ? limits::kAttachmentLocalUserBytes : limits::kAttachmentUserBytes)) {
    return Error{ErrorCode::kTooLarge, "There is no room left for your files. Please delete conversations with files that you no longer need.", "attachments of a user"};
  }
  auto put = run(connection, "INSERT INTO attachment_data (user_id, sha256, bytes, data) VALUES (?1, ?2, ?3, ?4)", user_id, Blob{view_of(sha256)},
                 static_cast<int64_t>(data.size()), Blob{data});
  if (!put.ok()) return std::move(put).error();
  return connection.last_rowid();
}

// The same file under the same id, uploaded before. Error kConflict: the id stands for something else.
Result<std::optional<Attachment>> find_same(Connection& connection, std::string_view user_id, std::string_view id, const Sha256& sha256) {
  struct Found {
    Attachment attachment;
    bool same = false;
  };
  auto found = one<Found>(connection, "SELECT " ATTACHMENT_COLUMNS ", a.user_id = ?2 AND d.sha256 = ?3 FROM " ATTACHMENT_TABLES " WHERE a.id = ?1",
                          [](const Row& row) { return Found{attachment_of(row), row.flag(7)}; }, id, user_id, Blob{view_of(sha256)});
  if (!found.ok()) return std::move(found).error();
  if (!*found) return std::optional<Attachment>();
  if (!(*found)->same) return Error{ErrorCode::kConflict, "This id was used for another file. Please make a new one.", ""};
  return std::optional<Attachment>(std::move((*found)->attachment));
}

}  // namespace

Result<StoredAttachment> insert_attachment(Connection& connection, std::string_view user_id, const Attachment& wanted, std::string_view data,
                                           const Sha256& sha256) {
  auto same = find_same(connection, user_id, wanted.id, sha256);
  if (!same.ok()) return std::move(same).error();
  if (*same) return StoredAttachment{std::move(**same), false};
  auto unsent = number(connection, "SELECT count(*) FROM attachment WHERE user_id = ?1 AND message_id IS NULL", user_id);
  if (!unsent.ok()) return std::move(unsent).error();
  if (*unsent >= limits::kAttachmentsUnsent) {
    return Error{ErrorCode::kTooManyStreams, "Too many of your files wait for their message. Send or remove some.", "unsent attachments"};
  }
  auto kept = keep_data(connection, user_id, data, sha256);
  if (!kept.ok()) return std::move(kept).error();
  auto put = run(connection,
                 "INSERT INTO attachment (id, user_id, kind, media_type, name, data_seq, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", wanted.id,
                 user_id, wire_name(wanted.kind), wanted.media_type, wanted.name, *kept, wanted.created_ms);
  if (!put.ok()) return std::move(put).error();
  Attachment out = wanted;
  out.message_id.reset();
  out.bytes = static_cast<int64_t>(data.size());
  return StoredAttachment{std::move(out), true};
}

Result<Attachment> find_attachment(Connection& connection, std::string_view user_id, std::string_view id) {
  auto found = one<Attachment>(connection, "SELECT " ATTACHMENT_COLUMNS " FROM " ATTACHMENT_TABLES " WHERE a.id = ?1 AND a.user_id = ?2", attachment_of, id,
                               user_id);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  return std::move(**found);
}

Result<AttachmentData> read_attachment(Connection& connection, std::string_view user_id, std::string_view id) {
  auto found = one<AttachmentData>(connection,
                                   "SELECT " ATTACHMENT_COLUMNS ", d.data, d.sha256 FROM " ATTACHMENT_TABLES " WHERE a.id = ?1 AND a.user_id = ?2",
                                   [](const Row& row) { return AttachmentData{attachment_of(row), row.text(7), row.text(8)}; }, id, user_id);
  if (!found.ok()) return std::move(found).error();
  if (!*found) return not_found();
  return std::move(**found);
}

Result<void> delete_attachment(Connection& connection, std::string_view user_id, std::string_view id) {
  auto there = find_attachment(connection, user_id, id);
  if (!there.ok()) return std::move(there).error();
  if (there->message_id) return Error{ErrorCode::kConflict, "This file is part of a message and goes with its conversation.", ""};
  return run(connection, "DELETE FROM attachment WHERE id = ?1 AND user_id = ?2 AND message_id IS NULL", id, user_id);
}

Result<void> attach(Connection& connection, std::string_view user_id, const std::vector<std::string>& ids, std::string_view message_id, int64_t now_ms) {
  int place = 0;
  for (const std::string& id : ids) {
    auto moved = run(connection, "UPDATE attachment SET message_id = ?3, place = ?4 WHERE id = ?1 AND user_id = ?2 AND message_id IS NULL", id, user_id,
                     message_id, place);
    if (!moved.ok()) return moved;
    if (connection.changes() == 0) {
      auto copied = run(connection,
                        "INSERT INTO attachment (id, user_id, message_id, place, kind, media_type, name, data_seq, created_ms)"
                        " SELECT ?3, user_id, ?4, ?5, kind, media_type, name, data_seq, ?6 FROM attachment WHERE id = ?1 AND user_id = ?2",
                        id, user_id, make_id(now_ms), message_id, place, now_ms);
      if (!copied.ok()) return copied;
      if (connection.changes() == 0) return Error{ErrorCode::kInvalidRequest, "A file of this message is not here any more. Please attach it again.", ""};
    }
    ++place;
  }
  return {};
}

Result<void> add_to_message(Connection& connection, std::string_view id, std::string_view message_id, int place) {
  return run(connection, "UPDATE attachment SET message_id = ?2, place = ?3 WHERE id = ?1 AND message_id IS NULL", id, message_id, place);
}

Result<std::vector<Attachment>> attachments_of(Connection& connection, std::string_view message_id) {
  return all<Attachment>(connection, "SELECT " ATTACHMENT_COLUMNS " FROM " ATTACHMENT_TABLES " WHERE a.message_id = ?1 ORDER BY a.place", attachment_of,
                         message_id);
}

Result<std::vector<std::string>> attachment_ids(Connection& connection, std::string_view conversation_id) {
  return all<std::string>(connection, "SELECT a.id FROM message m JOIN attachment a ON a.message_id = m.id WHERE m.conversation_id = ?1 ORDER BY a.seq DESC",
                          [](const Row& row) { return row.text(0); }, conversation_id);
}

Result<void> copy_attachments(Connection& connection, std::string_view from_message_id, std::string_view to_message_id, int64_t now_ms) {
  auto there = attachments_of(connection, from_message_id);
  if (!there.ok()) return std::move(there).error();
  for (const Attachment& one : *there) {
    auto copied = run(connection,
                      "INSERT INTO attachment (id, user_id, message_id, place, kind, media_type, name, data_seq, created_ms)"
                      " SELECT ?2, user_id, ?3, place, kind, media_type, name, data_seq, created_ms FROM attachment WHERE id = ?1",
                      one.id, make_id(now_ms), to_message_id);
    if (!copied.ok()) return copied;
  }
  return {};
}

Result<void> load_texts(Connection& connection, std::vector<Message>& path, size_t bytes_max) {
  size_t bytes = 0;
  for (auto message = path.rbegin(); message != path.rend(); ++message) {
    for (Attachment& one_of : message->attachments) {
      if (one_of.kind != AttachmentKind::kText) continue;
      bytes += static_cast<size_t>(one_of.bytes);
      if (bytes > bytes_max) return {};
      auto text = one<std::string>(connection, "SELECT d.data FROM " ATTACHMENT_TABLES " WHERE a.id = ?1", [](const Row& row) { return row.text(0); }, one_of.id);
      if (!text.ok()) return std::move(text).error();
      if (*text) one_of.text = std::make_shared<const std::string>(std::move(**text));
    }
  }
  return {};
}

Result<int> purge_unsent(Connection& connection, int64_t before_ms, int count_max) {
  auto gone = run(connection,
                  "DELETE FROM attachment WHERE seq IN (SELECT seq FROM attachment WHERE message_id IS NULL AND created_ms < ?1 LIMIT ?2)", before_ms,
                  count_max);
  if (!gone.ok()) return std::move(gone).error();
  return static_cast<int>(connection.changes());
}

}  // namespace whinchat::store
