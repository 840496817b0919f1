#include "base/log.h"

#include <cmath>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/limits.h"
#include "base/log_file.h"
#include "base/redact.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat {
namespace {

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "DEBUG";
    case LogLevel::kInfo: return "INFO";
    case LogLevel::kWarning: return "WARNING";
    case LogLevel::kError: return "ERROR";
  }
  return "ERROR";
}

const char* level_color(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "\x1b[2m";
    case LogLevel::kInfo: return "\x1b[32m";
    case LogLevel::kWarning: return "\x1b[33m";
    case LogLevel::kError: return "\x1b[31m";
  }
  return "";
}

// A JSON string. Everything that could break a line or a terminal leaves as \uXXXX; bad UTF-8 as U+FFFD.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (c == kNotUtf8) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029) {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(c >> shift) & 15];
    } else {
      out.append(text, begin, at - begin);
    }
  }
  out += '"';
}

std::string number_text(double value) { return std::isfinite(value) ? shortest_number(std::round(value * 1000) / 1000) : "null"; }

class StandardLog final : public Log {
 public:
  StandardLog(LogOptions options, std::shared_ptr<const LogFile> file)
      : options_(std::move(options)), file_(std::move(file)) {
    const char* terminal = std::getenv("TERM");
    const bool is_terminal = console_->is_terminal();
    text_ = options_.console_format == LogFormat::kText || (options_.console_format == LogFormat::kAuto && is_terminal);
    color_ = options_.color && is_terminal && terminal != nullptr && std::string_view(terminal) != "dumb";
  }

  bool enabled(LogLevel level) const override { return level >= options_.level; }

  void write(LogLevel level, std::string_view name, std::string_view message, Fields fields) override {
    if (!enabled(level)) return;
    try {
      write_line(level, name, message, fields);
    } catch (...) {  // out of memory: losing a line is better than losing the process
    }
  }

  Result<void> reopen() override {
    if (options_.file.empty()) return {};
    auto opened = LogFile::open(options_.file);
    if (!opened) return opened.error();
    const std::lock_guard lock(mutex_);
    file_ = std::move(*opened);
    return {};
  }

 private:
  void write_line(LogLevel level, std::string_view name, std::string_view message, Fields fields) {
    const int64_t now_ms = (options_.clock != nullptr ? options_.clock->now() : SystemClock().now()).epoch_ms;
    const std::string time = rfc3339(now_ms);
    const std::string clean = clean_value({}, message);
    std::string json;
    const std::shared_ptr<const LogFile> file = current_file();
    if (file || (options_.console && !text_)) json = json_line(time, level, name, clean, fields);
    if (file) file->write(json);
    if (options_.console) console_->write(text_ ? text_line(time, level, name, clean, fields) : json);
  }

  std::shared_ptr<const LogFile> current_file() const {
    const std::lock_guard lock(mutex_);
    return file_;
  }

  // Redacted and short. What lies far behind the cut is not even looked at.
  std::string clean_value(std::string_view key, std::string_view value) const {
    if (is_secret_name(key)) return std::string(kRedacted);
    std::string clean = redact_secrets(utf8_prefix(value, 8 * limits::kLogValueBytes), options_.secrets);
    if (clean.size() > limits::kLogValueBytes) {
      clean = std::string(utf8_prefix(clean, limits::kLogValueBytes)) + "…";
    }
    return clean;
  }

  std::string json_line(const std::string& time, LogLevel level, std::string_view name, const std::string& message,
                        Fields fields) const {
    std::string line = "{\"timestamp\":\"" + time + "\",\"name\":";
    append_json_string(line, name);
    line += ",\"level\":\"" + std::string(level_name(level)) + "\",\"message\":";
    append_json_string(line, message);
    for (const LogField& field : fields) {
      if (line.size() > limits::kLogLineBytes) break;
      line += ',';
      append_json_string(line, field.key);
      line += ':';
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        append_json_string(line, clean_value(field.key, *text));
      } else {
        line += plain_value(field);
      }
    }
    return line + "}\n";
  }

  // 09:14:05.123 WARNING http  slow reader  request=1f00a4 ms=15003
  std::string text_line(const std::string& time, LogLevel level, std::string_view name, const std::string& message,
                        Fields fields) const {
    std::string line = time.substr(11, 12) + ' ';
    std::string label = level_name(level);
    label.resize(7, ' ');
    line += color_ ? level_color(level) + label + "\x1b[0m" : label;
    line += ' ' + escape_for_log(name, limits::kLogValueBytes) + "  " + escape_for_log(message, limits::kLogValueBytes * 2);
    for (const LogField& field : fields) {
      if (line.size() > limits::kLogLineBytes) break;
      line += ' ' + escape_for_log(field.key, limits::kLogValueBytes) + '=';
      const auto* text = std::get_if<std::string_view>(&field.value);
      if (text == nullptr) {
        line += plain_value(field);
        continue;
      }
      const std::string value = escape_for_log(clean_value(field.key, *text), limits::kLogValueBytes * 2);
      line += value.empty() || value.find(' ') != std::string::npos ? '"' + value + '"' : value;
    }
    return line + '\n';
  }

  static std::string plain_value(const LogField& field) {
    if (const auto* number = std::get_if<long long>(&field.value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&field.value)) return number_text(*number);
    return std::get<bool>(field.value) ? "true" : "false";
  }

  const LogOptions options_;
  const std::shared_ptr<const LogFile> console_ = LogFile::standard_error();
  bool text_ = true;
  bool color_ = false;
  mutable std::mutex mutex_;  // guards the pointer only, never a write
  std::shared_ptr<const LogFile> file_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::open(LogOptions options) {
  std::shared_ptr<const LogFile> file;
  if (!options.file.empty()) {
    auto opened = LogFile::open(options.file);
    if (!opened) return opened.error();
    file = std::move(*opened);
  }
  return std::unique_ptr<Log>(std::make_unique<StandardLog>(std::move(options), std::move(file)));
}

}  // namespace whinchat
