// From one version of the database to the next: on databases that released versions left behind (tests/data/databases), and on
// steps made up here.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "base/inflate.h"
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

std::string packed_file(int version) { return "../data/databases/version-" + std::to_string(version) + ".db.gz"; }

std::vector<int> released_versions() {
  std::vector<int> versions;
  for (int version = 1; version <= migrations().back().number; ++version) {
    if (file_exists(packed_file(version))) versions.push_back(version);
  }
  REQUIRE(!versions.empty());
  return versions;
}

// The database of a released version, as tests/data/databases/make.mjs left it, in place of the one that is there.
void put_released(TestDatabase& db, int version) {
  const std::string path = db->path();
  db.close();
  const auto packed = read_file(packed_file(version), 1 << 20);
  REQUIRE(packed.ok());
  size_t bytes = 0;
  for (size_t i = 0; i < 4; ++i) bytes |= static_cast<size_t>(static_cast<unsigned char>(packed->at(packed->size() - 4 + i))) << (8 * i);
  const auto whole = inflate_gzip(*packed, bytes);
  REQUIRE(whole.ok());
  REQUIRE(write_file_atomically(path, *whole).ok());
}

void check_released(const std::string& file) {
  CHECK(number(file, "SELECT count(*) FROM user") == 2);
  CHECK(number(file, "SELECT count(*) FROM message") == 9);
  CHECK(number(file, "SELECT count(*) FROM conversation WHERE deleted_ms IS NOT NULL") == 1);
  CHECK(number(file, "SELECT count(*) FROM turn WHERE state = 'running'") == 1);
  CHECK(number(file, "SELECT count(*) FROM turn_journal") > 10);
  CHECK(number(file, "SELECT count(*) FROM reservation") == 1);
}

}  // namespace

TEST_CASE("the database of every released version is upgraded with all that is in it") {
  const int newest = migrations().back().number;
  for (const int version : released_versions()) {
    CAPTURE(version);
    TestDatabase db;
    const std::string path = db->path();
    put_released(db, version);
    db.reopen();
    db.close();
    CHECK(number(path, "PRAGMA user_version") == newest);
    check_released(path);
    CHECK(verify_backup(path).ok());
    CHECK(number(path, "SELECT min(input_tokens) FROM turn WHERE state = 'running'") > 0);
    if (version == newest) continue;
    const std::string snapshot = db.folder() / "data/backups/before-version-" + std::to_string(newest) + "-from-" + std::to_string(version) + ".db";
    CHECK(number(snapshot, "PRAGMA user_version") == version);
    check_released(snapshot);
  }
}

TEST_CASE("a released version's database returns to what it was when a later step fails") {
  for (const int version : released_versions()) {
    CAPTURE(version);
    TestDatabase db;
    const std::string path = db->path();
    put_released(db, version);
    const auto known = with({kBetter, kBroken});
    REQUIRE(!open_with(db, known).ok());
    CHECK(number(path, "PRAGMA user_version") == version);
    CHECK(number(path, "SELECT count(*) FROM pragma_table_info('turn') WHERE name = 'retry_ms'") == (version < 3 ? 0 : 1));
    check_released(path);
  }
}

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
