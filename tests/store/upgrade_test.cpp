// From one version of the database to the next, on the real first schema and second steps made up here.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "store/backup.h"
#include "store/migrate.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

const Migration kBetter{0, "better", "ALTER TABLE plan ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';"};
const Migration kBroken{0, "broken", "ALTER TABLE plan ADD COLUMN smell TEXT; DELETE FROM plan; INSERT INTO nowhere VALUES (1);"};

std::vector<Migration> with(std::vector<Migration> more) {
  std::vector<Migration> all(migrations().begin(), migrations().end());
  for (Migration& step : more) {
    step.number = static_cast<int>(all.size()) + 1;
    all.push_back(step);
  }
  return all;
}

Result<std::unique_ptr<Database>> open_with(TestDatabase& db, const std::vector<Migration>& known) {
  DatabaseOptions options;
  options.folder = db.folder() / "data";
  options.migrations = known;
  return Database::open(options, db.log());
}

int64_t number(const std::string& file, std::string_view sql) {
  auto opened = Connection::open(file, Mode::kLooker);
  REQUIRE(opened.ok());
  auto value = one<int64_t>(**opened, sql, [](const Row& r) { return r.integer(0); });
  REQUIRE(value.ok());
  return value->value_or(-1);
}

}  // namespace

TEST_CASE("an upgrade leaves a copy of what was there before") {
  TestDatabase db;
  const std::string path = db->path();
  const int now = static_cast<int>(migrations().size());
  db.close();
  const auto known = with({kBetter});
  auto upgraded = open_with(db, known);
  REQUIRE(upgraded.ok());
  upgraded->reset();
  CHECK(number(path, "PRAGMA user_version") == now + 1);
  CHECK(number(path, "SELECT count(*) FROM plan WHERE colour = 'blue'") == 3);
  const std::string snapshot = db.folder() / "data/backups/before-version-" + std::to_string(now + 1) + "-from-" + std::to_string(now) + ".db";
  CHECK(verify_backup(snapshot).ok());
  CHECK(number(snapshot, "PRAGMA user_version") == now);
}

TEST_CASE("a failed upgrade puts everything back, also the steps that went well") {
  for (const auto& steps : {std::vector{kBroken}, std::vector{kBetter, kBroken}}) {
    TestDatabase db;
    REQUIRE(db->write([](Connection& c) { return run(c, "INSERT INTO plan (id, name) VALUES ('mine', 'x')"); }).ok());
    const std::string path = db->path();
    db.close();
    const auto known = with(steps);
    auto failed = open_with(db, known);
    REQUIRE(!failed.ok());
    CHECK(failed.error().message.find("as it was before") != std::string::npos);
    CHECK(failed.error().detail.find("nowhere") != std::string::npos);
    CHECK(number(path, "PRAGMA user_version") == static_cast<int64_t>(migrations().size()));
    CHECK(number(path, "SELECT count(*) FROM plan") == 4);
    CHECK(number(path, "SELECT count(*) FROM pragma_table_info('plan') WHERE name IN ('colour', 'smell')") == 0);
    db.reopen();  // the program that knows this version goes on
    CHECK(db->write([](Connection& c) { return run(c, "INSERT INTO plan (id, name) VALUES ('more', 'x')"); }).ok());
  }
}

TEST_CASE("a database of a newer program is refused and not touched") {
  TestDatabase db;
  const std::string path = db->path();
  db.close();
  const auto known = with({kBetter});
  REQUIRE(open_with(db, known).ok());
  const auto before = std::filesystem::last_write_time(path);
  auto refused = open_with(db, {migrations().begin(), migrations().end()});
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("newer Whinchat") != std::string::npos);
  CHECK(std::filesystem::last_write_time(path) == before);
}

TEST_CASE("killed in the middle of an upgrade, the next start does it") {
  // Rows enough that the step takes a while; the child is killed at several moments of it.
  static const Migration slow{0, "slow",
                              "CREATE TABLE filler (a INTEGER, b TEXT) STRICT;"
                              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) INSERT INTO filler SELECT i, hex(i) FROM n;"
                              "CREATE INDEX filler_b ON filler(b);"};
  const auto known = with({kBetter, slow});
  for (const int after_ms : {2, 20, 60, 120, 200}) {
    CAPTURE(after_ms);
    TestDatabase db;
    const std::string path = db->path();
    db.close();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto writer = Connection::open(path, Mode::kWriter);
      if (writer.ok()) (void)migrate(**writer, known);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(after_ms) * 1000);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    auto opened = open_with(db, known);
    if (!opened.ok()) FAIL(opened.error().message << opened.error().detail);
    CHECK(!(*opened)->stats().damaged);
    opened->reset();
    CHECK(number(path, "PRAGMA user_version") == static_cast<int64_t>(known.size()));
    CHECK(number(path, "SELECT count(*) FROM filler") == 300000);
    CHECK(number(path, "SELECT count(*) FROM plan WHERE colour = 'blue'") == 3);
  }
}

TEST_CASE("a half-made new database has no name, and the next start makes it") {
  TestDatabase db;
  const std::string path = db->path();
  db.close();
  std::filesystem::rename(path, path + ".new");
  std::filesystem::resize_file(path + ".new", 5000);
  db.reopen();
  CHECK(number(path, "SELECT count(*) FROM plan") == 3);
  CHECK(!file_exists(path + ".new"));
}
