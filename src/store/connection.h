// A connection to the database and its statements, for the functions of store/ that stand for a table each.
//
//   auto name = store::one<std::string>(c, "SELECT name FROM user WHERE id = ?1", [](const Row& r) { return r.text(0); }, id);
//
// SQL text is a constant of ours; whatever comes from outside is bound. A connection belongs to the thread that runs a
// job of Database: never keep one. Source: sqlite.org/c3ref (3.53, 2026).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace whinchat::store {

std::string library_version();  // of SQLite: "3.53.4"

// Bytes that are no text (hashes, sealed keys).
struct Blob {
  std::string_view bytes;
};

// The row a statement stands on; valid until the next step. Columns count from 0.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const;
  int64_t integer(int column) const;   // NULL: 0
  bool flag(int column) const { return integer(column) != 0; }
  double real(int column) const;
  std::string text(int column) const;  // NULL: ""; blobs as well
  std::optional<int64_t> integer_or_null(int column) const;
  std::optional<std::string> text_or_null(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// How a connection is to be set up.
enum class Mode {
  kWriter,
  kReader,   // cannot write; the file must be there
  kBuilder,  // makes a file that nobody knows yet: fast, not safe, to be flushed before it gets its name
  kLooker,   // reads a file of somebody else's as it is: a backup
};

class Connection {
 public:
  // Opens (and for the writer makes) the file with the pragmas of its mode. ":memory:" for tests.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> execute(const std::string& sql);  // several statements, nothing bound: pragmas, migrations
  int64_t changes() const;                       // rows that the last INSERT, UPDATE or DELETE touched
  int64_t last_rowid() const;
  bool in_transaction() const;
  // PRAGMA quick_check or integrity_check, foreign_key_check with the latter: "ok" or the first thing that is wrong.
  Result<std::string> check(bool thorough);
  // Statements end with kTimeout once that is true; null: never. It outlives the connection.
  void end_when(const std::atomic<bool>* flag) { end_flag_ = flag; }
  // Brings all of the log into the file, flushed, and empties it. kUnavailable when readers hold on to it for longer than that.
  Result<void> checkpoint(int wait_ms);
  // Statements that run longer than that from now on end with kTimeout; 0: no limit. For searches.
  void set_time_limit_ms(int ms);

  // Whose conversations the jobs since the last take_changed_users() touched, each once. Database tells its listener after
  // the commit; a job that was rolled back leaves a name too many, which costs its listeners one look.
  void note_changed_user(std::string_view user_id);
  std::vector<std::string> take_changed_users() { return std::exchange(changed_users_, {}); }

  // A plan, or whose plan is whose, changes with this job: Database::plans_revision() rises after the commit.
  void note_plan_change() { plans_changed_ = true; }
  bool take_plan_change() { return std::exchange(plans_changed_, false); }

  Error error(int code, const char* doing) const;  // what SQLite's result code means to us
  sqlite3* handle() { return handle_; }            // for store/*.cpp only

 private:
  friend class Statement;
  struct Cache;
  Connection();
  sqlite3_stmt* take(std::string_view sql, Error& why);  // prepared before, or now
  void give_back(std::string_view sql, sqlite3_stmt* statement);

  sqlite3* handle_ = nullptr;
  std::unique_ptr<Cache> cache_;
  int64_t deadline_ms_ = 0;  // monotonic; 0: none
  const std::atomic<bool>* end_flag_ = nullptr;
  std::vector<std::string> changed_users_;
  bool plans_changed_ = false;
  static int on_progress(void* self);
};

class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);  // sql: a literal; it outlives the connection
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters ?1, ?2 ... in order: integers, bool, double, text, Blob, optional of these, nullptr for NULL.
  template <class... Values>
  void bind(const Values&... values) {
    int index = 0;
    (bind_value(++index, values), ...);
  }
  Result<bool> step();  // true: on a row; false: at the end
  Row row() const { return Row(statement_); }

 private:
  template <class T>
  void bind_value(int index, const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t>) bind_null(index);
    else if constexpr (std::is_integral_v<T> || std::is_same_v<T, bool>) bind_integer(index, static_cast<int64_t>(value));
    else if constexpr (std::is_floating_point_v<T>) bind_real(index, value);
    else if constexpr (std::is_same_v<T, Blob>) bind_blob(index, value.bytes);
    else if constexpr (std::is_convertible_v<const T&, std::string_view>) bind_text(index, value);
    else if (value) bind_value(index, *value);  // std::optional
    else bind_null(index);
  }
  void bind_null(int index);
  void bind_integer(int index, int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);  // copied
  void bind_blob(int index, std::string_view value);  // copied

  Connection& connection_;
  std::string_view sql_;
  sqlite3_stmt* statement_ = nullptr;
  Error why_;  // when it could not be prepared or bound
  bool failed_ = false;
};

// Runs a statement that gives no rows.
template <class... Values>
Result<void> run(Connection& connection, std::string_view sql, const Values&... values) {
  Statement statement(connection, sql);
  statement.bind(values...);
  auto stepped = statement.step();
  if (!stepped.ok()) return std::move(stepped).error();
  return {};
}

// The first row, read by map(Row), or nothing.
template <class T, class Map, class... Values>
Result<std::optional<T>> one(Connection& connection, std::string_view sql, Map map, const Values&... values) {
  Statement statement(connection, sql);
  statement.bind(values...);
  auto stepped = statement.step();
  if (!stepped.ok()) return std::move(stepped).error();
  if (!*stepped) return std::optional<T>();
  return std::optional<T>(map(statement.row()));
}

// All rows; the SQL bounds how many.
template <class T, class Map, class... Values>
Result<std::vector<T>> all(Connection& connection, std::string_view sql, Map map, const Values&... values) {
  Statement statement(connection, sql);
  statement.bind(values...);
  std::vector<T> out;
  for (;;) {
    auto stepped = statement.step();
    if (!stepped.ok()) return std::move(stepped).error();
    if (!*stepped) return out;
    out.push_back(map(statement.row()));
  }
}

}  // namespace whinchat::store
