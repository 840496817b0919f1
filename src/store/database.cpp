#include "store/database.h"

#include <filesystem>

#include "base/file.h"
#include "base/limits.h"
#include "store/backup.h"
#include "store/data_folder.h"
#include "store/keeper.h"
#include "store/readers.h"
#include "store/upgrade.h"
#include "store/writer.h"

namespace whinchat::store {

namespace {

// SQLite empties the log when it closes a database: one that is there was left by a crash.
bool ended_unclean(const std::string& path) {
  std::error_code failed;
  return std::filesystem::file_size(path + "-wal", failed) > 0 && !failed;
}

Result<std::unique_ptr<Connection>> open_writer(const std::string& path, const DataFolder& folder, Log& log) {
  auto opened = Connection::open(path, Mode::kWriter);
  const bool for_space = !opened.ok() && (opened.error().code == ErrorCode::kIo || opened.error().code == ErrorCode::kStorageFull);
  if (!for_space || !folder.drop_ballast()) return opened;
  log.warning("store", "The disk is full: the space put aside for that is used to start");
  return Connection::open(path, Mode::kWriter);
}

Error damaged_at_start(const Error& error, const std::string& path) {
  if (error.code != ErrorCode::kInternal) return error;
  return {ErrorCode::kConfig, path + " is damaged, or no database. Restore a backup: whinchat restore FILE", error.detail};
}

}  // namespace

struct Database::Impl {
  std::string path;
  std::unique_ptr<DataFolder> folder;
  std::unique_ptr<Readers> readers;
  std::unique_ptr<Writer> writer;  // closed before the readers: the last to close empties the log
  std::unique_ptr<Keeper> keeper;

  Result<void> open(const DatabaseOptions& options, Log& log);
  std::string check_after_crash(Connection& connection, bool& later);
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Database::~Database() { stop(); }

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options, Log& log) {
  auto impl = std::make_unique<Impl>();
  if (auto opened = impl->open(options, log); !opened) {
    const Error error = damaged_at_start(opened.error(), impl->path);
    if (!error.detail.empty()) log.error("store", error.message, {{"detail", error.detail}});
    return error;
  }
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

Result<void> Database::Impl::open(const DatabaseOptions& options, Log& log) {
  path = options.path.empty() ? options.folder + "/whinchat.db" : options.path;
  auto locked = DataFolder::open(options.folder, path);
  if (!locked.ok()) return locked.error();
  folder = std::move(locked).value();
  const bool created = !file_exists(path);
  if (created) {
    if (auto built = create_database(path, options.migrations); !built) return built;
  }
  const bool unclean = ended_unclean(path);
  auto connection = open_writer(path, *folder, log);
  if (!connection.ok()) return connection.error();
  bool check_later = false;
  const std::string damage = unclean ? check_after_crash(**connection, check_later) : "";
  const std::string backups = options.folder + "/backups";
  if (damage.empty()) {
    connection = upgrade(std::move(connection).value(), path, backups, options.migrations, log);
    if (!connection.ok()) return connection.error();
  } else if (auto version = check_version(**connection, options.migrations); !version.ok()) {
    return version.error();
  }
  readers = std::make_unique<Readers>(path, options.readers, log);
  writer = std::make_unique<Writer>(path, std::move(connection).value(), created, log);
  if (!damage.empty()) writer->declare_damaged(damage);
  keeper = std::make_unique<Keeper>(KeeperOptions{path, backups, options.daily_backup, check_later}, *folder, *writer, log);
  return {};
}

// What is wrong with the file; empty when nothing is, or when looking takes too long to do it before serving.
std::string Database::Impl::check_after_crash(Connection& connection, bool& later) {
  connection.set_time_limit_ms(static_cast<int>(limits::kStartCheckTime.count()));
  auto found = connection.check(false);
  connection.set_time_limit_ms(0);
  later = !found.ok();
  return found.ok() && *found != "ok" ? *found : "";
}

void Database::stop() {
  impl_->keeper->stop();
  impl_->writer->stop();
  impl_->readers->stop();
}

Result<void> Database::run_write(std::function<Result<void>(Connection&)> job) { return impl_->writer->run(std::move(job)); }
Result<void> Database::run_read(std::function<Result<void>(Connection&)> job) { return impl_->readers->run(std::move(job)); }

void Database::on_change(std::function<void(const std::vector<std::string>& user_ids)> listener) { impl_->writer->on_change(std::move(listener)); }

DatabaseStats Database::stats() const {
  const Writer& writer = *impl_->writer;
  return {writer.writes(), writer.commits(), static_cast<long>(writer.queued()), writer.full(), writer.damaged()};
}

uint64_t Database::plans_revision() const { return impl_->writer->plans_revision(); }

const std::string& Database::path() const { return impl_->path; }

Result<void> Database::backup_to(const std::string& file) { return copy_database(impl_->path, file, &impl_->keeper->ending()); }

}  // namespace whinchat::store
