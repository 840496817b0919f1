#include "store/search.h"

#include <set>

#include "base/limits.h"
#include "memory_store.h"
#include "store/search_query.h"
#include "store/search_words.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

// The snippet with its marks in brackets.
std::string marked(const SearchResult& result) {
  std::string out;
  for (const SnippetPart& part : result.snippet) out += part.mark ? "[" + part.text + "]" : part.text;
  return out;
}

class Library : public MemoryStore {
 public:
  Conversation chat = add_conversation(anna, "Holiday plans");
  // The first result's snippet, or "" when nothing is found. In no hurry: sanitizers are slow.
  std::string first(const std::string& query, const std::string& user = "") {
    while (index_pending(*connection, 100).value() > 0) {}
    const auto page = search(*connection, user.empty() ? anna : user, query, 0, 20, std::chrono::seconds(30)).value();
    return page.results.empty() ? "" : marked(page.results[0]);
  }
};

}  // namespace

TEST_CASE("words are found whatever their case and accents, all of them must be there") {
  Library library;
  library.add_message(library.chat, "We met at the Caf\xC3\xA9 in Z\xC3\xBCrich, then left.");
  CHECK(library.first("cafe") == "We met at the [Caf\xC3\xA9] in Z\xC3\xBCrich, then left.");
  CHECK(library.first("ZURICH caf\xC3\x89") == "We met at the [Caf\xC3\xA9] in [Z\xC3\xBCrich], then left.");
  CHECK(library.first("zurich geneva").empty());
  CHECK(library.first("at") == "We met [at] the Caf\xC3\xA9 in Z\xC3\xBCrich, then left.");
}

TEST_CASE("parts of words are found from three characters on, and only where they stand in this order") {
  Library library;
  library.add_message(library.chat, "Counterpart of the thermometer");
  CHECK(library.first("erpar") == "Count[erpar]t of the thermometer");
  CHECK(library.first("mometer") == "Counterpart of the ther[mometer]");
  CHECK(library.first("er").empty());
  library.add_message(library.chat, "abcd xbcde");
  CHECK(library.first("abcde").empty());  // each of its trigrams is there, the word is not
  CHECK(library.first("part ther") == "Counter[part] of the [ther]mometer");
}

TEST_CASE("Chinese, Japanese, Korean and Thai are found by any characters that follow each other") {
  Library library;
  library.add_message(library.chat, "\xE6\x88\x91\xE4\xBB\xAC\xE5\x8E\xBB\xE5\x8C\x97\xE4\xBA\xAC\xE6\x97\x85\xE6\xB8\xB8 GPT4");  // 我们去北京旅游
  CHECK(library.first("\xE5\x8C\x97\xE4\xBA\xAC") == "\xE6\x88\x91\xE4\xBB\xAC\xE5\x8E\xBB[\xE5\x8C\x97\xE4\xBA\xAC]\xE6\x97\x85\xE6\xB8\xB8 GPT4");
  CHECK_FALSE(library.first("\xE6\xB8\xB8").empty());
  CHECK(library.first("\xE4\xBA\xAC\xE5\x8C\x97").empty());
  CHECK_FALSE(library.first("\xE4\xBA\xAC\xE6\x97\x85\xE6\xB8\xB8").empty());
  CHECK_FALSE(library.first("gpt4 \xE6\x97\x85").empty());
  library.add_message(library.chat, "\xEC\x95\x88\xEB\x85\x95\xED\x95\x98\xEC\x84\xB8\xEC\x9A\x94");
  CHECK_FALSE(library.first("\xEB\x85\x95\xED\x95\x98").empty());
}

TEST_CASE("only the caller's own is found, and nothing deleted") {
  Library library;
  library.add_message(library.chat, "A secret of Anna");
  CHECK(library.first("secret", library.bert).empty());
  CHECK(library.first("ecre", library.bert).empty());
  CHECK(library.first("holiday", library.bert).empty());
  CHECK_FALSE(library.first("secret").empty());
  REQUIRE(delete_conversation(*library.connection, library.anna, library.chat.id, kT0).ok());
  CHECK(library.first("secret").empty());
  CHECK(library.first("holiday").empty());
  REQUIRE(restore_conversation(*library.connection, library.anna, library.chat.id, kT0).ok());
  CHECK_FALSE(library.first("secret").empty());
}

TEST_CASE("titles come first, then messages from the newest on, page by page, each once") {
  Library library;
  for (int i = 0; i < 45; ++i) library.add_message(library.chat, "holiday number " + std::to_string(i));
  library.first("x");
  std::multiset<std::string> seen;
  int64_t before = 0;
  int pages = 0;
  do {
    const auto page = search(*library.connection, library.anna, "holiday", before, 20).value();
    for (const SearchResult& result : page.results) {
      if (result.message_id) seen.insert(*result.message_id);
    }
    if (pages == 0) {
      CHECK_FALSE(page.results[0].message_id.has_value());
      CHECK(marked(page.results[0]) == "[Holiday] plans");
      CHECK(marked(page.results[1]) == "[holiday] number 44");
    } else {
      CHECK(page.results[0].message_id.has_value());
    }
    before = page.next.value_or(0);
    ++pages;
    library.add_message(library.chat, "holiday later");  // newer than everything behind the cursor
  } while (before > 0);
  CHECK(pages == 3);
  CHECK(seen.size() == 45);
  for (const auto& id : seen) CHECK(seen.count(id) == 1);
}

TEST_CASE("what is removed, renamed or still running is not in the index") {
  Library library;
  Connection& c = *library.connection;
  REQUIRE(update_conversation(c, library.anna, library.chat.id, {.title = "Winter"}, kT0).ok());
  CHECK(library.first("holiday").empty());
  CHECK(library.first("inte") == "W[inte]r");
  Message running = MemoryStore::message(library.chat, "", {}, MessageRole::kAssistant);
  running.state = TurnState::kRunning;
  REQUIRE(insert_message(c, running).ok());
  CHECK(library.count("SELECT count(*) FROM search_pending") == 0);
  MessageEnd end;
  end.content = "finished answer";
  REQUIRE(finish_message(c, running.id, end).ok());
  CHECK(library.first("finished") == "[finished] answer");
  const Message pending = library.add_message(library.chat, "not indexed yet");
  REQUIRE(delete_conversation(c, library.anna, library.chat.id, kT0).ok());
  CHECK(purge_deleted(c, kT0 + 1, 10).value() == 1);
  CHECK(library.count("SELECT count(*) FROM search_pending") == 0);
  for (const char* table : {"message_words", "message_parts", "title_words", "title_parts"}) {
    CAPTURE(table);
    CHECK(c.execute(std::string("INSERT INTO ") + table + "(" + table + ") VALUES ('integrity-check')").ok());
  }
  CHECK(library.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'finished OR indexed'") == 0);
  CHECK(library.count("SELECT count(*) FROM message_parts WHERE message_parts MATCH 'fin'") == 0);
}

TEST_CASE("removing a user leaves nothing of theirs in the index") {
  Library library;
  library.add_message(library.chat, "to be forgotten");
  library.first("x");
  REQUIRE(run(*library.connection, "DELETE FROM user WHERE id = ?1", library.anna).ok());
  CHECK(library.count("SELECT count(*) FROM message") == 0);
  CHECK(library.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'forgotten'") == 0);
  CHECK(library.count("SELECT count(*) FROM message_parts WHERE message_parts MATCH 'for'") == 0);
  CHECK(library.count("SELECT count(*) FROM title_words WHERE title_words MATCH 'holiday'") == 0);
}

TEST_CASE("hostile searches are text like any other") {
  Library library;
  library.add_message(library.chat, "100%% of \"quotes\" AND c++ (maybe) NEAR it's -x a*b ^start {col}:value");
  for (const std::string query : {"%%%%", "\"", "'; DROP TABLE message;--", "NEAR(", "AND OR NOT", "text:", "-x", "a*", "^", "{}", "(((((", "\\", "c++", "\"quotes\"",
                                  "\xE2\x80\xAE", "\xF0\x9F\x90\xA6", "* * * * *", "message_words MATCH 'x'"}) {
    CAPTURE(query);
    const auto page = search(*library.connection, library.anna, query, 0, 20);
    CHECK((page.ok() || page.error().code == ErrorCode::kInvalidRequest));
  }
  CHECK(library.first("\"quotes\"") != "");
  CHECK(library.first("c++ maybe") != "");
  CHECK(library.first("AND") != "");
  for (const std::string& query : {std::string(), std::string("   "), std::string("!"), std::string("a\0b", 3), std::string("\xff\xfe"), std::string(300, 'a'),
                                  std::string("a b c d e f g h i j k l m n o p q r s t")}) {
    CAPTURE(query);
    CHECK(code_of(search(*library.connection, library.anna, query, 0, 20)) == ErrorCode::kInvalidRequest);
  }
  CHECK(search(*library.connection, library.anna, "quotes", -5, 20).ok());
}

TEST_CASE("the searcher's key in a query or a message opens nothing") {
  Library library;
  const Conversation theirs = library.add_conversation(library.bert, "Bert's");
  library.add_message(theirs, search_key(library.anna) + " planted");
  library.first("x");
  CHECK(library.first("planted").empty());
  CHECK(library.first(search_key(library.bert)).empty());
  CHECK(search_key(library.anna) != search_key(library.bert));
}

TEST_CASE("a long message gives a short snippet of one line around the match") {
  Library library;
  library.add_message(library.chat, std::string(3000, 'x') + "\nhere is the\nneedle \xE4\xBD\xA0\xE5\xA5\xBD\n" + std::string(3000, 'y'));
  const std::string snippet = library.first("needle");
  CHECK(snippet.find("here is the [needle]") != std::string::npos);
  CHECK(snippet.find('\n') == std::string::npos);
  CHECK(snippet.starts_with("\xE2\x80\xA6"));
  CHECK(snippet.size() < 400);
}

TEST_CASE("what is certain without tokens is never wrong") {
  Library library;
  sqlite3* handle = library.connection->handle();
  const std::vector<std::string> texts = {"A plain text about c++ and foo-bar, x2.", "Caf\xC3\xA9 \xE2\x84\xAA""elvin", "\xE5\x8C\x97\xE4\xBA\xAC tea", "na\xC3\xAFve co\xCC\x81pt", "", "xyz", "TEA-time tea2",
                                          "\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\xA3 wide", "\xD0\x9F\xD0\xA0\xD0\x98\xD0\x92\xD0\x95\xD0\xA2", "\xE3\x81\x82\xE3\x82\x93"};
  const std::vector<std::string> queries = {"plain", "PLAIN", "lain", "c++", "foo-bar", "foo bar", "x2", "x", "cafe", "caf\xC3\xA9", "kelvin", "\xE5\x8C\x97", "\xE4\xBA\xAC tea", "naive", "copt", "tea", "ea",
                                            "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", "\xE3\x82\x93", "-time", "t\xC3\xA9""a", "\xEF\xBC\xA1"};
  for (const std::string& typed : queries) {
    const auto query = parse_query(handle, typed, "key");
    REQUIRE(query.ok());
    for (const std::string& text : texts) {
      CAPTURE(typed);
      CAPTURE(text);
      if (lacks_a_term(*query, text)) CHECK_FALSE(find_terms(handle, *query, text).has_value());
    }
  }
  CHECK(lacks_a_term(parse_query(handle, "absent", "key").value(), texts[0]));
  CHECK(lacks_a_term(parse_query(handle, "ai", "key").value(), texts[0]));
  CHECK_FALSE(lacks_a_term(parse_query(handle, "plain", "key").value(), texts[0]));
}

TEST_CASE("a search that finds nothing after many looks goes on where it stopped") {
  Library library;
  library.add_message(library.chat, "here is abcde at last");
  for (int i = 0; i < limits::kSearchLooks + 100; ++i) library.add_message(library.chat, "abcd xbcde");  // all trigrams, not the word
  library.first("x");
  const auto first = search(*library.connection, library.anna, "abcde", 0, 20).value();
  CHECK(first.results.empty());
  REQUIRE(first.next.has_value());
  const auto second = search(*library.connection, library.anna, "abcde", *first.next, 20).value();
  REQUIRE(second.results.size() == 1);
  CHECK_FALSE(second.next.has_value());
}

TEST_CASE("words that are rare among the newest texts alone lead to the same results as all of them") {
  Library library;
  const std::vector<std::string> words = {"abcuvw", "defuvx", "ghiuvy", "jkluvz", "mnouwv", "pqruwx", "stauwy"};
  std::string query, beginnings, endings;
  for (const std::string& word : words) {
    query += word + " ";
    beginnings += word.substr(0, 3) + " x" + word.substr(2, 3) + " ";
    endings += word.substr(3) + " x" + word.substr(2, 3) + " ";
  }
  for (int i = 0; i < 3; ++i) {
    library.add_message(library.chat, "first " + query);
    library.add_message(library.chat, "in a sentence: x" + query + "all of them");
  }
  for (int i = 0; i < limits::kSearchGuesses + 100; ++i) library.add_message(library.chat, beginnings);  // more than are looked at for a guess
  for (int i = 0; i < 2 * limits::kSearchProbe; ++i) library.add_message(library.chat, endings);         // rare before, frequent now
  library.first("x");
  const auto whole = search(*library.connection, library.anna, query, 0, 20, std::chrono::seconds(30)).value();
  REQUIRE(whole.results.size() == 6);
  CHECK_FALSE(whole.next.has_value());
  for (size_t i = 1; i < whole.results.size(); ++i) CHECK(*whole.results[i - 1].message_id > *whole.results[i].message_id);
}

TEST_CASE("who has nearly everything is served as who has nearly nothing, and neither finds what is the other's") {
  Library library;
  const Conversation his = library.add_conversation(library.bert, "Bert's");
  for (int i = 0; i < 20 * limits::kSearchProbe; ++i) library.add_message(library.chat, "common " + std::to_string(i));
  library.add_message(his, "common and secret");
  for (int i = 0; i < 5 * limits::kSearchProbe; ++i) library.add_message(library.chat, "common " + std::to_string(i));
  library.first("x");
  const auto found = [&](const std::string& user, const std::string& query) {
    return search(*library.connection, user, query, 0, 20, std::chrono::seconds(30)).value().results.size();
  };
  CHECK(found(library.anna, "common") == 20);
  CHECK(found(library.anna, "secret") == 0);
  CHECK(found(library.anna, "ecre") == 0);
  CHECK(found(library.bert, "common") == 1);
  CHECK(found(library.bert, "ommo secret") == 1);
  CHECK(found(library.bert, "7") == 0);
}

TEST_CASE("a word that is frequent in what others wrote long ago does not hide the own old text behind it") {
  Library library;
  const Conversation his = library.add_conversation(library.bert, "Bert's");
  library.add_message(library.chat, "der Hund");
  for (int i = 0; i < 2200; ++i) library.add_message(his, "der Tag");
  for (int i = 0; i < 3 * limits::kSearchProbe; ++i) library.add_message(library.chat, "the day");
  const auto page = search(*library.connection, library.anna, "der", 0, 20, std::chrono::seconds(30)).value();
  REQUIRE(page.results.size() == 1);
  CHECK(marked(page.results[0]) == "[der] Hund");
  CHECK_FALSE(page.next.has_value());
}

TEST_CASE("a very long message is found by its beginning, and can be removed") {
  Library library;
  std::string text = "beginning ";
  for (int i = 0; i < 60'000; ++i) text += "word" + std::to_string(i % 100) + " ";
  library.add_message(library.chat, text + "ending");
  CHECK_FALSE(library.first("beginning").empty());
  CHECK(library.first("ending").empty());
  REQUIRE(run(*library.connection, "DELETE FROM message").ok());
  CHECK(library.connection->execute("INSERT INTO message_words(message_words) VALUES ('integrity-check')").ok());
  CHECK(library.count("SELECT count(*) FROM message_words WHERE message_words MATCH 'word5'") == 0);
  CHECK(library.count("SELECT count(*) FROM message_parts WHERE message_parts MATCH 'wor'") == 0);
}

TEST_CASE("the time limit of a search ends with it") {
  Library library;
  library.first("holiday");
  CHECK(library.count("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n") == 3'000'000);
}
