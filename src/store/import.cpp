#include "store/import.h"

#include <unordered_map>

#include "base/crypto.h"
#include "base/ids.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/messages.h"

namespace whinchat::store {

namespace {

using IdsBySource = std::unordered_map<std::string, std::string>;

// The conversation that this one became when it was stored before.
Result<std::optional<std::string>> find_imported(Connection& connection, std::string_view user_id, const ImportedConversation& imported) {
  return one<std::string>(connection,
                          "SELECT id FROM conversation WHERE user_id = ?1 AND source = ?2"
                          " UNION ALL SELECT id FROM conversation WHERE id = ?3 AND user_id = ?1 LIMIT 1",
                          [](const Row& row) { return row.text(0); }, user_id, imported.source, imported.conversation.id);
}

Result<bool> exists(Connection& connection, std::string_view sql, std::string_view id) {
  auto found = one<bool>(connection, sql, [](const Row&) { return true; }, id);
  if (!found.ok()) return std::move(found).error();
  return found->has_value();
}

constexpr std::string_view kConversationExists = "SELECT 1 FROM conversation WHERE id = ?1";
constexpr std::string_view kMessageExists = "SELECT 1 FROM message WHERE id = ?1";

Result<std::string> make(Connection& connection, std::string_view user_id, const ImportedConversation& imported) {
  Conversation wanted = imported.conversation;
  std::optional<std::string> source;
  auto taken = is_id(wanted.id) ? exists(connection, kConversationExists, wanted.id) : Result<bool>(true);
  if (!taken.ok()) return std::move(taken).error();
  if (*taken) {
    wanted.id = make_id(wanted.created_ms);
    source = imported.source;
  }
  auto made = create_conversation(connection, user_id, wanted, source);
  if (!made.ok()) return std::move(made).error();
  return wanted.id;
}

// What is there already, by its own id and by the one it had elsewhere.
Result<IdsBySource> known_messages(Connection& connection, std::string_view conversation_id) {
  IdsBySource known;
  Statement statement(connection, "SELECT id, source FROM message WHERE conversation_id = ?1");
  statement.bind(conversation_id);
  for (;;) {
    auto stepped = statement.step();
    if (!stepped.ok()) return std::move(stepped).error();
    if (!*stepped) return known;
    const std::string id = statement.row().text(0);
    known.emplace(id, id);
    if (auto source = statement.row().text_or_null(1)) known.emplace(std::move(*source), id);
  }
}

// Gives the message's id here.
Result<std::string> add_message(Connection& connection, const std::string& conversation_id, const ImportedMessage& imported, const IdsBySource& known) {
  Message message = imported.message;
  message.conversation_id = conversation_id;
  message.parent_id.reset();
  if (imported.parent_source) {
    if (const auto parent = known.find(*imported.parent_source); parent != known.end()) message.parent_id = parent->second;
  }
  auto taken = is_id(imported.source) ? exists(connection, kMessageExists, imported.source) : Result<bool>(true);
  if (!taken.ok()) return std::move(taken).error();
  message.id = *taken ? make_id(message.created_ms) : imported.source;
  auto inserted = insert_message(connection, message, *taken ? std::optional<std::string>(imported.source) : std::nullopt);
  if (!inserted.ok()) return std::move(inserted).error();
  return message.id;
}

}  // namespace

Result<bool> is_imported(Connection& connection, std::string_view user_id, const ImportedConversation& imported) {
  auto found = find_imported(connection, user_id, imported);
  if (!found.ok()) return std::move(found).error();
  return found->has_value();
}

Result<ImportOutcome> import_conversation(Connection& connection, std::string_view user_id, const ImportedConversation& imported, int64_t now_ms) {
  ImportOutcome outcome;
  auto found = find_imported(connection, user_id, imported);
  if (!found.ok()) return std::move(found).error();
  outcome.is_new = !found->has_value();
  auto id = outcome.is_new ? make(connection, user_id, imported) : Result<std::string>(**found);
  if (!id.ok()) return std::move(id).error();
  if (!outcome.is_new) {
    if (auto restored = restore_conversation(connection, user_id, *id, now_ms); !restored.ok()) return std::move(restored).error();
  }
  auto known = known_messages(connection, *id);
  if (!known.ok()) return std::move(known).error();
  std::string last;
  for (const ImportedMessage& message : imported.messages) {
    if (known->contains(message.source)) continue;
    auto added = add_message(connection, *id, message, *known);
    if (!added.ok()) return std::move(added).error();
    last = *added;
    known->emplace(message.source, std::move(added).value());
    ++outcome.messages_added;
  }
  outcome.conversation_id = *id;
  for (size_t i = 0; i < imported.messages.size(); ++i) {
    const auto here = known->find(imported.messages[i].source);
    if (!imported.messages[i].message.attachments.empty() && here != known->end()) outcome.with_files.emplace_back(here->second, i);
  }
  if (outcome.messages_added == 0) return outcome;
  const auto head = imported.head_source ? known->find(*imported.head_source) : known->end();
  const std::string& shown = head != known->end() ? head->second : last;
  auto set = set_head(connection, user_id, *id, shown, "", "", imported.conversation.updated_ms);
  if (!set.ok()) return std::move(set).error();
  return outcome;
}

Result<void> import_attachment(Connection& connection, std::string_view user_id, std::string_view message_id, const Attachment& attachment,
                               std::string_view data) {
  auto there = attachments_of(connection, message_id);
  if (!there.ok()) return std::move(there).error();
  for (const Attachment& one_of : *there) {
    if (one_of.name == attachment.name && one_of.bytes == attachment.bytes) return {};
  }
  Attachment wanted = attachment;
  wanted.id = make_id(attachment.created_ms);
  auto stored = insert_attachment(connection, user_id, wanted, data, sha256(data));
  if (!stored.ok()) return std::move(stored).error();
  return add_to_message(connection, wanted.id, message_id, static_cast<int>(there->size()));
}

}  // namespace whinchat::store
