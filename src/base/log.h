// The program's log: JSON lines to a file (the guide's fields: timestamp, name, level, message, then extras), readable
// lines on a terminal. Thread-safe; a write never throws and never blocks a loop for longer than one write(2).
//
// Nothing a person typed or was answered is ever passed in at INFO or above. Secrets are redacted all the same
// (keys, Authorization, Cookie, query strings), control characters and bad UTF-8 are escaped, values cut at 1 KiB, lines
// at 16 KiB. A line that cannot be written (disk full) is dropped.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace whinchat {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view key;
  std::variant<std::string_view, long long, double, bool> value;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <class I, class = std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>>>
  LogField(std::string_view k, I v) : key(k), value(static_cast<long long>(v)) {}
};

enum class LogFormat { kAuto, kText, kJson };  // kAuto: readable on a terminal, JSON lines otherwise

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  std::string file;       // empty: none. Missing folders are made (0700), the file is 0600. Always JSON lines
  bool console = true;    // lines on stderr as well
  LogFormat console_format = LogFormat::kAuto;
  bool color = true;      // false (NO_COLOR): never. Even so only readable lines on a terminal are coloured
  std::vector<Secret> secrets;           // exact texts that never appear, on top of what looks like a secret
  const WallClock* clock = nullptr;      // null: the system's. Not owned, outlives the log
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;
  static Result<std::unique_ptr<Log>> open(LogOptions options);
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view name, std::string_view message, Fields fields) = 0;
  virtual bool enabled(LogLevel level) const = 0;
  virtual Result<void> reopen() = 0;  // after log rotation (SIGHUP)

  void debug(std::string_view name, std::string_view message, Fields fields = {}) { write(LogLevel::kDebug, name, message, fields); }
  void info(std::string_view name, std::string_view message, Fields fields = {}) { write(LogLevel::kInfo, name, message, fields); }
  void warning(std::string_view name, std::string_view message, Fields fields = {}) { write(LogLevel::kWarning, name, message, fields); }
  void error(std::string_view name, std::string_view message, Fields fields = {}) { write(LogLevel::kError, name, message, fields); }
};

}  // namespace whinchat
