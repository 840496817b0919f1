#include "store/database.h"

#include "base/file.h"
#include "store/migrate.h"
#include "store/readers.h"
#include "store/writer.h"

namespace whinchat::store {

struct Database::Impl {
  std::string path;
  std::unique_ptr<Readers> readers;
  std::unique_ptr<Writer> writer;  // closed first: what it writes is then read no more
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Database::~Database() { stop(); }

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options, Log& log) {
  if (auto made = make_private_folder(options.folder); !made) return made.error();
  auto impl = std::make_unique<Impl>();
  impl->path = options.path.empty() ? options.folder + "/whinchat.db" : options.path;

  auto connection = Connection::open(impl->path, Mode::kWriter);
  if (!connection.ok()) return connection.error();
  if (auto migrated = migrate(**connection, migrations()); !migrated) return migrated.error();
  auto readers = Readers::open(impl->path, options.readers, log);
  if (!readers.ok()) return readers.error();
  impl->readers = std::move(readers).value();
  impl->writer = std::make_unique<Writer>(impl->path, std::move(connection).value(), log);
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

void Database::stop() {
  impl_->writer->stop();
  impl_->readers->stop();
}

Result<void> Database::run_write(std::function<Result<void>(Connection&)> job) { return impl_->writer->run(std::move(job)); }
Result<void> Database::run_read(std::function<Result<void>(Connection&)> job) { return impl_->readers->run(std::move(job)); }

DatabaseStats Database::stats() const {
  const Writer& writer = *impl_->writer;
  return {writer.writes(), writer.commits(), static_cast<long>(writer.queued()), writer.full()};
}

const std::string& Database::path() const { return impl_->path; }

}  // namespace whinchat::store
