// The thread that looks after the database, called by hand at moments of the test's choosing.
#include "store/keeper.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "../base/temporary_folder.h"
#include "base/file.h"
#include "store/accounts_audit.h"
#include "store/backup.h"
#include "store/upgrade.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

constexpr int64_t kNow = 1'795'600'000'000;  // 2026-11-25T09:46:40Z
constexpr int64_t kDay = 24 * 3600 * 1000LL;

struct Kept {
  explicit Kept(bool daily = true) {
    LogOptions options;
    options.file = folder / "log";
    options.console = false;
    log = Log::open(options).value();
    data = DataFolder::open(folder / "data", path).value();
    REQUIRE(create_database(path, migrations()).ok());
    writer = std::make_unique<Writer>(path, Connection::open(path, Mode::kWriter).value(), true, *log);
    keeper = std::make_unique<Keeper>(KeeperOptions{path, backups, daily, false}, *data, *writer, *log);
  }
  bool has(const std::string& day) const { return file_exists(backups + "/whinchat-" + day + ".db"); }
  size_t copies() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(backups)) count += entry.path().extension() == ".db";
    return count;
  }

  TemporaryFolder folder;
  std::string path = folder / "data/whinchat.db";
  std::string backups = folder / "data/backups";
  std::unique_ptr<Log> log;
  std::unique_ptr<DataFolder> data;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Keeper> keeper;
};

}  // namespace

TEST_CASE("a copy is made once a day, and it verifies") {
  Kept kept;
  kept.keeper->look(kNow);
  REQUIRE(kept.has("2026-11-25"));
  CHECK(verify_backup(kept.backups + "/whinchat-2026-11-25.db").ok());
  const auto made = std::filesystem::last_write_time(kept.backups + "/whinchat-2026-11-25.db");
  kept.keeper->look(kNow + 3600 * 1000);
  CHECK(std::filesystem::last_write_time(kept.backups + "/whinchat-2026-11-25.db") == made);
  kept.keeper->look(kNow + kDay);
  CHECK(kept.has("2026-11-26"));
  const auto entries = [&] {
    std::vector<AuditEntry> out;
    REQUIRE(kept.writer->run([&](Connection& c) -> Result<void> {
      auto listed = list_audit(c, 0, 10);
      if (!listed.ok()) return std::move(listed).error();
      out = std::move(listed).value();
      return {};
    }).ok());
    return out;
  }();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].actor == "server");
  CHECK(entries[0].action == "backup made");
}

TEST_CASE("old copies go, and nothing else in the folder does") {
  Kept kept;
  REQUIRE(make_private_folder(kept.backups).ok());
  std::filesystem::copy_file(kept.path, kept.backups + "/before-version-2-from-1.db");
  std::filesystem::copy_file(kept.path, kept.backups + "/whinchat-mine.db");
  for (int day = 0; day < 60; ++day) kept.keeper->look(kNow + day * kDay);
  CHECK(kept.copies() == 7 + 4 + 2);
  CHECK(file_exists(kept.backups + "/before-version-2-from-1.db"));
  CHECK(file_exists(kept.backups + "/whinchat-mine.db"));
}

TEST_CASE("switched off there is no copy") {
  Kept kept(false);
  kept.keeper->look(kNow);
  CHECK(!kept.has("2026-11-25"));
}

TEST_CASE("a damaged database is found, and pushes out no good copy") {
  Kept kept;
  kept.writer->declare_damaged("as said by a test");
  kept.keeper->look(kNow);
  CHECK(!kept.has("2026-11-25"));
  auto refused = kept.writer->run([](Connection&) -> Result<void> { return {}; });
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("the whole file is checked when it has not been for a week") {
  Kept kept;
  kept.keeper->look(kNow);
  const std::string mark = kept.backups + "/checked";
  REQUIRE(file_exists(mark));
  const auto first = std::filesystem::last_write_time(mark);
  kept.keeper->look(kNow);
  CHECK(std::filesystem::last_write_time(mark) == first);
  std::filesystem::last_write_time(mark, first - std::chrono::hours(24 * 8));
  kept.keeper->look(kNow);
  CHECK(std::filesystem::last_write_time(mark) >= first);
}
