// termios(3), isatty(3).
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "base/crypto.h"
#include "base/limits.h"
#include "terminal.h"

namespace whinchat {

namespace {

// What is typed is not shown while this exists.
class SilentTerminal {
 public:
  SilentTerminal() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  bool changed_;
};

Secret read_line() {
  char line[limits::kPasswordBytesMax + 3] = {};
  size_t size = 0;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    if (size < sizeof line) line[size++] = static_cast<char>(c);  // one more than is allowed is enough to refuse it
  }
  if (size > 0 && line[size - 1] == '\r') --size;
  Secret out(std::string_view(line, size));
  wipe(line, sizeof line);
  return out;
}

Secret prompt(const std::string& words) {
  std::fprintf(stderr, "%s", words.c_str());
  const SilentTerminal silent;
  Secret out = read_line();
  std::fprintf(stderr, "\n");
  return out;
}

}  // namespace

Result<Secret> ask_new_password(const std::string& whose) {
  if (::isatty(STDIN_FILENO) == 0) {
    Secret piped = read_line();
    if (piped.empty()) return Error{ErrorCode::kInvalidRequest, "There is no password: type it at a terminal, or give it as the first line of standard input.", ""};
    return piped;
  }
  Secret first = prompt("New password for " + whose + ": ");
  const Secret again = prompt("The same again: ");
  if (!first.equals(again.reveal())) return Error{ErrorCode::kInvalidRequest, "The two passwords differ.", ""};
  return first;
}

}  // namespace whinchat
