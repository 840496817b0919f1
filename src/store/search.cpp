#include "store/search.h"

#include <algorithm>
#include <chrono>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/search_plan.h"
#include "store/search_query.h"

namespace whinchat::store {

namespace {

using Clock = std::chrono::steady_clock;

// One after the other, newest first: FTS5 walks its lists backwards and stops when enough was taken. Whose it is is asked
// last, when the text fits; where the index was not asked for the user's key, the others' texts are not even read.
#define WHINCHAT_MESSAGES_OF(table)                                                                                     \
  "SELECT m.seq, iif(m.search_key = ?4, substr(m.content, 1, 200000), NULL) FROM " table                               \
  " CROSS JOIN message m ON m.seq = " table ".rowid"                                                                   \
  " WHERE " table " MATCH ?1 AND " table ".rowid < ?2 AND " table ".rowid > ?3 ORDER BY " table ".rowid DESC"
#define WHINCHAT_TITLES_OF(table)                                                                                       \
  "SELECT c.seq, iif(c.search_key = ?4, c.title, NULL) FROM " table " CROSS JOIN conversation c ON c.seq = " table ".rowid" \
  " WHERE " table " MATCH ?1 AND " table ".rowid < ?2 AND " table ".rowid > ?3 ORDER BY " table ".rowid DESC"
#define WHINCHAT_PROBE_OF(table)                                                                                        \
  "SELECT count(*), min(at) FROM (SELECT rowid AS at FROM " table " WHERE " table " MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT 16)"
static_assert(limits::kSearchProbe == 16);
constexpr std::string_view kMessage =
    "SELECT m.id, m.conversation_id, m.role, m.created_ms, c.title FROM message m JOIN conversation c ON c.id = m.conversation_id"
    " WHERE m.seq = ?1 AND c.user_id = ?2 AND c.deleted_ms IS NULL";
constexpr std::string_view kTitle =
    "SELECT NULL, c.id, '', c.updated_ms, c.title FROM conversation c WHERE c.seq = ?1 AND c.user_id = ?2 AND c.deleted_ms IS NULL";

constexpr int kStrangersMax = 2000;  // texts of others that are passed over, 2 ms, before the index is asked for the user's key

// A table of words or of parts: the texts in it, and how often something is in it.
struct Index {
  std::string_view texts;
  std::string_view probe;
};
// Where to look: by words, by parts, and what a result says beside its text.
struct Place {
  Index by_words;
  Index by_parts;
  std::string_view about;
  std::string_view newest;
};
constexpr Place kMessages{{WHINCHAT_MESSAGES_OF("message_words"), WHINCHAT_PROBE_OF("message_words")},
                          {WHINCHAT_MESSAGES_OF("message_parts"), WHINCHAT_PROBE_OF("message_parts")},
                          kMessage, "SELECT max(seq) FROM message"};
constexpr Place kTitles{{WHINCHAT_TITLES_OF("title_words"), WHINCHAT_PROBE_OF("title_words")},
                        {WHINCHAT_TITLES_OF("title_parts"), WHINCHAT_PROBE_OF("title_parts")},
                        kTitle, "SELECT max(seq) FROM conversation"};

struct Hit {
  int64_t seq = 0;
  SearchResult result;
};

struct Hits {
  std::vector<Hit> hits;      // newest first
  int64_t looked_until = 0;   // everything from there on was looked at; 0: everything
};

// The statements of one search, which share its time.
class Search {
 public:
  Search(Connection& connection, std::string_view user_id, const SearchQuery& query, std::chrono::milliseconds time_max)
      : connection_(connection), user_id_(user_id), key_(search_key(user_id)), query_(query), until_(Clock::now() + time_max) {
    connection_.set_time_limit_ms(static_cast<int>(time_max.count()));
  }
  ~Search() { connection_.set_time_limit_ms(0); }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Both indexes, merged: newest first, each once, `count` at most.
  Result<Hits> find(const Place& place, int64_t before, int count) {
    Hits found;
    auto newest = one<int64_t>(connection_, place.newest, [](const Row& row) { return row.integer(0); });
    if (!newest.ok() && newest.error().code != ErrorCode::kTimeout) return std::move(newest).error();
    before = std::min(before, newest.ok() ? newest->value_or(0) + 1 : before);
    if (auto added = add(place, place.by_words, query_.words, before, count, found); !added) return added.error();
    if (auto added = add(place, place.by_parts, query_.parts, before, count, found); !added) return added.error();
    auto& hits = found.hits;
    std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.seq > b.seq; });
    hits.erase(std::unique(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.seq == b.seq; }), hits.end());
    while (!hits.empty() && hits.back().seq < found.looked_until) hits.pop_back();  // the next page finds it again, among its like
    if (hits.size() > static_cast<size_t>(count)) hits.resize(static_cast<size_t>(count));
    return found;
  }
  bool complete() const { return complete_; }

 private:
  // Goes on from what was found already: older ones than a whole page of them, and those among them, need no second look.
  struct Walk {
    size_t known;
    int64_t after;
    int64_t last;        // the row looked at last
    int taken = 0;
    int looked_at = 0;
    int strangers = 0;
    bool guess = false;  // what the index is asked for may leave too many texts ...
    bool own = false;    // ... and texts of others when it is not asked for the key
    bool over = false;

    bool gives_up() const { return (guess && looked_at >= limits::kSearchGuesses) || (!own && strangers >= kStrangersMax); }
  };

  Result<void> add(const Place& place, const Index& index, const std::vector<SearchNeed>& needs, int64_t before, int count, Hits& found) {
    if (needs.empty()) return {};
    Walk walk{found.hits.size(), static_cast<int>(found.hits.size()) < count ? 0 : found.hits.back().seq, before};
    const std::string all = match_of(needs);
    auto plan = plan_search(connection_, index.probe, needs, before);
    if (!plan.ok() && plan.error().code != ErrorCode::kTimeout) return std::move(plan).error();
    const SearchPlan asked = plan.ok() ? std::move(plan).value() : SearchPlan{all, all, all};  // late: so will be the next step
    if (asked.few.empty()) return {};
    walk.guess = asked.few.size() < asked.telling.size();
    if (auto walked = add(place, index, asked.few, count, walk, found); !walked) return walked;
    for (int tries = 0; tries < 2 && !walk.over; ++tries) {
      walk.guess = false;
      walk.own = walk.strangers >= kStrangersMax;
      if (auto walked = add(place, index, walk.own ? asked.own : asked.telling, count, walk, found); !walked) return walked;
    }
    return {};
  }

  Result<void> add(const Place& place, const Index& index, const std::string& match, int count, Walk& walk, Hits& found) {
    Statement statement(connection_, index.texts);
    statement.bind(match, walk.last, walk.after, key_);
    while (walk.taken < count) {
      auto stepped = statement.step();
      if (!stepped.ok() && stepped.error().code != ErrorCode::kTimeout) return std::move(stepped).error();
      walk.over = stepped.ok() && !*stepped;
      if (walk.over) return {};
      const bool late = !stepped.ok() || Clock::now() > until_;
      if (!late && walk.gives_up()) return {};  // this row comes once more
      if (late || walk.looked_at >= limits::kSearchLooks) {
        walk.over = true;
        complete_ = complete_ && !late;
        found.looked_until = std::max(found.looked_until, walk.last);
        return {};
      }
      walk.last = statement.row().integer(0);
      const auto text = statement.row().text_or_null(1);
      ++(text ? walk.looked_at : walk.strangers);
      if (!text) continue;
      auto fits = is_known(walk, found.hits) ? Result<bool>(true) : take(place, walk.last, *text, found.hits);
      if (!fits.ok()) return std::move(fits).error();
      walk.taken += *fits;
    }
    walk.over = true;
    return {};
  }

  static bool is_known(const Walk& walk, const std::vector<Hit>& hits) {
    return std::any_of(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(walk.known), [&](const Hit& hit) { return hit.seq == walk.last; });
  }

  // Looks at the text itself: the index of parts knows what is in it, not in which order.
  Result<bool> take(const Place& place, int64_t seq, const std::string& text, std::vector<Hit>& hits) {
    if (lacks_a_term(query_, text)) return false;
    const auto ranges = find_terms(connection_.handle(), query_, text);
    if (!ranges) return false;
    auto result = one<SearchResult>(connection_, place.about, [](const Row& row) {
      const MessageRole role = from_wire_name<MessageRole>(row.text(2)).value_or(MessageRole::kUser);
      return SearchResult{row.text(1), row.text(4), row.text_or_null(0), role, row.integer(3), {}};
    }, seq, user_id_);
    if (!result.ok() && result.error().code != ErrorCode::kTimeout) return std::move(result).error();
    if (!result.ok() || !*result) return false;
    (*result)->snippet = snippet_of(text, *ranges);
    hits.push_back({seq, std::move(**result)});
    return true;
  }

  Connection& connection_;
  std::string_view user_id_;
  const std::string key_;
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

Result<SearchPage> search(Connection& connection, std::string_view user_id, std::string_view text, int64_t before, int limit,
                          std::chrono::milliseconds time_max) {
  auto query = parse_query(connection.handle(), text, search_key(user_id));
  if (!query.ok()) return std::move(query).error();
  Search search(connection, user_id, *query, time_max);
  SearchPage page;
  const auto add = [&page](Hits& found) {
    for (Hit& hit : found.hits) page.results.push_back(std::move(hit.result));
  };
  if (before <= 0) {
    auto titles = search.find(kTitles, INT64_MAX, limits::kSearchTitles);
    if (!titles.ok()) return std::move(titles).error();
    add(*titles);
  }
  auto messages = search.find(kMessages, before > 0 ? before : INT64_MAX, limit + 1);
  if (!messages.ok()) return std::move(messages).error();
  if (messages->looked_until > 0 && messages->looked_until < INT64_MAX) page.next = messages->looked_until;
  if (messages->hits.size() > static_cast<size_t>(limit)) {
    messages->hits.resize(static_cast<size_t>(limit));
    page.next = messages->hits.back().seq;
  }
  add(*messages);
  page.complete = search.complete();
  return page;
}

Result<int> index_pending(Connection& connection, int max) {
  auto pending = all<int64_t>(connection, "SELECT seq FROM search_pending ORDER BY seq LIMIT ?1",
                              [](const Row& row) { return row.integer(0); }, max);
  if (!pending.ok()) return std::move(pending).error();
  for (const int64_t seq : *pending) {
    auto indexed = run(connection,
                       "INSERT INTO message_parts(rowid, text)"
                       " SELECT seq, search_key || ' ' || substr(content, 1, 200000) FROM message WHERE seq = ?1", seq);
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
