// What goes out comes in again: on a real database, with two users.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../store/test_database.h"
#include "base/crypto.h"
#include "base/ids.h"
#include "base/limits.h"
#include "chat/archive_export.h"
#include "chat/archive_import.h"
#include "chat/attachment_rules.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/user_settings.h"

using namespace whinchat;
using namespace whinchat::chat;
using nlohmann::json;
using store::Connection;

namespace {

constexpr int64_t kNow = 1'800'000'000'000;

class Archive {
 public:
  Archive() : anna(add_user("anna")), bert(add_user("bert")) {}

  std::string add_user(const std::string& name) {
    const std::string id = make_id(kNow);
    REQUIRE(db->write([&](Connection& c) {
      return store::run(c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, ?2, ?2, 'user', 'free', 0)", id, name);
    }).ok());
    return id;
  }

  std::string text_of(std::unique_ptr<ArchiveText> text) {
    std::string out;
    for (;;) {
      auto piece = db->read([&](Connection& c) { return text->next(c); });
      REQUIRE(piece.ok());
      if (!*piece) return out;
      out += **piece;
    }
  }

  ImportReport import(const std::string& user, const std::string& body, bool preview = false) {
    auto report = import_archive(*db, user, body, preview, kNow);
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
    return std::move(report).value();
  }

  // A conversation with a tree, usage, reasoning and an error in it.
  std::string make(const std::string& user, const std::string& title) {
    Conversation wanted;
    wanted.id = make_id(kNow);
    wanted.title = title;
    wanted.title_source = TitleSource::kAuto;
    wanted.pinned = true;
    wanted.provider = "openai";
    wanted.created_ms = kNow - 5000;
    wanted.updated_ms = kNow - 1000;
    auto made = db->write([&](Connection& c) -> Result<void> {
      if (auto created = store::create_conversation(c, user, wanted); !created.ok()) return created.error();
      std::string parent;
      for (int i = 0; i < 4; ++i) {
        Message message;
        message.id = make_id(kNow);
        message.conversation_id = wanted.id;
        if (!parent.empty()) message.parent_id = parent;
        message.role = i % 2 ? MessageRole::kAssistant : MessageRole::kUser;
        message.content = "words \"of\" \xE4\xBD\xA0\xE5\xA5\xBD " + std::to_string(i);
        message.created_ms = kNow - 4000 + i;
        if (i == 1) {
          message.reasoning = "because";
          message.state = TurnState::kFailed;
          message.error_code = "timeout";
          message.error = "Too slow";
          message.usage = {5, 1, std::nullopt, 7, std::nullopt, 99, true};
          message.finish_reason = "length";
        }
        if (i != 2) parent = message.id;  // 3 is a sibling of 2
        if (auto inserted = store::insert_message(c, message); !inserted) return inserted;
      }
      return store::set_head(c, user, wanted.id, parent, "", "", wanted.updated_ms);
    });
    REQUIRE(made.ok());
    return wanted.id;
  }

  int count(const char* sql) {
    return db->read([&](Connection& c) -> Result<int> {
      auto n = store::one<int>(c, sql, [](const store::Row& row) { return static_cast<int>(row.integer(0)); });
      if (!n.ok()) return n.error();
      return n->value_or(-1);
    }).value();
  }

  store::TestDatabase db;
  std::string anna;
  std::string bert;
};

// Every conversation of an archive, without what names its owner's rows.
json content_of(const std::string& text) {
  json out = json::parse(text)["conversations"][0];
  return out;
}

}  // namespace

TEST_CASE("an archive brings settings to who has none, even without a conversation, and a damaged file of them is named") {
  Archive archive;
  const std::string body = R"({"instructions":"Be brief.","prompts":[{"id":"a","name":"Name","text":"Text"}]})";
  REQUIRE(archive.db->write([&](Connection& c) { return store::put_settings(c, archive.anna, {body, 0}); }).ok());
  const auto stored = [&] { return archive.db->read([&](Connection& c) { return store::settings_of_user(c, archive.bert); }).value(); };
  const std::string zip = archive.text_of(zip_export(archive.anna, kNow));
  ImportReport report = archive.import(archive.bert, zip, true);
  CHECK(report.prompts_new == 1);
  CHECK(report.instructions_new);
  CHECK(stored().revision == 0);
  report = archive.import(archive.bert, zip);
  CHECK(report.prompts_new == 1);
  CHECK(stored().body == body);
  report = archive.import(archive.bert, zip);
  CHECK(report.prompts_new == 0);
  CHECK(!report.instructions_new);
  CHECK(stored().revision == 1);
  for (const std::string& text : {std::string("{"), std::string(limits::kSettingsBodyBytes + 1, ' ')}) {
    ZipWriter writer;
    REQUIRE(writer.open_entry("export/settings.json", kNow));
    REQUIRE(writer.write(text));
    REQUIRE(writer.close_entry());
    REQUIRE(writer.finish());
    report = archive.import(archive.bert, writer.take());
    REQUIRE(report.skipped.size() == 1);
    CHECK(report.skipped[0].title == "settings.json");
    CHECK(report.skipped_conversations == 0);
  }
  CHECK(stored().revision == 1);
}

TEST_CASE("an export imported again changes nothing; imported where it was lost it is equal") {
  Archive archive;
  const std::string first = archive.make(archive.anna, "One");
  archive.make(archive.anna, "Two / odd: name?");
  const std::string before = archive.text_of(json_export(archive.anna, first));
  const std::string zip = archive.text_of(zip_export(archive.anna, kNow));
  ImportReport again = archive.import(archive.anna, zip);
  CHECK(again.conversations == 2);
  CHECK(again.messages == 8);
  CHECK(again.already_here == 2);
  CHECK(again.imported == 0);
  CHECK(again.messages_added == 0);
  CHECK(again.skipped_conversations == 0);
  REQUIRE(archive.db->write([&](Connection& c) { return store::run(c, "DELETE FROM conversation"); }).ok());
  again = archive.import(archive.anna, zip);
  CHECK(again.imported == 2);
  CHECK(again.messages_added == 8);
  CHECK(archive.text_of(json_export(archive.anna, first)) == before);
  CHECK(content_of(before)["messages"].size() == 4);
}

TEST_CASE("a ZIP carries files along: lost ones come back, and no second time") {
  Archive archive;
  const std::string id = archive.make(archive.anna, "With files");
  const std::string notes = "# Notes\n", png("\x89PNG\r\n\x1A\n\0\0\0\rIHDR and more", 25);
  REQUIRE(archive.db->write([&](Connection& c) -> Result<void> {
    const auto first = store::list_messages(c, id, 0, 1)->messages[0].id;
    std::vector<std::string> ids;
    for (const auto& [name, bytes] : {std::pair{"notes.md", notes}, std::pair{"pet.png", png}}) {
      auto judged = judge_file(name, "", bytes);
      judged->id = make_id(kNow);
      ids.push_back(judged->id);
      if (auto put = store::insert_attachment(c, archive.anna, *judged, bytes, sha256(bytes)); !put.ok()) return put.error();
    }
    return store::attach(c, archive.anna, ids, first, kNow);
  }).ok());
  const std::string zip = archive.text_of(zip_export(archive.anna, kNow));
  archive.import(archive.anna, zip);
  CHECK(archive.count("SELECT count(*) FROM attachment") == 2);
  archive.import(archive.bert, zip);
  archive.import(archive.bert, zip);
  CHECK(archive.count("SELECT count(*) FROM attachment WHERE message_id IS NOT NULL") == 4);
  REQUIRE(archive.db->write([&](Connection& c) { return store::run(c, "DELETE FROM conversation"); }).ok());
  CHECK(archive.count("SELECT count(*) FROM attachment_data") == 0);
  archive.import(archive.anna, zip);
  const auto back = archive.db->read([&](Connection& c) { return store::attachments_of(c, store::list_messages(c, id, 0, 1)->messages[0].id); });
  REQUIRE(back->size() == 2);
  CHECK((*back)[0].name == "notes.md");
  CHECK((*back)[1].kind == AttachmentKind::kImage);
  CHECK(archive.db->read([&](Connection& c) { return store::read_attachment(c, archive.anna, (*back)[1].id); })->data == png);
}

TEST_CASE("what belongs to somebody else is copied under new ids, and copied once") {
  Archive archive;
  const std::string id = archive.make(archive.anna, "Shared");
  const std::string text = archive.text_of(json_export(archive.anna, id));
  CHECK(archive.import(archive.bert, text).imported == 1);
  const ImportReport again = archive.import(archive.bert, text);
  CHECK(again.imported == 0);
  CHECK(again.already_here == 1);
  CHECK(again.messages_added == 0);
  CHECK(archive.count("SELECT count(*) FROM conversation") == 2);
  CHECK(archive.count("SELECT count(*) FROM message") == 8);
  CHECK(archive.count("SELECT count(DISTINCT id) FROM message") == 8);
  CHECK(archive.count("SELECT count(*) FROM message m JOIN message p ON p.id = m.parent_id WHERE p.conversation_id <> m.conversation_id") == 0);
}

TEST_CASE("a later file adds what is new to what is here, and brings back what was deleted") {
  Archive archive;
  json file = {{"uuid", "u-1"}, {"name", "Talk"}, {"chat_messages", {{{"uuid", "m1"}, {"sender", "human"}, {"text", "one"}}, {{"uuid", "m2"}, {"sender", "assistant"}, {"text", "two"}}}}};
  CHECK(archive.import(archive.anna, json::array({file}).dump()).messages_added == 2);
  REQUIRE(archive.db->write([&](Connection& c) { return store::run(c, "UPDATE conversation SET deleted_ms = 5"); }).ok());
  file["chat_messages"].push_back({{"uuid", "m3"}, {"sender", "human"}, {"text", "three"}});
  const ImportReport later = archive.import(archive.anna, json::array({file}).dump());
  CHECK(later.already_here == 1);
  CHECK(later.messages_added == 1);
  CHECK(archive.count("SELECT count(*) FROM conversation WHERE deleted_ms IS NULL") == 1);
  CHECK(archive.count("SELECT count(*) FROM message m JOIN message p ON p.id = m.parent_id WHERE m.content = 'three' AND p.content = 'two'") == 1);
}

TEST_CASE("a preview stores nothing and says what would happen") {
  Archive archive;
  const std::string text = R"([{"uuid":"u","name":"Claude's","chat_messages":[{"uuid":"m","sender":"human","text":"x"}]},{"uuid":"e","chat_messages":[]},{"z":1},7,{"uuid":"d","uuid":"d"}])";
  const ImportReport report = archive.import(archive.anna, text, true);
  CHECK(report.format == ArchiveFormat::kClaude);
  CHECK(report.conversations == 1);
  CHECK(report.imported == 0);
  CHECK(report.skipped_conversations == 4);
  CHECK(report.skipped.size() == 4);
  CHECK(report.titles == std::vector<std::string>{"Claude's"});
  CHECK(archive.count("SELECT count(*) FROM conversation") == 0);
}

TEST_CASE("a file that is cut or no archive stores nothing at all") {
  Archive archive;
  archive.make(archive.anna, "One");
  archive.make(archive.anna, "Two");
  const std::string zip = archive.text_of(zip_export(archive.anna, kNow));
  REQUIRE(archive.db->write([&](Connection& c) { return store::run(c, "DELETE FROM conversation"); }).ok());
  std::string json_cut = R"([{"uuid":"u","chat_messages":[{"uuid":"m","sender":"human","text":"x"}]},{"uuid":)";
  std::string crc = zip;
  crc[150] = static_cast<char>(crc[150] ^ 0x55);
  for (const std::string& body : {std::string("x"), std::string("{}"), std::string("PK\x03\x04 and nothing"), zip.substr(0, zip.size() / 2), json_cut, crc}) {
    const auto report = import_archive(*archive.db, archive.anna, body, false, kNow);
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == ErrorCode::kInvalidRequest);
    CHECK(archive.count("SELECT count(*) FROM conversation") == 0);
  }
}

TEST_CASE("Markdown shows the branch that is shown, with who said it") {
  Archive archive;
  const std::string id = archive.make(archive.anna, "Birds");
  const std::string text = archive.text_of(markdown_export(archive.anna, id));
  CHECK(text.starts_with("# Birds\n\n## You\n\n*2027-01-15 07:59 UTC*\n\nwords \"of\" \xE4\xBD\xA0\xE5\xA5\xBD 0\n"));
  CHECK(text.find(", failed*\n\n> because\n\nwords") != std::string::npos);
  CHECK(text.find(" 2\n") == std::string::npos);  // the sibling
  CHECK(text.find(" 3\n") != std::string::npos);
}

TEST_CASE("another's conversation cannot be exported") {
  Archive archive;
  const std::string id = archive.make(archive.anna, "Mine");
  for (auto* make : {json_export, markdown_export}) {
    auto text = make(archive.bert, id);
    const auto piece = archive.db->read([&](Connection& c) { return text->next(c); });
    REQUIRE_FALSE(piece.ok());
    CHECK(piece.error().code == ErrorCode::kNotFound);
  }
  CHECK(archive.text_of(zip_export(archive.bert, kNow)).size() == 22);  // an empty archive's directory
}

TEST_CASE("names of files are safe whatever the title") {
  CHECK(file_name_of("Birds of Europe") == "Birds of Europe");
  CHECK(file_name_of("../../etc/passwd") == "_.._etc_passwd");
  CHECK(file_name_of("a\"b\\c\nd") == "a_b_c_d");
  CHECK(file_name_of("") == "conversation");
  CHECK(file_name_of(" . ") == "conversation");
  CHECK(file_name_of("\xE4\xBD\xA0") == "\xE4\xBD\xA0");
}
