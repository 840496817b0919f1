#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "conversation_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

TEST_CASE("a conversation is made, found, changed, put into the trash and taken out again") {
  ConversationParts parts;
  const json made = parts.make("  Birds\nof Europe ");
  const std::string path = "/api/conversations/" + made["id"].get<std::string>();
  CHECK(made["title"] == "Birds of Europe");
  CHECK(made["title_source"] == "manual");
  CHECK(made["head_id"].is_null());
  CHECK(made["draft"] == "");
  CHECK(made["updated_at"] == "2027-01-15T08:00:00.000Z");
  const json changed = json_of(parts.ask("PATCH", path, R"({"title":"Finches","pinned":true,"draft":"How do","model":"gpt-x","unknown":1})"));
  CHECK(changed["title"] == "Finches");
  CHECK(changed["pinned"] == true);
  CHECK(changed["draft"] == "How do");
  CHECK(changed["revision"] > made["revision"]);
  json list = json_of(parts.ask("GET", "/api/conversations"));
  CHECK(list["conversations"].size() == 1);
  CHECK_FALSE(list["conversations"][0].contains("draft"));
  CHECK(list["next_cursor"].is_null());
  CHECK(list["revision"] == changed["revision"]);
  CHECK(parts.ask("DELETE", path).status == 204);
  CHECK(parts.ask("DELETE", path).status == 204);
  CHECK(json_of(parts.ask("GET", "/api/conversations"))["conversations"].empty());
  CHECK(json_of(parts.ask("GET", "/api/conversations?deleted=true"))["conversations"][0]["deleted_at"].is_string());
  CHECK(parts.ask("PATCH", path, R"({"title":"x"})").status == 404);
  CHECK(json_of(parts.ask("POST", path + "/restore"))["deleted_at"].is_null());
}

TEST_CASE("the same id again is the same conversation; somebody else's id is refused") {
  ConversationParts parts;
  const std::string id = make_id(1'700'000'000'000);
  const std::string body = json{{"id", id}, {"title", "One"}}.dump();
  CHECK(parts.ask("POST", "/api/conversations", body).status == 201);
  const auto again = parts.ask("POST", "/api/conversations", json{{"id", id}, {"title", "Two"}}.dump());
  CHECK(again.status == 200);
  CHECK(json_of(again)["title"] == "One");
  CHECK(parts.ask("POST", "/api/conversations", body, "bert").status == 409);
}

TEST_CASE("another's conversation answers as one that does not exist, whatever is asked") {
  ConversationParts parts;
  const std::string id = parts.make("Mine")["id"];
  const std::string message = parts.say(id, "private words");
  for (const std::string& target : {id, std::string(kNoSuchId)}) {
    const std::string path = "/api/conversations/" + target;
    std::set<std::string> bodies;
    for (const auto& response : {parts.ask("GET", path, "", "bert"), parts.ask("PATCH", path, R"({"title":"x"})", "bert"), parts.ask("DELETE", path, "", "bert"),
                                 parts.ask("POST", path + "/restore", "", "bert"), parts.ask("PATCH", path, json{{"head_id", message}}.dump(), "bert"),
                                 parts.ask("POST", path + "/fork", json{{"message_id", message}}.dump(), "bert")}) {
      CHECK(response.status == 404);
      bodies.insert(response.body);
    }
    CHECK(bodies.size() == 1);
  }
  CHECK(json_of(parts.ask("GET", "/api/search?q=private", "", "bert"))["results"].empty());
  CHECK(parts.ask("GET", "/api/conversations", "", "nobody").status == 401);
}

TEST_CASE("a message is deleted by its conversation's owner, and the conversation shows what is left") {
  ConversationParts parts;
  const std::string id = parts.make("Chat")["id"];
  const std::string path = "/api/conversations/" + id;
  const std::string question = parts.say(id, "one");
  const std::string answer = parts.say(id, "answer", question, MessageRole::kAssistant);
  const std::string next = parts.say(id, "two", answer);
  CHECK(parts.ask("DELETE", path + "/messages/" + question, "", "bert").status == 404);
  CHECK(parts.ask("DELETE", path + "/messages/x", "").status == 404);
  CHECK(parts.ask("DELETE", path + "/messages/" + next).status == 204);
  CHECK(json_of(parts.ask("GET", path))["conversation"]["head_id"] == answer);
  CHECK(parts.ask("DELETE", path + "/messages/" + answer).status == 204);
  const json left = json_of(parts.ask("GET", path));
  CHECK(left["messages"].empty());
  CHECK(left["conversation"]["head_id"].is_null());
  CHECK(parts.ask("DELETE", path + "/messages/" + question).status == 404);
}

TEST_CASE("ids that are none never reach the database") {
  ConversationParts parts;
  for (const std::string id : {"..", "1", "' or 1=1", "1;drop", "9223372036854775808", "-1", "01900000-0000-4000-8000-000000000000",
                               "01900000-0000-7000-8000-00000000000G", "01900000-0000-7000-8000-0000000000000"}) {
    CAPTURE(id);
    for (const auto& response : {parts.ask("GET", "/api/conversations/" + id), parts.ask("DELETE", "/api/conversations/" + id),
                                 parts.ask("POST", "/api/conversations/" + id + "/fork", "{}")}) {
      CHECK(response.status == 404);
      CHECK(response.body.find("sqlite") == std::string::npos);
    }
  }
}

TEST_CASE("every field of a wrong type or size is refused with its name, and nothing is changed") {
  ConversationParts parts;
  const std::string path = "/api/conversations/" + parts.make("Stays")["id"].get<std::string>();
  const std::string long_title(201, 't');
  for (const char* field : {"title", "pinned", "archived", "draft", "provider", "model", "head_id"}) {
    for (const json& value : {json(5), json(1.5), json::array(), json::object(), json(json::array({json::object()}))}) {
      CAPTURE(field);
      CAPTURE(value.dump());
      json body{{"archived", true}, {"pinned", true}};
      body[field] = value;
      const auto response = parts.ask("PATCH", path, body.dump());
      CHECK(response.status == 400);
      CHECK(json_of(response)["error"].get<std::string>().find(field) != std::string::npos);
    }
  }
  for (const std::string& body : {std::string("null"), std::string("[]"), std::string("5"), std::string("{"), std::string("{}"), std::string(R"({"title":null})"),
                                 json{{"title", long_title}}.dump(), json{{"model", "a\r\nX: y"}}.dump(), json{{"provider", std::string(300, 'p')}}.dump(),
                                 json{{"draft", std::string(20'001, 'd')}}.dump(), json{{"head_id", "x"}}.dump(), json{{"head_id", kNoSuchId}}.dump(),
                                 std::string(R"({"title":"a","title":"b"})"), std::string("{\"title\":\"a\\u0000b\"}"), std::string("{\"title\":\"\xff\"}")}) {
    CAPTURE(body.substr(0, 60));
    CHECK(parts.ask("PATCH", path, body).status == 400);
  }
  for (const std::string body : {R"({"id":"x"})", R"({"id":5})", R"({"title":[]})", "[]"}) CHECK(parts.ask("POST", "/api/conversations", body).status == 400);
  for (const std::string body : {"{}", R"({"message_id":5})", R"({"message_id":"x"})"}) CHECK(parts.ask("POST", path + "/fork", body).status == 400);
  CHECK(parts.ask("POST", path + "/fork", json{{"message_id", kNoSuchId}}.dump()).status == 404);
  const json still = json_of(parts.ask("GET", path))["conversation"];
  CHECK(still["title"] == "Stays");
  CHECK(still["pinned"] == false);
}

TEST_CASE("lists refuse what they cannot page by") {
  ConversationParts parts;
  for (const std::string query : {"cursor=x", "cursor=2-1-1", "cursor=1-1", "cursor=1-a-b", "limit=0", "limit=101", "limit=x", "limit=-1", "archived=1", "deleted=yes",
                                  "cursor=%ff", "cursor=%00", "cursor=%zz"}) {
    CAPTURE(query);
    CHECK(parts.ask("GET", "/api/conversations?" + query).status == 400);
  }
  CHECK(parts.ask("GET", "/api/conversations?limit=100&archived=false&other=1").status == 200);
}

TEST_CASE("opening a conversation gives its messages as a tree, and long ones whole") {
  ConversationParts parts;
  const std::string id = parts.make("Long")["id"];
  const std::string root = parts.say(id, "root \xE4\xBD\xA0 \"quoted\"\n");
  std::string parent = root;
  const std::string big(300'000, 'b');
  for (int i = 0; i < 5; ++i) parent = parts.say(id, big, parent, MessageRole::kAssistant);
  const json opened = json_of(parts.ask("GET", "/api/conversations/" + id));
  REQUIRE(opened["messages"].size() == 6);
  CHECK(opened["messages"][0]["content"] == "root \xE4\xBD\xA0 \"quoted\"\n");
  CHECK(opened["messages"][1]["parent_id"] == root);
  CHECK(opened["messages"][5]["content"] == big);
  CHECK(opened["messages"][0]["usage"].is_null());
  CHECK(opened["messages"][0]["error"].is_null());
  CHECK(opened["conversation"]["head_id"] == parent);
  CHECK(opened["turns"].empty());
}

TEST_CASE("a fork is a conversation of its own") {
  ConversationParts parts;
  const std::string id = parts.make("Tree")["id"];
  const std::string root = parts.say(id, "root");
  const std::string left = parts.say(id, "left", root, MessageRole::kAssistant);
  parts.say(id, "right", root, MessageRole::kAssistant);
  const auto response = parts.ask("POST", "/api/conversations/" + id + "/fork", json{{"message_id", left}}.dump());
  REQUIRE(response.status == 201);
  const std::string fork = json_of(response)["id"];
  const json opened = json_of(parts.ask("GET", "/api/conversations/" + fork));
  REQUIRE(opened["messages"].size() == 2);
  CHECK(opened["messages"][1]["content"] == "left");
  parts.ask("DELETE", "/api/conversations/" + id);
  CHECK(json_of(parts.ask("GET", "/api/conversations/" + fork))["messages"].size() == 2);
}

TEST_CASE("search answers marked pieces and pages, and refuses what is no search") {
  ConversationParts parts;
  const std::string id = parts.make("Thermometer")["id"];
  for (int i = 0; i < 25; ++i) parts.say(id, "a thermometer says " + std::to_string(i));
  const json page = json_of(parts.ask("GET", "/api/search?q=thermometer"));
  REQUIRE(page["results"].size() == 21);
  CHECK(page["results"][0]["message_id"].is_null());
  CHECK(page["results"][1]["snippet"] == json::parse(R"([{"text":"a ","mark":false},{"text":"thermometer","mark":true},{"text":" says 24","mark":false}])"));
  const json rest = json_of(parts.ask("GET", "/api/search?q=thermometer&cursor=" + page["next_cursor"].get<std::string>()));
  CHECK(rest["results"].size() == 5);
  CHECK(rest["next_cursor"].is_null());
  CHECK(json_of(parts.ask("GET", "/api/search?q=says+24%20a"))["results"].size() == 1);
  for (const std::string query : {"", "q=", "q=+", "q=%00", "q=%ff", "q=x&cursor=0", "q=x&cursor=a"}) {
    CAPTURE(query);
    CHECK(parts.ask("GET", "/api/search?" + query).status == 400);
  }
  for (const std::string query : {"q=%25%25%25%25", "q=%22", "q=NEAR(", "q=*", "q=a:b", "q=%27%3B--"}) {
    CAPTURE(query);
    CHECK(parts.ask("GET", "/api/search?" + query).status < 500);
  }
}

TEST_CASE("changes are told at once, after a wait, or not at all when there are none") {
  ConversationParts parts;
  const json made = parts.make("First");
  const std::string since = std::to_string(made["revision"].get<int>());
  json changes = json_of(parts.ask("GET", "/api/changes?since=" + since));
  CHECK(changes["revision"] == made["revision"]);
  CHECK(changes["conversations"].empty());
  parts.make("Second");
  changes = json_of(parts.ask("GET", "/api/changes?since=" + since));
  CHECK(changes["conversations"].size() == 1);
  CHECK(json_of(parts.ask("GET", "/api/changes?since=999"))["reset"] == true);
  const std::string now = std::to_string(changes["revision"].get<int>());
  std::thread other([&] {
    while (parts.changes.size() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    parts.make("Bert's", "bert");
    parts.make("Third");
  });
  changes = json_of(parts.ask("GET", "/api/changes?wait=20&since=" + now));
  other.join();
  REQUIRE(changes["conversations"].size() == 1);
  CHECK(changes["conversations"][0]["title"] == "Third");
  CHECK(parts.changes.size() == 0);
  for (const std::string query : {"", "since=x", "since=-1", "since=1&wait=-1", "since=1&wait=9999", "since=99999999999999999999"}) {
    CAPTURE(query);
    CHECK(parts.ask("GET", "/api/changes?" + query).status == 400);
  }
}

TEST_CASE("an event stream begins with where it stands, tells each change, and ends with the server") {
  ConversationParts parts;
  const json made = parts.make("First");
  const auto wait_for_more_than = [&](size_t bytes) {
    for (int i = 0; i < 5000 && parts.streamed_bytes <= bytes; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return parts.streamed_bytes.load();
  };
  std::thread other([&] {
    const size_t begun = wait_for_more_than(0);
    parts.make("Second");
    wait_for_more_than(begun);
    parts.changes.close();
  });
  const auto response = parts.ask("GET", "/api/changes", "", "anna", {{"Accept", "text/event-stream"}});
  other.join();
  CHECK(header_of(response, "Content-Type") == "text/event-stream");
  CHECK(response.body.starts_with("event: changes\nid: 1\ndata: {\"revision\":1,\"reset\":false,\"conversations\":[]}\n\n"));
  CHECK(response.body.find("event: changes\nid: 2\ndata: {\"revision\":2,\"reset\":false,\"conversations\":[{\"id\"") != std::string::npos);
  CHECK(parts.heartbeat_ms == 20'000);
}
