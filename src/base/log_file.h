// Where log lines go: a file that rotation may replace, or the terminal. What differs between systems is in
// log_file_posix.cpp. Thread-safe; owned by the log.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace whinchat {

class LogFile {
 public:
  // Appends; makes the file (0600) and missing folders (0700). Error: kIo with a sentence.
  static Result<std::shared_ptr<const LogFile>> open(const std::string& path);
  static std::shared_ptr<const LogFile> standard_error();

  LogFile(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  // One write: lines of several threads never mix. What does not fit is lost rather than waited for.
  void write(const std::string& line) const;
  bool is_terminal() const;

 private:
  int descriptor_;
  bool owned_;
};

}  // namespace whinchat
