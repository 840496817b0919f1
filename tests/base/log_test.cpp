#include "base/log.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "temporary_folder.h"

using namespace whinchat;

namespace {

LogOptions to_file(const std::string& path, LogLevel level = LogLevel::kDebug) {
  LogOptions options;
  options.level = level;
  options.file = path;
  options.console = false;
  return options;
}

std::vector<nlohmann::json> lines(const std::string& text) {
  std::vector<nlohmann::json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

}  // namespace

TEST_CASE("a line is one JSON object with the guide's fields first") {
  const TemporaryFolder folder;
  const ManualClock clock({1, 1'795'425'245'123});
  LogOptions options = to_file(folder / "logs/deep/app.log");
  options.clock = &clock;
  const auto log = Log::open(options).value();
  log->info("http", "request", {{"status", 200}, {"ms", 1.5}, {"path", "/api/health"}, {"tls", false}, {"bytes", size_t{7}}});
  CHECK(folder.read("logs/deep/app.log") ==
        "{\"timestamp\":\"2026-11-23T09:14:05.123Z\",\"name\":\"http\",\"level\":\"INFO\",\"message\":\"request\","
        "\"status\":200,\"ms\":1.5,\"path\":\"/api/health\",\"tls\":false,\"bytes\":7}\n");
}

TEST_CASE("the log's files are private") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "logs/app.log")).value();
  const auto mode = [&](const char* name) { return std::filesystem::status(folder / name).permissions() & std::filesystem::perms::mask; };
  CHECK(mode("logs/app.log") == static_cast<std::filesystem::perms>(0600));
  CHECK(mode("logs") == static_cast<std::filesystem::perms>(0700));
}

TEST_CASE("lines below the level are not written") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "l", LogLevel::kWarning)).value();
  log->debug("a", "no");
  log->info("a", "no");
  log->warning("a", "yes");
  log->error("a", "yes");
  CHECK_FALSE(log->enabled(LogLevel::kInfo));
  const auto written = lines(folder.read("l"));
  REQUIRE(written.size() == 2);
  CHECK(written[0]["level"] == "WARNING");
  CHECK(written[1]["level"] == "ERROR");
}

TEST_CASE("what comes from outside can break neither the line nor a terminal") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "l")).value();
  log->info("http", "agent\r\n{\"forged\":true}", {{"agent", "\x1b[2J\xC0\xAF\u2028\u009B31m\"\\"}, {"nan", std::numeric_limits<double>::quiet_NaN()}});
  const std::string text = folder.read("l");
  CHECK(text.find_first_of("\x1b\r") == std::string::npos);
  CHECK(text.find("\u2028") == std::string::npos);
  CHECK(text.find("\u009B") == std::string::npos);
  const auto written = lines(text);
  REQUIRE(written.size() == 1);
  CHECK(written[0]["message"] == "agent\r\n{\"forged\":true}");
  CHECK(written[0]["agent"] == "\x1b[2J\uFFFD\uFFFD\u2028\u009B31m\"\\");
  CHECK(written[0]["nan"].is_null());
}

TEST_CASE("a canary key in every place reaches no output") {
  const TemporaryFolder folder;
  const std::string canary = "sk-canary0123456789";
  LogOptions options = to_file(folder / "l");
  options.secrets.emplace_back("a secret of no known shape");
  const auto log = Log::open(options).value();
  log->error("x", "upstream said: invalid key " + canary,
             {{"authorization", "Bearer whatever"}, {"url", "https://h/v1?key=" + canary}, {"body", "{\"api_key\":\"" + canary + "\"}"},
              {"x-api-key", "anything"}, {"text", "<a secret of no known shape>"}, {"Cookie", "sid=1"}});
  const std::string text = folder.read("l");
  CHECK(text.find("canary") == std::string::npos);
  CHECK(text.find("no known shape") == std::string::npos);
  CHECK(text.find("whatever") == std::string::npos);
  CHECK(text.find("anything") == std::string::npos);
  CHECK(text.find("sid=1") == std::string::npos);
}

TEST_CASE("long values are cut at a whole code point") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "l")).value();
  std::string birds;
  for (int i = 0; i < 5000; ++i) birds += "🐦";
  log->info("x", birds, {{"v", birds}, {"w", "x" + birds}});
  const auto written = lines(folder.read("l"));
  REQUIRE(written.size() == 1);
  for (const char* key : {"message", "v", "w"}) {
    const auto value = written[0][key].get<std::string>();
    CHECK(value.size() <= 1024 + 3);
    CHECK(value.ends_with("🐦…"));
  }
}

TEST_CASE("after rotation the log goes on in a new file") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "app.log")).value();
  log->info("x", "before");
  std::filesystem::rename(folder / "app.log", folder / "app.log.1");
  log->info("x", "between");
  REQUIRE(log->reopen().ok());
  log->info("x", "after");
  CHECK(lines(folder.read("app.log.1")).size() == 2);
  const auto now = lines(folder.read("app.log"));
  REQUIRE(now.size() == 1);
  CHECK(now[0]["message"] == "after");
}

TEST_CASE("a log file that cannot be opened is an error that says which") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder.path()));
  REQUIRE_FALSE(log.ok());
  CHECK(log.error().message.find(folder.path()) != std::string::npos);
}

TEST_CASE("lines of many threads stay whole while the file is reopened") {
  const TemporaryFolder folder;
  const auto log = Log::open(to_file(folder / "l")).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 500; ++i) log->info("thread", std::string(200, static_cast<char>('a' + t)), {{"i", i}});
    });
  }
  for (int i = 0; i < 20; ++i) CHECK(log->reopen().ok());
  for (auto& thread : threads) thread.join();
  CHECK(lines(folder.read("l")).size() == 2000);
}
