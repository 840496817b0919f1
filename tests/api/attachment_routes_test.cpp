// Uploading files, getting them back, and naming them in a turn, through all of api/.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "base/limits.h"
#include "conversation_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using namespace std::string_literals;

namespace {

const std::string kPng = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR a picture"s;

class FileParts : public ConversationParts {
 public:
  http::Response upload(const std::string& query, const std::string& bytes, const std::string& user = "anna", const std::string& type = "application/octet-stream") {
    return ask("POST", "/api/attachments?" + query, bytes, user, {{"Content-Type", type}});
  }
  std::string uploaded(const std::string& query, const std::string& bytes, const std::string& user = "anna") {
    const auto response = upload(query, bytes, user);
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return json_of(response)["id"];
  }
  http::Response turn(const std::string& conversation, nlohmann::json body, const std::string& user = "anna") {
    if (!body.contains("id")) body["id"] = make_id(clock.now().epoch_ms);
    return ask("POST", "/api/conversations/" + conversation + "/turns", body.dump(), user);
  }
};

}  // namespace

TEST_CASE("a file comes back to its owner as it was, under headers that no browser runs it with") {
  FileParts parts;
  const auto made = parts.upload("name=My%20pet%22%3F.png&type=text/html", kPng);
  REQUIRE(made.status == 201);
  const auto about = json_of(made);
  CHECK(about["kind"] == "image");
  CHECK(about["type"] == "image/png");
  CHECK(about["name"] == "My pet\"?.png");
  const std::string id = about["id"];
  auto got = parts.ask("GET", "/api/attachments/" + id);
  parts.server.decorate(request_for("GET", "/api/attachments/" + id), got);
  CHECK(got.status == 200);
  CHECK(got.body == kPng);
  CHECK(header_of(got, "Content-Type") == "image/png");
  CHECK(header_of(got, "Content-Disposition").starts_with("attachment; filename=\"My_pet__.png\""));
  CHECK(header_of(got, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(got, "Cross-Origin-Resource-Policy") == "same-origin");
  CHECK(header_of(got, "Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'; sandbox");
  CHECK(header_of(got, "Cache-Control") == "private, no-cache");
  const auto same = parts.ask("GET", "/api/attachments/" + id, "", "anna", {{"If-None-Match", header_of(got, "ETag")}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  const std::string page = parts.uploaded("name=page.html", "<script>alert(1)</script>");
  CHECK(header_of(parts.ask("GET", "/api/attachments/" + page), "Content-Type") == "application/octet-stream");
  for (const char* method : {"GET", "DELETE"}) CHECK(parts.ask(method, "/api/attachments/" + id, "", "bert").status == 404);
  CHECK(parts.ask("GET", "/api/attachments/" + id, "", "bert", {{"If-None-Match", header_of(got, "ETag")}}).status == 404);
  CHECK(parts.ask("DELETE", "/api/attachments/" + id).status == 204);
  CHECK(parts.ask("GET", "/api/attachments/" + id).status == 404);
}

TEST_CASE("what is no file that is taken is refused with a reason, and nothing is kept") {
  FileParts parts;
  CHECK(parts.upload("name=a.svg&type=image/svg%2Bxml", "<svg/>").status == 415);
  CHECK(parts.upload("name=a.bin", "\x01\x02").status == 415);
  CHECK(parts.upload("name=a.txt", "words", "anna", "text/plain").status == 415);
  CHECK(parts.upload("name=a.txt&id=42", "words").status == 400);
  CHECK(parts.upload("name=%FF", "words").status == 400);
  CHECK(parts.upload("name=a.txt", std::string(limits::kAttachmentTextBytes + 1, 'a')).status == 413);
  CHECK(parts.ask("POST", "/api/attachments", "", "anna", {{"Content-Type", "application/octet-stream"}}).status == 400);
  CHECK(parts.upload("name=a.txt", "words", "nobody").status == 401);
  auto count = parts.database->read([](store::Connection& c) { return store::one<int64_t>(c, "SELECT count(*) FROM attachment_data", [](const store::Row& row) { return row.integer(0); }); });
  CHECK(count->value_or(-1) == 0);
}

TEST_CASE("a file is judged while every thread that reads the database is busy") {
  FileParts parts;
  parts.uploaded("name=a.txt", "the first makes the session known");
  std::atomic<int> waiting{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < store::TestDatabase::kReaders; ++i) {
    readers.emplace_back([&] {
      (void)parts.database->read([&](store::Connection&) -> Result<void> {
        ++waiting;
        for (int k = 0; k < 500 && !done; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return {};
      });
      --waiting;
    });
  }
  while (waiting < store::TestDatabase::kReaders) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(parts.upload("name=b.txt", "the second").status == 201);
  CHECK(waiting == store::TestDatabase::kReaders);
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_CASE("an upload that is repeated is one file") {
  FileParts parts;
  const std::string id = make_id(parts.clock.now().epoch_ms);
  CHECK(parts.upload("name=a.txt&id=" + id, "words").status == 201);
  CHECK(parts.upload("name=a.txt&id=" + id, "words").status == 200);
  CHECK(parts.upload("name=a.txt&id=" + id, "other").status == 409);
  CHECK(parts.upload("name=a.txt&id=" + id, "words", "bert").status == 409);
}

TEST_CASE("a turn takes files along, once, and its question shows them") {
  FileParts parts;
  const std::string conversation = parts.make("")["id"];
  const std::string picture = parts.uploaded("name=pet.png", kPng);
  const std::string text = parts.uploaded("name=notes.md", "# Notes");
  const nlohmann::json body{{"id", make_id(parts.clock.now().epoch_ms)}, {"attachments", {picture, text}}};
  const auto begun = parts.turn(conversation, body);
  REQUIRE_MESSAGE(begun.status == 202, begun.body);
  CHECK(parts.turn(conversation, body).status == 200);
  nlohmann::json other = body;
  other["attachments"] = {text, picture};
  CHECK(parts.turn(conversation, other).status == 409);
  const auto opened = json_of(parts.ask("GET", "/api/conversations/" + conversation));
  const auto& question = opened["messages"][0];
  REQUIRE(question["attachments"].size() == 2);
  CHECK(question["attachments"][0] == nlohmann::json{{"id", picture}, {"kind", "image"}, {"type", "image/png"}, {"name", "pet.png"}, {"bytes", kPng.size()}});
  CHECK(question["attachments"][1]["id"] == text);
  CHECK_FALSE(opened["messages"][1].contains("attachments"));
  CHECK(opened["conversation"]["title"] == "pet.png");
  CHECK(parts.ask("DELETE", "/api/attachments/" + picture).status == 409);
}

TEST_CASE("files that are another's, gone, named twice, too many or beside no question make no turn") {
  FileParts parts;
  const std::string conversation = parts.make("t")["id"];
  const std::string his = parts.uploaded("name=a.txt", "his", "bert");
  const std::string mine = parts.uploaded("name=a.txt", "mine");
  std::vector<std::string> many;
  for (int i = 0; i <= limits::kAttachmentsPerMessage; ++i) many.push_back(make_id(i));
  for (const nlohmann::json& attachments : {nlohmann::json{his}, nlohmann::json{kNoSuchId}, nlohmann::json{mine, mine}, nlohmann::json(many), nlohmann::json{"x"}, nlohmann::json("x"), nlohmann::json{7}}) {
    CAPTURE(attachments.dump());
    const auto refused = parts.turn(conversation, {{"message", "see"}, {"attachments", attachments}});
    CHECK(refused.status == 400);
    CHECK_FALSE(json_of(refused)["error"].get<std::string>().empty());
  }
  CHECK(parts.turn(conversation, {{"attachments", nlohmann::json::array()}}).status == 400);
  CHECK(parts.turn(conversation, {{"kind", "regenerate"}, {"parent_id", kNoSuchId}, {"attachments", {mine}}}).status == 400);
  CHECK(json_of(parts.ask("GET", "/api/conversations/" + conversation))["messages"].empty());
  CHECK(parts.ask("DELETE", "/api/attachments/" + mine).status == 204);
}

TEST_CASE("whoever asks how to sign in also learns what may be attached") {
  FileParts parts;
  const auto limits_told = json_of(parts.ask("GET", "/api/session"))["features"]["attachments"];
  CHECK(limits_told["per_message"] == limits::kAttachmentsPerMessage);
  CHECK(limits_told["bytes_max"]["image"] == limits::kAttachmentImageBytes);
  CHECK(limits_told["image_types"].size() == 4);
}

TEST_CASE("speech is refused with a reason where it is none, or nobody here writes it down") {
  FileParts parts;
  const auto send = [&](const std::string& query, const std::string& bytes) {
    return parts.ask("POST", "/api/transcriptions" + query, bytes, "anna", {{"Content-Type", "application/octet-stream"}});
  };
  CHECK(send("", "no recording").status == 415);
  CHECK(send("?language=german", "OggS").status == 400);
  const auto nobody = send("", "OggS");
  CHECK(nobody.status == 503);
  CHECK(json_of(nobody)["code"] == "provider_unavailable");
  CHECK_FALSE(json_of(parts.ask("GET", "/api/models"))["about"].contains("transcription"));
  CHECK(parts.ask("POST", "/api/transcriptions", "OggS", "nobody", {{"Content-Type", "application/octet-stream"}}).status == 401);
}
