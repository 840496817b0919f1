// The folder that holds everything, as one process has it: made when it is missing, on a local disk, locked against a second
// process, with a little space put aside for when the disk is full. Internal to store/.
// Sources: flock(2), statfs(2), sqlite.org/wal.html ("all processes must be on the same host", 2026).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat::store {

class DataFolder {
 public:
  // The lock is held until the object is gone; the system gives it back however the process ends. kConflict: another process
  // has it. kConfig with a sentence: the folder or the database lies on a network file system, others can read the database.
  static Result<std::unique_ptr<DataFolder>> open(const std::string& folder, const std::string& database_file);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  // limits::kBallastBytes, or an eighth of what is free when that is less. Nothing happens when there is no room.
  void keep_ballast() const;
  // False when there was none. Opening a database takes some space for its index even when it is only read.
  bool drop_ballast() const;

 private:
  explicit DataFolder(std::string ballast) : ballast_(std::move(ballast)) {}
  Result<void> lock(const std::string& file);

  std::string ballast_;  // beside the database
  int locks_[2] = {-1, -1};
};

// "NFS" and the like, where files of a database get damaged because locks or shared memory do not work; empty for others.
// type: statfs' f_type.
std::string_view network_file_system(int64_t type);

// Bytes that this user could still write beside that file; -1 when the system does not say.
int64_t free_bytes(const std::string& beside);

// A file that is complete in the system's cache is brought to disk, and so is the name it has in its folder.
Result<void> flush_file(const std::string& file);
Result<void> flush_folder_of(const std::string& file);

}  // namespace whinchat::store
