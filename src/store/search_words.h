// Words of a text, as the search index sees them. Internal to store/.
//
// The FTS5 tokenizer "whinchat_words" is unicode61 (case and diacritics are folded), but every character of a script that is
// written without spaces (Chinese, Japanese, Thai ...) or in long compounds (Korean) is a word of its own: a search for two
// characters is a search for one after the other. Source: sqlite.org/fts5.html sections 4.3 and 7.1 (3.53, 2026).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sqlite3;

namespace whinchat::store {

// Makes the tokenizer known to a connection. Every connection needs it before it touches the index.
Result<void> register_search_words(sqlite3* handle);

struct Token {
  std::string text;   // folded
  size_t begin = 0;   // bytes in the text it came from
  size_t end = 0;
};

// The text cut as the tokenizer `name` does it ("whinchat_words", "trigram"); count_max ends it early.
std::vector<Token> tokens_of(sqlite3* handle, const char* name, std::string_view text, size_t count_max = SIZE_MAX);

}  // namespace whinchat::store
