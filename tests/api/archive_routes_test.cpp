#include <doctest/doctest.h>

#include "base/limits.h"
#include "conversation_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

const http::Headers kZip = {{"Content-Type", "application/zip"}};

std::string claude_file(const std::string& words = "Hello") {
  return json::array({{{"uuid", "u-1"}, {"name", "Talk"}, {"chat_messages", json::array({{{"uuid", "m-1"}, {"sender", "human"}, {"text", words}}})}}}).dump();
}

}  // namespace

TEST_CASE("one conversation goes out as JSON and Markdown under its title's name") {
  ConversationParts parts;
  const std::string id = parts.make("Birds \xE2\x80\x9Cof\xE2\x80\x9D Europe")["id"];
  parts.say(id, "What sings?");
  const std::string path = "/api/conversations/" + id + "/export";
  const auto as_json = parts.ask("GET", path + "?format=json");
  CHECK(as_json.status == 200);
  CHECK(header_of(as_json, "Content-Type") == "application/json");
  CHECK(header_of(as_json, "Content-Disposition") ==
        "attachment; filename=\"Birds____of____Europe.json\"; filename*=UTF-8''Birds%20%E2%80%9Cof%E2%80%9D%20Europe.json");
  CHECK(json_of(as_json)["conversations"][0]["messages"][0]["content"] == "What sings?");
  const auto as_text = parts.ask("GET", path + "?format=markdown");
  CHECK(header_of(as_text, "Content-Type") == "text/markdown; charset=utf-8");
  CHECK(as_text.body.starts_with("# Birds"));
  CHECK(parts.ask("GET", path + "?format=pdf").status == 400);
  CHECK(parts.ask("GET", path, "", "bert").status == 404);
  CHECK(parts.ask("GET", "/api/conversations/x/export").status == 404);
  CHECK(parts.ask("GET", std::string("/api/conversations/") + kNoSuchId + "/export?format=markdown").status == 404);
}

TEST_CASE("what goes out is in the audit, and what is refused is not") {
  ConversationParts parts;
  const std::string id = parts.make("Birds")["id"];
  parts.say(id, "What sings?");
  const std::string path = "/api/conversations/" + id + "/export";
  CHECK(parts.ask("GET", path + "?format=markdown").status == 200);
  CHECK(parts.ask("GET", path).status == 200);
  CHECK(parts.ask("GET", "/api/export").status == 200);
  CHECK(parts.ask("GET", path + "?format=pdf").status == 400);
  CHECK(parts.ask("GET", path, "", "bert").status == 404);
  auto rows = parts.database->read([](store::Connection& c) {
    return store::all<std::string>(c, "SELECT actor || '|' || action || '|' || target || '|' || detail FROM audit ORDER BY id",
                                   [](const store::Row& row) { return row.text(0); });
  });
  REQUIRE(rows.ok());
  const std::string anna = parts.users["anna"];
  CHECK(*rows == std::vector<std::string>{anna + "|conversation exported|" + id + "|markdown", anna + "|conversation exported|" + id + "|json",
                                          anna + "|everything exported|" + anna + "|"});
}

TEST_CASE("everything goes out as a ZIP, which comes in again without a double") {
  ConversationParts parts;
  const std::string id = parts.make("One")["id"];
  const std::string root = parts.say(id, "root");
  parts.say(id, "left", root, MessageRole::kAssistant);
  parts.say(id, "right", root, MessageRole::kAssistant);
  parts.make("Two");
  const auto out = parts.ask("GET", "/api/export");
  CHECK(out.status == 200);
  CHECK(header_of(out, "Content-Type") == "application/zip");
  CHECK(header_of(out, "Content-Disposition").find("whinchat-2027-01-15.zip") != std::string::npos);
  json report = json_of(parts.ask("POST", "/api/import", out.body, "anna", kZip));
  CHECK(report["already_here"] == 2);
  CHECK(report["imported"] == 0);
  report = json_of(parts.ask("POST", "/api/import", out.body, "bert", kZip));
  CHECK(report["format"] == "whinchat");
  CHECK(report["imported"] == 2);
  CHECK(report["messages_added"] == 3);
  CHECK(json_of(parts.ask("GET", "/api/conversations", "", "bert"))["conversations"].size() == 2);
  CHECK(json_of(parts.ask("POST", "/api/import", out.body, "bert", kZip))["imported"] == 0);
}

TEST_CASE("an import is looked at before, tells other devices, and is found by the search") {
  ConversationParts parts;
  json report = json_of(parts.ask("POST", "/api/import?preview=true", claude_file()));
  CHECK(report["format"] == "claude");
  CHECK(report["conversations"] == 1);
  CHECK(report["titles"] == json::array({"Talk"}));
  CHECK(json_of(parts.ask("GET", "/api/changes?since=0"))["conversations"].empty());
  report = json_of(parts.ask("POST", "/api/import", claude_file()));
  CHECK(report["imported"] == 1);
  CHECK(json_of(parts.ask("GET", "/api/changes?since=0"))["conversations"].size() == 1);
  CHECK(json_of(parts.ask("GET", "/api/search?q=hello"))["results"].size() == 1);
  CHECK(parts.log_text().find("Hello") == std::string::npos);
  CHECK(parts.log_text().find("Talk") == std::string::npos);
}

TEST_CASE("files that are none are refused with a reason, and nothing is stored") {
  ConversationParts parts;
  for (const std::string& body : {std::string("x"), std::string("{}"), std::string("[{]"), std::string("null"), std::string("PK"), std::string("PK\x03\x04\x14\0\0\0", 8),
                                  std::string("{\"conversations\":{}}"), std::string("[\"\xff\xfe"), std::string(1000, '[')}) {
    for (const auto& headers : {http::Headers{}, kZip}) {
      CAPTURE(body.substr(0, 30));
      const auto response = parts.ask("POST", "/api/import", body, "anna", headers);
      CHECK(response.status == 400);
      CHECK(json_of(response)["error"].is_string());
    }
  }
  // Lists whose items are no conversations are lists: what cannot be kept is told.
  const json report = json_of(parts.ask("POST", "/api/import", R"([5,{"a":1},{"mapping":{},"id":"x"},{"uuid":"u","chat_messages":[{"text":"\ud800"}]}])"));
  CHECK(report["imported"] == 0);
  CHECK(report["skipped_conversations"] == 4);
  CHECK(report["skipped"].size() == 4);
  CHECK(parts.ask("POST", "/api/import?preview=maybe", claude_file()).status == 400);
  CHECK(parts.ask("POST", "/api/import", claude_file(), "anna", {{"Content-Type", "text/plain"}}).status == 415);
  CHECK(parts.ask("POST", "/api/import", claude_file(), "anna", {{"Content-Length", std::to_string(limits::kArchiveBodyBytes + 1)}}).status == 413);
  CHECK(parts.ask("POST", "/api/import", claude_file(), "nobody").status == 401);
  CHECK(json_of(parts.ask("GET", "/api/conversations"))["conversations"].empty());
}

TEST_CASE("one import at a time for a user, two in all, and their places come back") {
  ConversationParts parts;
  {
    auto running = parts.context.imports.enter(parts.users["anna"], limits::kImportsPerUser);
    REQUIRE(running.ok());
    const auto refused = parts.ask("POST", "/api/import", claude_file());
    CHECK(refused.status == 429);
    CHECK(header_of(refused, "Retry-After") == "10");
    CHECK(parts.ask("POST", "/api/import", claude_file(), "bert").status == 200);
    auto third = parts.context.imports.enter("somebody", limits::kImportsPerUser);
    CHECK(parts.ask("POST", "/api/import", claude_file(), "bert").status == 429);
  }
  CHECK(parts.ask("POST", "/api/import", claude_file()).status == 200);
  CHECK(parts.context.imports.open() == 0);
  CHECK(parts.context.exports.open() == 0);
}
