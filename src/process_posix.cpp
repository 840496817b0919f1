#include "process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>

namespace whinchat {

size_t raise_descriptor_limit(size_t at_once) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1024;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (const int home = ::open("/", O_RDONLY | O_CLOEXEC); home >= 0) {
    const int highest = ::fcntl(home, F_DUPFD_CLOEXEC, static_cast<int>(std::min<rlim_t>(at_once, files.rlim_cur) - 1));
    if (highest >= 0) ::close(highest);
    ::close(home);
  }
  return static_cast<size_t>(files.rlim_cur);
}

void protect_process() {
  ::umask(077);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

bool standard_input_is_pipe() {
  struct stat input{};
  return ::fstat(STDIN_FILENO, &input) == 0 && (S_ISFIFO(input.st_mode) || S_ISSOCK(input.st_mode));
}

void exit_now(int code) { ::_exit(code); }

}  // namespace whinchat
