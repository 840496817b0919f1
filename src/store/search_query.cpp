#include "store/search_query.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::store {

namespace {

Error refusal(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

// A string of FTS5's query language: nothing in it has a meaning.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// Once is enough.
void need(std::vector<SearchNeed>& needs, std::string_view text, size_t term) {
  std::string match = quoted(text);
  const bool known = std::any_of(needs.begin(), needs.end(), [&](const SearchNeed& one) { return one.match == match; });
  if (!known) needs.push_back({std::move(match), term});
}

std::vector<std::string> texts_of(std::vector<Token> tokens) {
  std::vector<std::string> out;
  for (Token& token : tokens) out.push_back(std::move(token.text));
  return out;
}

bool is_space(char32_t c) { return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029; }

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> out;
  std::string term;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    if (!is_space(next_code_point(text, at))) {
      term.append(text, start, at - start);
      continue;
    }
    if (!term.empty()) out.push_back(std::exchange(term, {}));
  }
  if (!term.empty()) out.push_back(std::move(term));
  return out;
}

// Every place where the sequence stands in the tokens.
void add_places(const std::vector<Token>& tokens, const std::vector<std::string>& sequence, std::vector<Range>& out) {
  if (sequence.empty() || tokens.size() < sequence.size()) return;
  for (size_t i = 0; i + sequence.size() <= tokens.size(); ++i) {
    size_t k = 0;
    while (k < sequence.size() && tokens[i + k].text == sequence[k]) ++k;
    if (k == sequence.size()) out.push_back({tokens[i].begin, tokens[i + k - 1].end});
  }
}

void put_in_order(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.begin <= merged.back().end) merged.back().end = std::max(merged.back().end, range.end);
    else merged.push_back(range);
  }
  ranges = std::move(merged);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Letters that fold to ASCII (accents, the Kelvin sign) or marks that vanish may be in it.
bool may_fold_to_ascii(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0xC2 && byte <= 0xCD) || byte == 0xE1 || byte == 0xE2 || byte == 0xEF;
  });
}

// Kana, Han and Hangul, which nothing is folded in.
bool is_east_asian(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c < 0x3041 || c > 0xD7A3) return false;
  }
  return true;
}

bool is_word_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// lower: in lower case. A byte beyond ASCII counts as an end of the word, as it may be one.
bool has_whole_word(std::string_view lower, std::string_view word) {
  for (size_t at = lower.find(word); at != std::string_view::npos; at = lower.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_word_byte(lower[at - 1])) && (end == lower.size() || !is_word_byte(lower[end]))) return true;
  }
  return false;
}

void move_code_points(std::string_view text, size_t& at, size_t count) {
  while (count-- > 0 && at < text.size()) next_code_point(text, at);
}

void move_back(std::string_view text, size_t& at, size_t count) {
  while (count-- > 0 && at > 0) {
    do --at;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  }
}

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

}  // namespace

Result<SearchQuery> parse_query(sqlite3* handle, std::string_view text, std::string_view key) {
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) return refusal("The search is not valid UTF-8 text.");
  if (count_code_points(text) > limits::kSearchCodePoints) {
    return refusal("A search has " + std::to_string(limits::kSearchCodePoints) + " characters at most.");
  }
  SearchQuery query;
  for (std::string& term : split_at_spaces(text)) {
    if (query.terms.size() >= limits::kSearchTerms) return refusal("A search has " + std::to_string(limits::kSearchTerms) + " words at most.");
    SearchTerm made{term, texts_of(tokens_of(handle, "whinchat_words", term)), texts_of(tokens_of(handle, "trigram", term))};
    if (!made.words.empty() || !made.parts.empty()) query.terms.push_back(std::move(made));
  }
  if (query.terms.empty()) return refusal("Type a word to look for.");
  const bool only_words = std::all_of(query.terms.begin(), query.terms.end(), [](const SearchTerm& term) { return !term.words.empty(); });
  const bool some_parts = std::any_of(query.terms.begin(), query.terms.end(), [](const SearchTerm& term) { return !term.parts.empty(); });
  if (only_words) need(query.words, key, kOwner);
  if (some_parts) need(query.parts, key, kOwner);
  for (size_t at = 0; at < query.terms.size(); ++at) {
    const SearchTerm& term = query.terms[at];
    if (only_words) need(query.words, term.text, at);
    // Every third one and the last hold all characters; more of them only make the index work longer.
    for (size_t i = 0; i < term.parts.size(); i += 3) need(query.parts, term.parts[i], at);
    if (!term.parts.empty()) need(query.parts, term.parts.back(), at);
  }
  return query;
}

bool lacks_a_term(const SearchQuery& query, std::string_view text) {
  const std::string lower = lower_ascii(text);
  const bool folds = may_fold_to_ascii(text);
  for (const SearchTerm& term : query.terms) {
    if (is_east_asian(term.text)) {
      if (text.find(term.text) == std::string_view::npos) return true;
      continue;
    }
    // The first word is in every match, of the words as of the parts; a term without one is its own text.
    const std::string needle = term.words.empty() ? lower_ascii(term.text) : term.words[0];
    if (folds || !is_ascii(needle)) continue;  // not certain
    if (term.parts.empty() ? !has_whole_word(lower, needle) : lower.find(needle) == std::string::npos) return true;
  }
  return false;
}

std::optional<std::vector<Range>> find_terms(sqlite3* handle, const SearchQuery& query, std::string_view text) {
  const std::vector<Token> words = tokens_of(handle, "whinchat_words", text);
  std::optional<std::vector<Token>> parts;
  std::vector<Range> found;
  for (const SearchTerm& term : query.terms) {
    const size_t before = found.size();
    add_places(words, term.words, found);
    if (!term.parts.empty()) {
      if (!parts) parts = tokens_of(handle, "trigram", text);
      add_places(*parts, term.parts, found);
    }
    if (found.size() == before) return std::nullopt;
  }
  put_in_order(found);
  return found;
}

std::vector<SnippetPart> snippet_of(std::string_view text, const std::vector<Range>& ranges) {
  size_t begin = ranges.empty() ? 0 : ranges[0].begin;
  move_back(text, begin, limits::kSnippetBefore);
  size_t end = begin;
  move_code_points(text, end, limits::kSnippetCodePoints);
  std::vector<SnippetPart> out;
  const auto add = [&](std::string piece, bool mark) {
    if (!piece.empty()) out.push_back({std::move(piece), mark});
  };
  size_t at = begin;
  std::string plain = begin > 0 ? "\xE2\x80\xA6" : "";  // "…"
  for (const Range& range : ranges) {
    if (range.begin >= end) break;
    const size_t until = std::min(range.end, end);
    add(plain + on_one_line(text.substr(at, range.begin - at)), false);
    plain.clear();
    add(on_one_line(text.substr(range.begin, until - range.begin)), true);
    at = until;
  }
  add(plain + on_one_line(text.substr(at, end - at)) + (end < text.size() ? "\xE2\x80\xA6" : ""), false);
  return out;
}

}  // namespace whinchat::store
