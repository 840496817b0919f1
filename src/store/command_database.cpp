#include "store/command_database.h"

#include "base/file.h"
#include "store/migrate.h"

namespace whinchat::store {

Result<CommandDatabase> CommandDatabase::open(const DatabaseOptions& options, Log& log) {
  CommandDatabase out;
  auto own = Database::open(options, log);
  if (own.ok()) {
    out.own_ = std::move(own).value();
    return out;
  }
  if (own.error().code != ErrorCode::kConflict) return std::move(own).error();
  const std::string path = options.path.empty() ? options.folder + "/whinchat.db" : options.path;
  if (!file_exists(path)) return std::move(own).error();
  auto beside = Connection::open(path, Mode::kWriter);
  if (!beside.ok()) return std::move(beside).error();
  if (auto left = (*beside)->execute("PRAGMA wal_autocheckpoint=0"); !left) return left.error();  // the server's writer alone does that
  auto version = check_version(**beside, migrations());
  if (!version.ok()) return std::move(version).error();
  if (*version != migrations().back().number) {
    return Error{ErrorCode::kConfig, "The running server is of an older version than this program. Restart it first.", ""};
  }
  out.beside_ = std::move(beside).value();
  return out;
}

Result<void> CommandDatabase::begin() { return beside_->execute("BEGIN IMMEDIATE"); }

Result<void> CommandDatabase::end(bool keep) { return beside_->execute(keep ? "COMMIT" : "ROLLBACK"); }

}  // namespace whinchat::store
