// Search over a user's own titles and messages: words, and parts of words of three characters and more.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "model/conversation.h"
#include "store/connection.h"

namespace whinchat::store {

// The user's word in the search index: three characters of Unicode's private use area, so that it is one term for both
// tokenizers (a word, and exactly one trigram). A hash of the id; two users may share one (1 in 7e10): it makes the search
// fast, and that results are the caller's own is asked of the conversation itself.
std::string search_key(std::string_view user_id);

struct SnippetPart {
  std::string text;
  bool mark = false;   // this is what was looked for
};

struct SearchResult {
  std::string conversation_id;
  std::string title;
  std::optional<std::string> message_id;  // none: the title fits
  MessageRole role = MessageRole::kUser;  // of a message
  int64_t created_ms = 0;                 // of a title: the conversation's last words
  std::vector<SnippetPart> snippet;
};

struct SearchPage {
  std::vector<SearchResult> results;
  std::optional<int64_t> next;  // pass as `before`
  bool complete = true;         // false: the time was up before everything was looked at
};

// Everything that holds all of the query's words, newest first; titles on top of the first page. A word of the query fits a
// whole word, and from three characters on any part of one; case and diacritics do not matter. Nothing in the query is an
// operator. before: 0 for the first page. A page may have fewer results than `limit` and still be followed by another: it ends
// after limits::kSearchLooks texts that do not fit after all, or after `time_max`, with what was found until then.
// Of a message the first 200,000 characters are looked at. A message's parts of words are found a moment after it was stored (index_pending). Errors: kInvalidRequest for a query
// without a word, one that is too long, or no UTF-8.
Result<SearchPage> search(Connection& connection, std::string_view user_id, std::string_view query, int64_t before, int limit,
                          std::chrono::milliseconds time_max = limits::kSearchTime);

// Brings up to `max` messages into the index of parts of words; gives how many. For the time when nobody waits for the writer.
Result<int> index_pending(Connection& connection, int max);
Result<int> pending_count(Connection& connection, int max);  // how many wait for that, counted up to max

}  // namespace whinchat::store
