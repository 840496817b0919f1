#include "store/backup.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/accounts_audit.h"
#include "store/data_folder.h"
#include "store/migrate.h"

namespace whinchat::store {

namespace {

namespace fs = std::filesystem;

constexpr size_t kAuditTargetBytes = 200;

int64_t size_of(const std::string& file) {
  std::error_code failed;
  const auto bytes = fs::file_size(file, failed);
  return failed ? 0 : static_cast<int64_t>(bytes);
}

void remove_file(const std::string& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

Error rename_failed(const std::string& to, const std::error_code& why) {
  return {ErrorCode::kIo, "cannot put " + to + " in place: " + why.message() + '.', {}};
}

std::string in_mb(int64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MB"; }

// Only what we made ourselves may be written over.
Result<void> check_target(const std::string& from, const std::string& to) {
  std::error_code ignored;
  if (fs::equivalent(from, to, ignored)) return Error{ErrorCode::kConfig, to + " is the database itself.", {}};
  if (!file_exists(to)) return {};
  auto there = Connection::open(to, Mode::kLooker);
  if (there.ok() && check_version(**there, migrations()).ok()) return {};
  return Error{ErrorCode::kConfig, to + " exists and is no backup of Whinchat's: it is left as it is.", {}};
}

Result<void> copy_into(const std::string& from, const std::string& to, const std::atomic<bool>* end) {
  auto source = Connection::open(from, Mode::kLooker);
  if (!source.ok()) return source.error();
  (*source)->end_when(end);
  if (auto allowed = (*source)->execute("PRAGMA query_only=OFF"); !allowed) return allowed;  // of the copy, that is
  if (auto copied = store::run(**source, "VACUUM INTO ?1", to); !copied) return copied;
  auto copy = Connection::open(to, Mode::kLooker);
  if (!copy.ok()) return copy.error();
  (*copy)->end_when(end);
  auto checked = (*copy)->check(false);
  if (!checked.ok()) return checked.error();
  if (*checked != "ok") return Error{ErrorCode::kInternal, "The copy is damaged, so the database may be, too.", *checked};
  return flush_file(to);
}

Result<int64_t> count(Connection& connection, std::string_view sql) {
  auto counted = one<int64_t>(connection, sql, [](const Row& row) { return row.integer(0); });
  if (!counted.ok()) return counted.error();
  return counted->value_or(0);
}

std::optional<int64_t> day_number(const std::string& day) {
  int year = 0;
  unsigned month = 0, of_month = 0;
  if (std::sscanf(day.c_str(), "%4d-%2u-%2u", &year, &month, &of_month) != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(of_month)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Keeps the database that is replaced under another name, with what was not yet brought into it.
Result<std::string> put_aside(const std::string& path, int64_t now_ms) {
  if (!file_exists(path)) return std::string();
  if (auto last = Connection::open(path, Mode::kWriter); last.ok()) (void)(*last)->checkpoint(0);
  std::string stamp = rfc3339(now_ms).substr(0, 19);
  std::replace(stamp.begin(), stamp.end(), ':', '-');
  const std::string kept = path + ".replaced-" + stamp;
  std::error_code failed;
  fs::create_hard_link(path, kept, failed);  // so that there is a database under the old name at every moment
  if (failed) {
    failed.clear();
    fs::copy_file(path, kept, failed);
  }
  if (failed) return rename_failed(kept, failed);
  if (size_of(path + "-wal") > 0) fs::rename(path + "-wal", kept + "-wal", failed);
  if (failed) return rename_failed(kept + "-wal", failed);
  return kept;
}

}  // namespace

Result<void> copy_database(const std::string& from, const std::string& to, const std::atomic<bool>* end) {
  if (!file_exists(from)) return Error{ErrorCode::kConfig, "There is no database at " + from + '.', {}};
  if (auto allowed = check_target(from, to); !allowed) return allowed;
  const int64_t needed = size_of(from) + size_of(from + "-wal") + limits::kBackupSpareBytes;
  const int64_t free = free_bytes(to);
  if (free >= 0 && free < needed) {
    return Error{ErrorCode::kStorageFull, "There is no room for a backup: it may take " + in_mb(needed) + ", and " + in_mb(free) + " are free.", {}};
  }
  const std::string unfinished = to + ".tmp";
  remove_file(unfinished);
  Result<void> copied = copy_into(from, unfinished, end);
  if (copied) copied = put_in_place(unfinished, to);
  remove_file(unfinished);
  remove_file(unfinished + "-journal");
  return copied;
}

Result<BackupFacts> verify_backup(const std::string& file) {
  if (!file_exists(file)) return Error{ErrorCode::kNotFound, "There is no file " + file + '.', {}};
  auto opened = Connection::open(file, Mode::kLooker);
  if (!opened.ok()) return opened.error();
  Connection& connection = **opened;
  auto version = check_version(connection, migrations());
  if (!version.ok()) return version.error();
  if (*version == 0) return Error{ErrorCode::kConfig, file + " is empty.", {}};
  auto checked = connection.check(true);
  if (!checked.ok()) return checked.error();
  if (*checked != "ok") return Error{ErrorCode::kConfig, file + " is damaged: " + *checked + '.', {}};
  BackupFacts facts;
  facts.version = *version;
  facts.bytes = size_of(file);
  for (const auto& [place, sql] : {std::pair(&facts.users, "SELECT count(*) FROM user"), {&facts.conversations, "SELECT count(*) FROM conversation"},
                                   {&facts.messages, "SELECT count(*) FROM message"}}) {
    auto counted = count(connection, sql);
    if (!counted.ok()) return counted.error();
    *place = *counted;
  }
  return facts;
}

Result<std::string> restore_backup(const DatabaseOptions& options, const std::string& file, int64_t now_ms) {
  const std::string path = options.path.empty() ? options.folder + "/whinchat.db" : options.path;
  auto wanted = verify_backup(file);
  if (!wanted.ok()) return wanted.error();
  std::error_code ignored;
  if (fs::equivalent(file, path, ignored)) return Error{ErrorCode::kConfig, file + " is the database itself.", {}};
  auto folder = DataFolder::open(options.folder, path);
  if (!folder.ok()) return folder.error();
  const std::string fresh = path + ".restored";
  remove_file(fresh);
  if (auto copied = copy_into(file, fresh, nullptr); !copied) return remove_file(fresh), copied.error();
  auto kept = put_aside(path, now_ms);
  if (!kept.ok()) return remove_file(fresh), kept.error();
  if (auto placed = put_in_place(fresh, path); !placed) return placed.error();
  return kept;
}

Result<void> note_in_audit(const std::string& path, std::string_view action, std::string_view target, int64_t now_ms) {
  auto opened = Connection::open(path, Mode::kWriter);
  if (!opened.ok()) return std::move(opened).error();
  Connection& connection = **opened;
  if (auto left = connection.execute("PRAGMA wal_autocheckpoint=0"); !left) return left;  // a running server's writer alone does that
  if (auto known = check_version(connection, migrations()); !known.ok()) return std::move(known).error();
  return append_audit(connection, {0, now_ms, "command line", std::string(action), escape_for_log(target, kAuditTargetBytes), "", ""});
}

Result<void> put_in_place(const std::string& fresh, const std::string& path) {
  remove_file(path + "-wal");  // it belongs to the file that goes
  remove_file(path + "-shm");
  std::error_code failed;
  fs::rename(fresh, path, failed);
  if (failed) return rename_failed(path, failed);
  return flush_folder_of(path);
}

std::vector<std::string> backups_to_drop(std::vector<std::string> days) {
  std::sort(days.rbegin(), days.rend());
  const size_t daily = std::min<size_t>(days.size(), limits::kBackupDays);
  std::vector<int64_t> weeks;  // from Monday to Sunday; the newest first
  std::vector<std::string> drop;
  for (size_t i = daily; i < days.size(); ++i) {
    const auto week_of = [](const std::string& day) { return (day_number(day).value_or(0) + 3) / 7; };
    const int64_t week = week_of(days[i]);
    // The first backup of its week stays when its turn as a daily one is over; so the same one stays from day to day.
    const bool first_of_week = i + 1 == days.size() || week_of(days[i + 1]) != week;
    if (first_of_week && weeks.size() < limits::kBackupWeeks) weeks.push_back(week);
    else drop.push_back(days[i]);
  }
  return drop;
}

}  // namespace whinchat::store
