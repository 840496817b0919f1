// Files on POSIX systems (open(2), fstat(2), fsync(2), rename(2)).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/crypto.h"
#include "base/file.h"

namespace whinchat {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error failure(std::string_view verb, const std::string& path, int error) {
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : error == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kIo;
  return {code, "cannot " + std::string(verb) + ' ' + path + ": " + std::strerror(error), {}};
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  // O_NONBLOCK: opening a pipe must not hang; it changes nothing for a regular file.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file.ok() || ::fstat(file.get(), &info) != 0) return failure("read", path, errno);
  if (!S_ISREG(info.st_mode)) return Error{ErrorCode::kIo, "cannot read " + path + ": it is not a regular file", {}};

  std::string content;
  char block[16 * 1024];
  while (true) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("read", path, errno);
    if (got == 0) return content;
    content.append(block, static_cast<size_t>(got));
    if (content.size() > bytes_max) {
      return Error{ErrorCode::kTooLarge, "cannot read " + path + ": it is larger than " + std::to_string(bytes_max) + " bytes", {}};
    }
  }
}

Result<void> write_file_atomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + '.' + random_hex(6) + ".tmp";
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.ok()) return failure("write", path, errno);
    if (!write_all(file.get(), content) || ::fsync(file.get()) != 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return failure("write", path, error);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failure("write", path, error);
  }
  // The new name is in the folder; without this it could be lost with the power.
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.ok()) ::fsync(folder.get());
  return {};
}

Result<void> check_private(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return failure("read", path, errno);
  if ((info.st_mode & 077) == 0) return {};
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(info.st_mode & 07777));
  return Error{ErrorCode::kConfig,
               path + " holds secrets, but its mode " + mode + " lets other users of this machine at them. Run: chmod 600 " +
                   shell_word(path),
               {}};
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool folder_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<void> make_private_folder(const std::string& path) {
  for (size_t slash = path.find('/', 1); ; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (!folder_exists(part) && ::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return failure("make the folder", part, errno);
    if (slash == std::string::npos) break;
  }
  if (!folder_exists(path)) return failure("make the folder", path, ENOTDIR);
  return {};
}

std::string shell_word(std::string_view path) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::strchr("/._-+,:@%", c) != nullptr;
  };
  bool needs_quotes = path.empty();
  for (const char c : path) needs_quotes = needs_quotes || c == '\0' || !plain(c);
  if (!needs_quotes) return std::string(path);
  std::string word = "'";
  for (const char c : path) {
    if (c == '\'') word += "'\\''";
    else word += c;
  }
  return word + '\'';
}

}  // namespace whinchat
