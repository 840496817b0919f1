#include "store/search.h"

#include <algorithm>
#include <chrono>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/search_query.h"

namespace whinchat::store {

namespace {

using Clock = std::chrono::steady_clock;

// One after the other, newest first: FTS5 walks its lists backwards and stops when enough was taken.
constexpr std::string_view kMessagesByWords =
    "SELECT m.seq, m.id, m.conversation_id, m.role, m.created_ms, m.content, c.title FROM message_words"
    " CROSS JOIN message m ON m.seq = message_words.rowid CROSS JOIN conversation c ON c.id = m.conversation_id"
    " WHERE message_words MATCH ?1 AND message_words.rowid < ?2 AND c.user_id = ?3 AND c.deleted_ms IS NULL ORDER BY message_words.rowid DESC";
constexpr std::string_view kMessagesByParts =
    "SELECT m.seq, m.id, m.conversation_id, m.role, m.created_ms, m.content, c.title FROM message_parts"
    " CROSS JOIN message m ON m.seq = message_parts.rowid CROSS JOIN conversation c ON c.id = m.conversation_id"
    " WHERE message_parts MATCH ?1 AND message_parts.rowid < ?2 AND c.user_id = ?3 AND c.deleted_ms IS NULL ORDER BY message_parts.rowid DESC";
constexpr std::string_view kTitlesByWords =
    "SELECT c.seq, NULL, c.id, '', c.updated_ms, c.title, c.title FROM title_words CROSS JOIN conversation c ON c.seq = title_words.rowid"
    " WHERE title_words MATCH ?1 AND title_words.rowid < ?2 AND c.user_id = ?3 AND c.deleted_ms IS NULL ORDER BY title_words.rowid DESC";
constexpr std::string_view kTitlesByParts =
    "SELECT c.seq, NULL, c.id, '', c.updated_ms, c.title, c.title FROM title_parts CROSS JOIN conversation c ON c.seq = title_parts.rowid"
    " WHERE title_parts MATCH ?1 AND title_parts.rowid < ?2 AND c.user_id = ?3 AND c.deleted_ms IS NULL ORDER BY title_parts.rowid DESC";

struct Hit {
  int64_t seq = 0;
  SearchResult result;
};

// The statements of one search, which share its time.
class Search {
 public:
  Search(Connection& connection, std::string_view user_id, const SearchQuery& query)
      : connection_(connection), user_id_(user_id), query_(query), until_(Clock::now() + limits::kSearchTime) {
    connection_.set_time_limit_ms(static_cast<int>(limits::kSearchTime.count()));
  }
  ~Search() { connection_.set_time_limit_ms(0); }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Both indexes, merged: newest first, each once, `count` at most.
  Result<std::vector<Hit>> find(std::string_view by_words, std::string_view by_parts, int64_t before, int count) {
    std::vector<Hit> hits;
    if (auto added = add(by_words, query_.words_match, before, count, hits); !added) return added.error();
    if (auto added = add(by_parts, query_.parts_match, before, count, hits); !added) return added.error();
    std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.seq > b.seq; });
    hits.erase(std::unique(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.seq == b.seq; }), hits.end());
    if (hits.size() > static_cast<size_t>(count)) hits.resize(static_cast<size_t>(count));
    return hits;
  }
  bool complete() const { return complete_; }

 private:
  Result<void> add(std::string_view sql, const std::string& match, int64_t before, int count, std::vector<Hit>& hits) {
    if (match.empty()) return {};
    Statement statement(connection_, sql);
    statement.bind(match, before, user_id_);
    for (int found = 0; found < count;) {
      auto stepped = statement.step();
      if (!stepped.ok() && stepped.error().code != ErrorCode::kTimeout) return std::move(stepped).error();
      if (!stepped.ok() || (*stepped && Clock::now() > until_)) complete_ = false;
      if (!stepped.ok() || !*stepped || !complete_) return {};
      if (take(statement.row(), hits)) ++found;
    }
    return {};
  }

  // Looks at the text itself: the index of parts knows what is in it, not in which order.
  bool take(const Row& row, std::vector<Hit>& hits) {
    const std::string text = row.text(5);
    const auto ranges = find_terms(connection_.handle(), query_, text);
    if (!ranges) return false;
    Hit hit;
    hit.seq = row.integer(0);
    hit.result.message_id = row.text_or_null(1);
    hit.result.conversation_id = row.text(2);
    hit.result.role = from_wire_name<MessageRole>(row.text(3)).value_or(MessageRole::kUser);
    hit.result.created_ms = row.integer(4);
    hit.result.title = row.text(6);
    hit.result.snippet = snippet_of(text, *ranges);
    hits.push_back(std::move(hit));
    return true;
  }

  Connection& connection_;
  std::string_view user_id_;
  const SearchQuery& query_;
  const Clock::time_point until_;
  bool complete_ = true;
};

}  // namespace

std::string search_key(std::string_view user_id) {
  uint64_t hash = 14695981039346656037ull;  // FNV-1a, 64 bits
  for (const char c : user_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  std::string key;
  for (int i = 0; i < 3; ++i) append_utf8(key, static_cast<char32_t>(0xE000 + ((hash >> (20 + i * 12)) & 0xFFF)));
  return key;
}

Result<SearchPage> search(Connection& connection, std::string_view user_id, std::string_view text, int64_t before, int limit) {
  auto query = parse_query(connection.handle(), text, search_key(user_id));
  if (!query.ok()) return std::move(query).error();
  Search search(connection, user_id, *query);
  SearchPage page;
  const auto add = [&page](Hit& hit) { page.results.push_back(std::move(hit.result)); };
  if (before <= 0) {
    auto titles = search.find(kTitlesByWords, kTitlesByParts, INT64_MAX, limits::kSearchTitles);
    if (!titles.ok()) return std::move(titles).error();
    for (Hit& hit : *titles) add(hit);
  }
  auto messages = search.find(kMessagesByWords, kMessagesByParts, before > 0 ? before : INT64_MAX, limit + 1);
  if (!messages.ok()) return std::move(messages).error();
  if (messages->size() > static_cast<size_t>(limit)) {
    messages->resize(static_cast<size_t>(limit));
    page.next = messages->back().seq;
  }
  for (Hit& hit : *messages) add(hit);
  page.complete = search.complete();
  return page;
}

Result<int> index_pending(Connection& connection, int max) {
  auto pending = all<int64_t>(connection, "SELECT seq FROM search_pending ORDER BY seq LIMIT ?1", [](const Row& row) { return row.integer(0); }, max);
  if (!pending.ok()) return std::move(pending).error();
  for (const int64_t seq : *pending) {
    auto indexed = run(connection, "INSERT INTO message_parts(rowid, text) SELECT seq, search_key || ' ' || content FROM message WHERE seq = ?1", seq);
    if (!indexed.ok()) return std::move(indexed).error();
    auto done = run(connection, "DELETE FROM search_pending WHERE seq = ?1", seq);
    if (!done.ok()) return std::move(done).error();
  }
  return static_cast<int>(pending->size());
}

Result<int> pending_count(Connection& connection, int max) {
  auto count = one<int>(connection, "SELECT count(*) FROM (SELECT 1 FROM search_pending LIMIT ?1)",
                        [](const Row& row) { return static_cast<int>(row.integer(0)); }, max);
  if (!count.ok()) return std::move(count).error();
  return count->value_or(0);
}

}  // namespace whinchat::store
