// Copies of the database: made beside running work, looked at, put back. Every function here blocks for as long as the
// database is large (about 1 s for 300 MB); none needs the running server's help. Source: sqlite.org/lang_vacuum.html (2026).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace whinchat::store {

struct BackupFacts {
  int version = 0;
  int64_t users = 0;
  int64_t conversations = 0;
  int64_t messages = 0;
  int64_t bytes = 0;
};

// One moment of a database, compacted and checked before the copy gets its name; mode 0600. An older backup of that name is
// replaced, anything else is refused. kStorageFull before it begins when there is no room. end: stops it (kTimeout); may be null.
Result<void> copy_database(const std::string& from, const std::string& to, const std::atomic<bool>* end = nullptr);

// Everything in it is read: structure, indices, search, what rows belong to. An error says what is wrong with it, or that
// this program is too old for it.
Result<BackupFacts> verify_backup(const std::string& file);

// Puts a backup in the database's place. Nothing is touched when the backup does not verify or a server runs. Returns where
// the replaced file is kept; empty when there was none.
Result<std::string> restore_backup(const DatabaseOptions& options, const std::string& file, int64_t now_ms);

// Writes into the audit of the database at `path` what a command did with it, beside a running server or without one.
Result<void> note_in_audit(const std::string& path, std::string_view action, std::string_view target, int64_t now_ms);

// Puts the complete file `fresh` at `path`, at once as seen from anywhere: nobody has the database open.
Result<void> put_in_place(const std::string& fresh, const std::string& path);

// Which daily backups are one too many: seven days stay, and of the weeks before the first backup of each of four.
// days: "2026-11-25", any order.
std::vector<std::string> backups_to_drop(std::vector<std::string> days);

}  // namespace whinchat::store
