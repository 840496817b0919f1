#include "store/upgrade.h"

#include <filesystem>

#include "base/file.h"
#include "store/backup.h"
#include "store/data_folder.h"

namespace whinchat::store {

namespace {

void remove_file(const std::string& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

Error undone(const Error& why, int from, int to) {
  return {ErrorCode::kConfig,
          "The database could not be upgraded from version " + std::to_string(from) + " to " + std::to_string(to) +
              ". It is as it was before: the Whinchat that you used until now can go on with it.",
          why.detail.empty() ? why.message : why.detail};
}

}  // namespace

Result<void> create_database(const std::string& path, std::span<const Migration> known) {
  const std::string fresh = path + ".new";
  for (const char* part : {"", "-journal", "-wal", "-shm"}) remove_file(fresh + part);
  {
    auto builder = Connection::open(fresh, Mode::kBuilder);
    if (!builder.ok()) return builder.error();
    if (auto built = migrate(**builder, known); !built) return built;
    if (auto set = (*builder)->execute("PRAGMA journal_mode=WAL"); !set) return set;
  }
  std::error_code failed;
  std::filesystem::rename(fresh, path, failed);
  if (failed) return Error{ErrorCode::kIo, "cannot make " + path + ": " + failed.message() + '.', {}};
  return {};
}

Result<void> flush_created(const std::string& path) {
  if (auto flushed = flush_file(path); !flushed) return flushed;
  return flush_folder_of(path);
}

Result<std::unique_ptr<Connection>> upgrade(std::unique_ptr<Connection> writer, const std::string& path, const std::string& backups,
                                            std::span<const Migration> known, Log& log) {
  auto version = check_version(*writer, known);
  if (!version.ok()) return version.error();
  const int from = *version;
  const int to = known.back().number;
  if (from == to) return writer;

  if (auto made = make_private_folder(backups); !made) return made.error();
  const std::string snapshot = backups + "/before-version-" + std::to_string(to) + "-from-" + std::to_string(from) + ".db";
  log.info("store", "Upgrading the database", {{"from", from}, {"to", to}, {"snapshot", snapshot}});
  if (auto copied = copy_database(path, snapshot); !copied) {
    return Error{copied.error().code, "The database must be upgraded, and it could not be copied before. " + copied.error().message, copied.error().detail};
  }
  auto migrated = migrate(*writer, known);
  if (migrated) return writer;

  log.error("store", "The upgrade failed", {{"detail", migrated.error().detail}});
  const auto reached = check_version(*writer, known);
  if (reached.ok() && *reached == from) return undone(migrated.error(), from, to);  // its transaction was the first one
  writer.reset();
  const std::string fresh = path + ".returned";
  if (auto copied = copy_database(snapshot, fresh); !copied) return copied.error();
  if (auto placed = put_in_place(fresh, path); !placed) return placed.error();
  return undone(migrated.error(), from, to);
}

}  // namespace whinchat::store
