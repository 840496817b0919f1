// Search over a user's own titles and messages.
#pragma once

#include <string>
#include <string_view>

namespace whinchat::store {

// The user's word in the search index: three characters of Unicode's private use area, so that it is one term for both
// tokenizers (a word, and exactly one trigram). Made from the random end of the id. Two users may share one (1 in 7e10):
// it makes the search fast; that results are the caller's own is asked of the conversation itself.
std::string search_key(std::string_view user_id);

}  // namespace whinchat::store
