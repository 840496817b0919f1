#include "store/backup.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

constexpr int64_t kNow = 1'795'600'000'000;  // 2026-11-25

Result<void> add_plan(Connection& c, const std::string& id) { return run(c, "INSERT INTO plan (id, name) VALUES (?1, 'x')", id); }

int64_t plans_in(const std::string& file) {
  auto opened = Connection::open(file, Mode::kLooker);
  REQUIRE(opened.ok());
  auto count = one<int64_t>(**opened, "SELECT count(*) FROM plan", [](const Row& r) { return r.integer(0); });
  REQUIRE(count.ok());
  return count->value_or(-1);
}

DatabaseOptions options_of(TestDatabase& db) {
  DatabaseOptions options;
  options.folder = db.folder() / "data";
  return options;
}

// One byte in the middle of every page but the first turned round.
void damage(const std::string& file) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
  for (std::streamoff at = 4096; at < size; at += 4096) {
    bytes.seekp(at);
    bytes.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  }
}

}  // namespace

TEST_CASE("a backup beside running writers is whole, private and has what was written before it") {
  TestDatabase db;
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "before"); }).ok());
  std::atomic<bool> go_on{true};
  std::thread writer([&] {
    for (int i = 0; go_on; ++i) CHECK(db->write([&](Connection& c) { return add_plan(c, std::to_string(i)); }).ok());
  });
  const std::string file = db.folder() / "copy's.db";
  auto made = db->backup_to(file);
  go_on = false;
  writer.join();
  if (!made) FAIL(made.error().message << made.error().detail);
  CHECK(plans_in(file) >= 4);
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  auto facts = verify_backup(file);
  REQUIRE(facts.ok());
  CHECK(facts->version == static_cast<int>(migrations().size()));
  CHECK(facts->messages == 0);
  CHECK(!file_exists(file + ".tmp"));
}

TEST_CASE("a backup replaces an older one and nothing else") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "a"); }).ok());
  REQUIRE(db->backup_to(file).ok());
  CHECK(plans_in(file) == 4);
  const std::string letter = db.folder().write("letter.txt", "Dear all,");
  CHECK(!db->backup_to(letter).ok());
  CHECK(db.folder().read("letter.txt") == "Dear all,");
  CHECK(!db->backup_to(db->path()).ok());
  CHECK(!db->backup_to(db.folder() / "no/such/folder/copy.db").ok());
}

TEST_CASE("what is damaged, empty, foreign or missing does not verify") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  CHECK(verify_backup(file).ok());
  damage(file);
  CHECK(!verify_backup(file).ok());
  CHECK(!verify_backup(db.folder().write("empty.db", "")).ok());
  CHECK(!verify_backup(db.folder().write("text.db", std::string(8192, 'x'))).ok());
  CHECK(verify_backup(db.folder() / "missing.db").error().code == ErrorCode::kNotFound);
}

TEST_CASE("a cut file does not verify") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  CHECK(!verify_backup(file).ok());
}

TEST_CASE("restoring puts the backup in place and keeps what was there") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  REQUIRE(db->write([](Connection& c) { return add_plan(c, "later"); }).ok());
  const std::string path = db->path();

  auto refused = restore_backup(options_of(db), file, kNow);
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("Another Whinchat") != std::string::npos);

  db.close();
  auto kept = restore_backup(options_of(db), file, kNow);
  REQUIRE(kept.ok());
  CHECK(*kept == path + ".replaced-2026-11-25T09-46-40");
  CHECK(plans_in(*kept) == 4);
  CHECK(plans_in(path) == 3);
  db.reopen();
  CHECK(db->write([](Connection& c) { return add_plan(c, "again"); }).ok());
}

TEST_CASE("a backup that does not verify is not restored, and nothing is touched") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  const std::string path = db->path();
  db.close();
  damage(file);
  const auto before = std::filesystem::last_write_time(path);
  CHECK(!restore_backup(options_of(db), file, kNow).ok());
  CHECK(std::filesystem::last_write_time(path) == before);
  CHECK(plans_in(path) == 3);
}

TEST_CASE("a backup is restored where there is no database, and over a damaged one") {
  TestDatabase db;
  const std::string file = db.folder() / "copy.db";
  REQUIRE(db->backup_to(file).ok());
  const std::string path = db->path();
  db.close();
  std::filesystem::remove(path);
  auto kept = restore_backup(options_of(db), file, kNow);
  REQUIRE(kept.ok());
  CHECK(kept->empty());
  CHECK(plans_in(path) == 3);
  damage(path);
  kept = restore_backup(options_of(db), file, kNow);
  REQUIRE(kept.ok());
  CHECK(file_exists(*kept));
  CHECK(plans_in(path) == 3);
}

TEST_CASE("a damaged file is not opened for writing after a crash, but can still be read") {
  TestDatabase db;
  for (int i = 0; i < 300; ++i) REQUIRE(db->write([&](Connection& c) { return add_plan(c, "plan number " + std::to_string(i)); }).ok());
  const std::string path = db->path();
  const std::string copy = db.folder() / "crashed";
  std::filesystem::create_directory(copy);
  std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
  REQUIRE(db->backup_to(copy + "/whinchat.db").ok());
  {
    auto connection = Connection::open(copy + "/whinchat.db", Mode::kWriter);
    REQUIRE(connection.ok());
    // An index that misses a row, as after a write that got lost.
    REQUIRE((*connection)->execute("PRAGMA journal_mode=DELETE; CREATE TABLE t (a INTEGER); CREATE INDEX t_a ON t(a); INSERT INTO t VALUES (1), (2)").ok());
  }
  DatabaseOptions options;
  options.folder = copy;
  {
    std::fstream bytes(copy + "/whinchat.db", std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(-8, std::ios::end);  // in the last page, that of the index
    bytes.write("\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", 8);
  }
  std::ofstream(copy + "/whinchat.db-wal", std::ios::binary) << "not a log, but not empty";
  std::filesystem::permissions(copy + "/whinchat.db-wal", static_cast<std::filesystem::perms>(0600));
  auto opened = Database::open(options, db.log());
  REQUIRE(opened.ok());
  CHECK((*opened)->stats().damaged);
  auto refused = (*opened)->write([](Connection& c) { return add_plan(c, "more"); });
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
  CHECK((*opened)->read([](Connection& c) { return one<int64_t>(c, "SELECT count(*) FROM plan", [](const Row& r) { return r.integer(0); }); }).ok());
}

TEST_CASE("of daily backups seven days and the first of four weeks stay") {
  std::vector<std::string> days;
  for (int day = 1; day <= 30; ++day) days.push_back("2026-11-" + std::string(day < 10 ? "0" : "") + std::to_string(day));
  CHECK(backups_to_drop({days.begin(), days.begin() + 7}).empty());

  std::vector<std::string> kept;
  for (const std::string& day : days) {  // as it goes, day by day
    kept.push_back(day);
    for (const std::string& drop : backups_to_drop(kept)) std::erase(kept, drop);
  }
  // 24 to 30 are the days; 1 (a Sunday), 2, 9, 16 and 23 November begin the weeks before, of which four stay.
  CHECK(kept == std::vector<std::string>{"2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26",
                                         "2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30"});
}
