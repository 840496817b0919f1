// What a person looks for, and where it stands in a text. Internal to store/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/search.h"
#include "store/search_words.h"

namespace whinchat::store {

struct SearchTerm {
  std::string text;                 // as typed
  std::vector<std::string> words;   // by whinchat_words; empty: punctuation alone
  std::vector<std::string> parts;   // by trigram; empty: shorter than three characters
};

// Something that a text must have, as a string for MATCH, and which term asks for it; kOwner: it is the user's key.
constexpr size_t kOwner = SIZE_MAX;
struct SearchNeed {
  std::string match;
  size_t term = kOwner;
};

struct SearchQuery {
  std::vector<SearchTerm> terms;
  std::vector<SearchNeed> words;    // what a text has in a table of words, all of it; empty: nothing to look for there
  std::vector<SearchNeed> parts;    // the same for parts of words
};

// key: search_key of the user, a term that every match must have.
Result<SearchQuery> parse_query(sqlite3* handle, std::string_view text, std::string_view key);

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// Is it certain, without cutting the text into tokens, that one of the terms is not in it? A hundred times faster than
// find_terms, and right for most of what the index of parts offers wrongly.
bool lacks_a_term(const SearchQuery& query, std::string_view text);

// Where the terms stand in the text, in order and not overlapping; nothing: one of them is not there.
std::optional<std::vector<Range>> find_terms(sqlite3* handle, const SearchQuery& query, std::string_view text);

// The piece of the text around the first range, on one line, cut at character boundaries.
std::vector<SnippetPart> snippet_of(std::string_view text, const std::vector<Range>& ranges);

}  // namespace whinchat::store
