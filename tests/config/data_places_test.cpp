// Where data is kept: DATA_DIR, DATABASE_URL and what stands in for them.
#include <doctest/doctest.h>

#include "run_config.h"

using namespace whinchat;

namespace {

Config config_of(Environment environment) {
  auto report = ConfigRun{{}, std::move(environment)}.read();
  CHECK(all(report.problems) == "");
  return report.config;
}

std::string refusal_of(const std::string& url) { return all(ConfigRun{{}, {{"DATABASE_URL", url}}}.read().problems); }

}  // namespace

TEST_CASE("without DATA_DIR the folder is where the system's users keep data") {
  CHECK(config_of({{"HOME", "/me"}}).data_folder == "/me/.local/share/whinchat");
  CHECK(config_of({{"HOME", "/me"}, {"XDG_DATA_HOME", "/disk"}}).data_folder == "/disk/whinchat");
  CHECK(config_of({{"HOME", "/me"}, {"XDG_DATA_HOME", "relative"}}).data_folder == "/me/.local/share/whinchat");
}

TEST_CASE("without any home the folder is in the working folder") {
  const TemporaryFolder folder;
  CHECK(ConfigRun{}.read_in(folder).config.data_folder == folder / "data");
}

TEST_CASE("DATA_DIR is taken as it is, relative to the working folder") {
  const TemporaryFolder folder;
  CHECK(ConfigRun{{}, {{"DATA_DIR", "kept/"}, {"HOME", "/me"}}}.read_in(folder).config.data_folder == folder / "kept");
  CHECK(config_of({{"DATA_DIR", "/var/lib/whinchat"}}).data_folder == "/var/lib/whinchat");
  CHECK(config_of({{"DATA_DIR", "/var/lib/whinchat"}}).database_file == "/var/lib/whinchat/whinchat.db");
}

TEST_CASE("DATABASE_URL has three slashes for a relative file and four for an absolute one") {
  const TemporaryFolder folder;
  CHECK(ConfigRun{{}, {{"DATABASE_URL", "sqlite:///app.db"}}}.read_in(folder).config.database_file == folder / "app.db");
  CHECK(config_of({{"DATABASE_URL", "sqlite:////srv/chat/app.db"}}).database_file == "/srv/chat/app.db");
  CHECK(config_of({{"DATABASE_URL", "sqlite+pysqlite:////srv/app.db"}}).database_file == "/srv/app.db");
}

TEST_CASE("a DATABASE_URL that cannot be is refused with the reason") {
  CHECK(refusal_of("postgresql://host/db").find("SQLite file") != std::string::npos);
  CHECK(refusal_of("sqlite://").find("in memory") != std::string::npos);
  CHECK(refusal_of("sqlite:///:memory:").find("in memory") != std::string::npos);
  CHECK(refusal_of("sqlite://host/app.db").find("three slashes") != std::string::npos);
  CHECK(refusal_of("sqlite:///app.db?mode=ro").find("parameters") != std::string::npos);
  CHECK(refusal_of("app.db").find("sqlite:///app.db") != std::string::npos);
  const std::string secret = refusal_of("postgresql://me:password@host/db");
  CHECK(secret.find("DATABASE_URL") != std::string::npos);
  CHECK(secret.find("password") == std::string::npos);
}
