// Log files on POSIX systems (open(2) with O_APPEND, write(2), isatty(3)).
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/log_file.h"

namespace whinchat {

Result<std::shared_ptr<const LogFile>> LogFile::open(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    if (auto made = make_private_folder(path.substr(0, slash)); !made) return made.error();
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (descriptor < 0) return Error{ErrorCode::kIo, "cannot write the log file " + path + ": " + std::strerror(errno), {}};
  return std::shared_ptr<const LogFile>(std::make_shared<LogFile>(descriptor, true));
}

std::shared_ptr<const LogFile> LogFile::standard_error() { return std::make_shared<LogFile>(STDERR_FILENO, false); }

LogFile::~LogFile() {
  if (owned_) ::close(descriptor_);
}

void LogFile::write(const std::string& line) const {
  while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

bool LogFile::is_terminal() const { return ::isatty(descriptor_) == 1; }

}  // namespace whinchat
