#include "store/connection.h"

#include <sqlite3.h>

#include <chrono>
#include <unordered_map>

#include "base/limits.h"
#include "store/search_words.h"

namespace whinchat::store {

namespace {

constexpr int kBusyMs = 5000;         // only backups and the start ever wait for a lock
constexpr int kProgressOps = 10'000;  // virtual machine steps between two looks at the clock: well under a millisecond

int64_t monotonic_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// The writer alone checkpoints; readers cannot write whatever they are asked.
constexpr const char* kPragmasOfBoth =
    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA recursive_triggers=ON;"
    "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;";
constexpr const char* kPragmasOfWriter =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA cache_size=-16384;";
constexpr const char* kPragmasOfReader = "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4096; PRAGMA query_only=ON;";
constexpr const char* kPragmasOfBuilder = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;";
constexpr const char* kPragmasOfLooker = "PRAGMA cache_size=-4096; PRAGMA query_only=ON;";

const char* pragmas_of(Mode mode) {
  switch (mode) {
    case Mode::kWriter: return kPragmasOfWriter;
    case Mode::kReader: return kPragmasOfReader;
    case Mode::kBuilder: return kPragmasOfBuilder;
    case Mode::kLooker: return kPragmasOfLooker;
  }
  return "";
}

int open_flags(Mode mode) {
  if (mode == Mode::kLooker) return SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY;
  const bool makes = mode == Mode::kWriter || mode == Mode::kBuilder;
  return SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (makes ? SQLITE_OPEN_CREATE : 0);
}

}  // namespace

std::string library_version() { return sqlite3_libversion(); }

struct Connection::Cache {
  // By the literal's address: the same text elsewhere is prepared twice, which costs nothing but that.
  std::unordered_map<const char*, sqlite3_stmt*> free;
};

Connection::Connection() : cache_(std::make_unique<Cache>()) {}

Connection::~Connection() {
  for (auto& [sql, statement] : cache_->free) sqlite3_finalize(statement);
  if (handle_) sqlite3_close_v2(handle_);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode) {
  std::unique_ptr<Connection> connection(new Connection());
  const int opened = sqlite3_open_v2(path.c_str(), &connection->handle_, open_flags(mode), nullptr);
  if (opened != SQLITE_OK) return connection->error(opened, "open");
  sqlite3* handle = connection->handle_;
  // SQLite opens what it may not write to for reading, and says nothing of it.
  if (mode == Mode::kWriter && sqlite3_db_readonly(handle, "main") == 1) {
    return Error{ErrorCode::kConfig, path + " cannot be written: the file, or the disk that it is on, is read-only.", {}};
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024);
  sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 1000);
  if (mode == Mode::kReader) sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_progress_handler(handle, kProgressOps, on_progress, connection.get());
  for (const char* pragmas : {kPragmasOfBoth, pragmas_of(mode)}) {
    if (auto set = connection->execute(pragmas); !set) return set.error();
  }
  // After the pragmas: they are the first to meet the disk, and their errors say what it has.
  if (auto registered = register_search_words(handle); !registered) return registered.error();
  return connection;
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, "execute");
  return {};
}

int64_t Connection::changes() const { return sqlite3_changes64(handle_); }
int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(handle_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Result<std::string> Connection::check(bool thorough) {
  const auto text = [](const Row& row) { return row.text(0); };
  auto found = thorough ? one<std::string>(*this, "PRAGMA integrity_check(1)", text) : one<std::string>(*this, "PRAGMA quick_check(1)", text);
  if (!found.ok()) return found.error();
  if (!thorough || *found != "ok") return found->value_or("no answer");
  auto orphan = one<std::string>(*this, "PRAGMA foreign_key_check", text);
  if (!orphan.ok()) return orphan.error();
  return *orphan ? "rows of " + **orphan + " belong to nothing" : "ok";
}

Result<void> Connection::checkpoint(int wait_ms) {
  sqlite3_busy_timeout(handle_, wait_ms);
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle_, kBusyMs);
  if (code != SQLITE_OK) return error(code, "checkpoint");
  return {};
}

void Connection::set_time_limit_ms(int ms) { deadline_ms_ = ms > 0 ? monotonic_ms() + ms : 0; }

void Connection::note_changed_user(std::string_view user_id) {
  for (const std::string& noted : changed_users_) {
    if (noted == user_id) return;
  }
  changed_users_.emplace_back(user_id);
}

int Connection::on_progress(void* self) {
  const auto& connection = *static_cast<Connection*>(self);
  if (connection.end_flag_ && connection.end_flag_->load(std::memory_order_relaxed)) return 1;
  return connection.deadline_ms_ != 0 && monotonic_ms() > connection.deadline_ms_;
}

// The message of SQLite names tables and columns, never values: it may be logged.
Error Connection::error(int code, const char* doing) const {
  const std::string detail = std::string("sqlite ") + doing + ": " + (handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)) + " (" +
                             std::to_string(code) + ")";
  switch (code & 0xff) {
    case SQLITE_FULL: return {ErrorCode::kStorageFull, "The server's disk is full. Nothing was changed.", detail};
    case SQLITE_CONSTRAINT: return {ErrorCode::kConflict, "This conflicts with what is stored.", detail};
    case SQLITE_INTERRUPT: return {ErrorCode::kTimeout, "This took too long. Please ask for less.", detail};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM: return {ErrorCode::kUnavailable, "The server is busy. Please try again.", detail, 1};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY: return {ErrorCode::kIo, "The server cannot reach its database.", detail};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {ErrorCode::kInternal, "The database's file is damaged, or no database.", detail};
    default: return {ErrorCode::kInternal, "Something went wrong with the database.", detail};
  }
}

sqlite3_stmt* Connection::take(std::string_view sql, Error& why) {
  if (const auto place = cache_->free.find(sql.data()); place != cache_->free.end()) {
    sqlite3_stmt* statement = place->second;
    cache_->free.erase(place);
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) why = error(code, "prepare");
  return statement;
}

void Connection::give_back(std::string_view sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (cache_->free.size() >= limits::kStatementsKept || !cache_->free.emplace(sql.data(), statement).second) sqlite3_finalize(statement);
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection), sql_(sql) {
  statement_ = connection.take(sql, why_);
  failed_ = statement_ == nullptr;
}

Statement::~Statement() {
  if (statement_) connection_.give_back(sql_, statement_);
}

Result<bool> Statement::step() {
  if (failed_) return why_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.error(code, "step");
}

#define WHINCHAT_BIND(call)                                    \
  if (failed_) return;                                         \
  const int code = call;                                       \
  if (code == SQLITE_OK) return;                               \
  failed_ = true;                                              \
  why_ = connection_.error(code, "bind")

void Statement::bind_null(int index) { WHINCHAT_BIND(sqlite3_bind_null(statement_, index)); }
void Statement::bind_integer(int index, int64_t value) { WHINCHAT_BIND(sqlite3_bind_int64(statement_, index, value)); }
void Statement::bind_real(int index, double value) { WHINCHAT_BIND(sqlite3_bind_double(statement_, index, value)); }
void Statement::bind_text(int index, std::string_view value) {
  WHINCHAT_BIND(sqlite3_bind_text64(statement_, index, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bind_blob(int index, std::string_view value) {
  WHINCHAT_BIND(sqlite3_bind_blob64(statement_, index, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT));
}
#undef WHINCHAT_BIND

bool Row::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Row::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string Row::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);  // a blob of a text is its UTF-8 bytes
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}
std::optional<int64_t> Row::integer_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional<int64_t>(integer(column));
}
std::optional<std::string> Row::text_or_null(int column) const {
  return is_null(column) ? std::nullopt : std::optional<std::string>(text(column));
}

}  // namespace whinchat::store
