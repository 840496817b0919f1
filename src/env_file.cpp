#include "env_file.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; }
bool is_blank_character(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  EnvFile read() {
    while (!at_end()) {
      const int line = line_;
      const std::string problem = read_line();
      if (!problem.empty()) file_.problems.push_back("line " + std::to_string(line) + ": " + problem);
      to_next_line();
      if (file_.entries.size() + file_.problems.size() > limits::kEnvFileEntries) {
        file_.problems.push_back("there are more than " + std::to_string(limits::kEnvFileEntries) + " lines with settings");
        break;
      }
    }
    return std::move(file_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char here() const { return at_end() ? '\n' : text_[at_]; }
  bool at_line_end() const { return here() == '\n' || here() == '\r'; }
  void skip_blanks() { while (!at_end() && is_blank_character(here())) ++at_; }

  void to_next_line() {
    while (!at_end() && !at_line_end()) ++at_;
    if (at_end()) return;
    if (here() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  // One setting, a comment or nothing. The answer is the problem, empty when there is none.
  std::string read_line() {
    skip_blanks();
    if (at_line_end() || here() == '#') return {};
    const int line = line_;
    auto name = read_name();
    if (!name) return "this is neither NAME=value nor a comment (which begins with #)";
    if (*name == "export" && is_name_start(here())) name = read_name();
    if (at_line_end() || here() == '#') return {};  // a name alone sets nothing
    if (here() != '=') return "after the name " + escape_for_log(*name, 64) + " there must be an '='";
    ++at_;
    const size_t after_equals = at_;
    skip_blanks();
    std::string value;
    std::string problem;
    if (here() == '"' || here() == '\'') {
      problem = read_quoted(value);
    } else {
      value = read_plain(at_ > after_equals);
    }
    if (problem.empty()) add(*name, std::move(value), line);
    return problem;
  }

  std::optional<std::string> read_name() {
    const bool quoted = here() == '\'';
    if (quoted) ++at_;
    const size_t begin = at_;
    if (at_end() || !is_name_start(here())) return std::nullopt;
    while (!at_end() && is_name(here())) ++at_;
    std::string name(text_.substr(begin, at_ - begin));
    if (quoted && here() != '\'') return std::nullopt;
    if (quoted) ++at_;
    skip_blanks();
    return name;
  }

  std::string read_plain(bool after_blank) {
    const size_t begin = at_;
    while (!at_end() && !at_line_end()) ++at_;
    const std::string_view value = text_.substr(begin, at_ - begin);
    size_t end = value.size();
    for (size_t i = 0; i < value.size(); ++i) {
      const bool blank_before = i == 0 ? after_blank : is_blank_character(value[i - 1]);
      if (value[i] == '#' && blank_before) {
        end = i;
        break;
      }
    }
    return std::string(trim(value.substr(0, end)));
  }

  std::string read_quoted(std::string& value) {
    const char quote = here();
    for (++at_; !at_end() && here() != quote; ++at_) {
      if (here() == '\n') ++line_;
      if (here() == '\\' && at_ + 1 < text_.size() && append_escape(text_[at_ + 1], quote, value)) {
        ++at_;
        continue;
      }
      value += here();
    }
    if (at_end()) return std::string("the quote (") + quote + ") that begins the value has no end";
    ++at_;
    skip_blanks();
    if (at_line_end() || here() == '#') return {};
    return "there is something after the closing quote";
  }

  // False: no escape; the backslash stands for itself.
  static bool append_escape(char c, char quote, std::string& value) {
    constexpr std::string_view kNames = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const size_t which = kNames.find(c);
    if (which == std::string_view::npos || (quote == '\'' && c != '\\' && c != '\'')) return false;
    value += kMeanings[which];
    return true;
  }

  void add(const std::string& name, std::string value, int line) {
    if (value.find("${") != std::string::npos) {
      file_.warnings.push_back("line " + std::to_string(line) + ": ${...} in " + escape_for_log(name, 64) +
                               " is taken as it stands. Write the value itself");
    }
    file_.entries.push_back({name, std::move(value), line});
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  EnvFile file_;
};

}  // namespace

EnvFile parse_env_file(std::string_view text) {
  EnvFile refused;
  if (text.size() > limits::kEnvFileBytes) {
    refused.problems.push_back("the file is larger than " + std::to_string(limits::kEnvFileBytes) + " bytes");
  } else if (text.find('\0') != std::string_view::npos) {
    refused.problems.push_back("the file has NUL bytes. Save it as plain text in UTF-8");
  } else if (!is_valid_utf8(text)) {
    refused.problems.push_back("the file is not valid UTF-8. Save it as plain text in UTF-8");
  }
  if (!refused.problems.empty()) return refused;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return Reader(text).read();
}

}  // namespace whinchat
