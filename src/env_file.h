// Reads the text of a .env file as python-dotenv does: NAME=value lines, "export ", quotes, comments.
//
//   NAME=value # comment        the value ends before white space and '#', and is trimmed
//   NAME='as is\'s'             only \\ and \' are escapes; may run over several lines
//   NAME="a\tb"                 \\ \' \" \a \b \f \n \r \t \v are escapes; may run over several lines
//   NAME                        (without '=') is skipped
// Unlike python-dotenv: ${OTHER} is not replaced (a warning says so), "NAME= # comment" is empty rather than "# comment",
// a byte order mark is skipped, and a line that cannot be read is a problem instead of being ignored.
// Pure. Source: python-dotenv 1.0.0, parser.py.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whinchat {

struct EnvFileEntry {
  std::string name;
  std::string value;
  int line = 0;  // from 1
};

struct EnvFile {
  std::vector<EnvFileEntry> entries;  // in order; when a name comes twice, the later one counts
  std::vector<std::string> problems;  // "line 3: ..."; never with the text of the line, which may hold a key
  std::vector<std::string> warnings;
};

EnvFile parse_env_file(std::string_view text);

}  // namespace whinchat
