#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/vfs.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/limits.h"
#include "store/data_folder.h"

namespace whinchat::store {

namespace {

constexpr const char* kLockName = "/data.lock";
constexpr const char* kBallastName = "/ballast";

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Error cannot(const char* verb, const std::string& path, int error) {
  const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::kStorageFull : ErrorCode::kConfig;
  const char* hint = error == EROFS || error == EACCES || error == EPERM ? " Set DATA_DIR to a folder that can be written." : "";
  return {code, std::string("cannot ") + verb + ' ' + path + ": " + std::strerror(error) + '.' + hint, {}};
}

Result<void> check_local(const std::string& folder) {
#ifdef __linux__
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return cannot("look at", folder, errno);
  const std::string_view network = network_file_system(static_cast<int64_t>(info.f_type));
  if (!network.empty()) {
    return Error{ErrorCode::kConfig,
                 folder + " is on " + std::string(network) + ". A database there gets damaged: set DATA_DIR (and DATABASE_URL) to a folder on "
                 "a disk of this machine.", {}};
  }
#else
  (void)folder;
#endif
  return {};
}

Result<void> flush(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return cannot("open", path, errno);
  const int flushed = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (flushed != 0) return cannot("write", path, error);
  return {};
}

}  // namespace

std::string_view network_file_system(int64_t type) {
  switch (static_cast<uint32_t>(type)) {  // linux/magic.h; some are negative as signed 32-bit numbers
    case 0x00006969: return "NFS";
    case 0x0000517b: return "SMB";
    case 0xff534d42: return "CIFS";
    case 0xfe534d42: return "SMB";
    case 0x65735546: return "FUSE";
    case 0x01021997: return "9P";
    case 0x5346414f: return "AFS";
    case 0x73757245: return "Coda";
    case 0x00c36400: return "Ceph";
    case 0x0bd00bd0: return "Lustre";
    case 0x0000564c: return "NCP";
    default: return {};
  }
}

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& folder, const std::string& database_file) {
  const std::string beside = folder_of(database_file);
  for (const std::string& place : {folder, beside}) {
    if (auto made = make_private_folder(place); !made) return Error{ErrorCode::kConfig, made.error().message + ". Set DATA_DIR to a folder that can be written.", {}};
    if (auto local = check_local(place); !local) return local.error();
  }
  for (const char* part : {"", "-wal"}) {
    if (!file_exists(database_file + part)) continue;
    if (auto checked = check_private(database_file + part); !checked) return checked.error();
  }
  std::unique_ptr<DataFolder> opened(new DataFolder(beside == folder ? folder + kBallastName : database_file + ".ballast"));
  if (auto locked = opened->lock(folder + kLockName); !locked) return locked.error();
  if (beside != folder) {
    if (auto locked = opened->lock(database_file + ".lock"); !locked) return locked.error();
  }
  return opened;
}

DataFolder::~DataFolder() {
  for (const int fd : locks_) {
    if (fd >= 0) ::close(fd);
  }
}

Result<void> DataFolder::lock(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("open", file, errno);
  locks_[locks_[0] < 0 ? 0 : 1] = fd;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return cannot("lock", file, errno);
    return Error{ErrorCode::kConflict, "Another Whinchat is using " + folder_of(file) + ". Stop it first, or give this one another DATA_DIR.", {}};
  }
  return {};
}

void DataFolder::keep_ballast() const {
  const std::string& file = ballast_;
  const int64_t free = free_bytes(file);
  const int64_t bytes = std::min<int64_t>(limits::kBallastBytes, free / 8);
  if (file_exists(file) || bytes < limits::kBallastBytesLeast) return;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const bool whole = ::posix_fallocate(fd, 0, bytes) == 0;
  ::close(fd);
  if (!whole) ::unlink(file.c_str());
}

bool DataFolder::drop_ballast() const { return ::unlink(ballast_.c_str()) == 0; }

int64_t free_bytes(const std::string& beside) {
  struct statvfs info {};
  if (::statvfs(folder_of(beside).c_str(), &info) != 0) return -1;
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

Result<void> flush_file(const std::string& file) { return flush(file, O_RDWR); }
Result<void> flush_folder_of(const std::string& file) { return flush(folder_of(file), O_RDONLY | O_DIRECTORY); }

}  // namespace whinchat::store
