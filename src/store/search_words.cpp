#include "store/search_words.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>

#include "base/utf8.h"

namespace whinchat::store {

namespace {

using Emit = int (*)(void*, int, const char*, int, int, int);

fts5_api* api_of(sqlite3* handle) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) return nullptr;
  sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  return api;
}

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

bool is_word_alone(char32_t c) {
  if (c < 0x0E00) return false;
  return in(c, 0x0E00, 0x0EFF) || in(c, 0x1000, 0x109F) || in(c, 0x1780, 0x17FF) ||                            // Thai, Lao, Burmese, Khmer
         in(c, 0x3041, 0x30FF) || in(c, 0x31F0, 0x31FF) || in(c, 0x3400, 0x4DBF) || in(c, 0x4E00, 0x9FFF) ||   // kana, Han
         in(c, 0xAC00, 0xD7A3) || in(c, 0xF900, 0xFAFF) || in(c, 0xFF66, 0xFF9D) || in(c, 0x20000, 0x3FFFD);  // Hangul, the rest
}

// One tokenizer: SQLite's own, and the way to it.
struct Words {
  fts5_tokenizer inner{};
  Fts5Tokenizer* instance = nullptr;
};

// Hands tokens of a piece of the text on, with their places in the whole.
struct Shifted {
  void* context;
  Emit emit;
  int shift;
};

int emit_shifted(void* context, int flags, const char* token, int bytes, int begin, int end) {
  const auto& to = *static_cast<Shifted*>(context);
  return to.emit(to.context, flags, token, bytes, begin + to.shift, end + to.shift);
}

int create(void* api, const char**, int, Fts5Tokenizer** out) {
  auto words = std::make_unique<Words>();
  void* inner_context = nullptr;
  auto* fts5 = static_cast<fts5_api*>(api);
  if (const int code = fts5->xFindTokenizer(fts5, "unicode61", &inner_context, &words->inner); code != SQLITE_OK) return code;
  const char* arguments[] = {"remove_diacritics", "2"};
  if (const int code = words->inner.xCreate(inner_context, arguments, 2, &words->instance); code != SQLITE_OK) return code;
  *out = reinterpret_cast<Fts5Tokenizer*>(words.release());
  return SQLITE_OK;
}

void destroy(Fts5Tokenizer* tokenizer) {
  auto* words = reinterpret_cast<Words*>(tokenizer);
  words->inner.xDelete(words->instance);
  delete words;
}

int tokenize(Fts5Tokenizer* tokenizer, void* context, int flags, const char* data, int size, Emit emit) {
  auto& words = *reinterpret_cast<Words*>(tokenizer);
  const std::string_view text(data, static_cast<size_t>(size));
  const auto pass_on = [&](size_t begin, size_t end) {
    if (begin == end) return SQLITE_OK;
    Shifted shifted{context, emit, static_cast<int>(begin)};
    return words.inner.xTokenize(words.instance, &shifted, flags, data + begin, static_cast<int>(end - begin), emit_shifted);
  };
  size_t begin = 0;  // of what unicode61 has not seen yet
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0xE0) {  // below U+0800: nothing of ours
      ++at;
      continue;
    }
    const size_t start = at;
    if (!is_word_alone(next_code_point(text, at))) continue;
    if (const int code = pass_on(begin, start); code != SQLITE_OK) return code;
    begin = at;
    if (const int code = emit(context, 0, data + start, static_cast<int>(at - start), static_cast<int>(start), static_cast<int>(at)); code != SQLITE_OK) return code;
  }
  return pass_on(begin, text.size());
}

struct Collector {
  std::vector<Token>* tokens;
  size_t count_max;
};

int collect(void* context, int, const char* token, int bytes, int begin, int end) {
  auto& to = *static_cast<Collector*>(context);
  if (to.tokens->size() >= to.count_max) return SQLITE_DONE;
  to.tokens->push_back({std::string(token, static_cast<size_t>(bytes)), static_cast<size_t>(begin), static_cast<size_t>(end)});
  return SQLITE_OK;
}

}  // namespace

Result<void> register_search_words(sqlite3* handle) {
  fts5_api* api = api_of(handle);
  fts5_tokenizer tokenizer{create, destroy, tokenize};
  if (api != nullptr && api->xCreateTokenizer(api, "whinchat_words", api, &tokenizer, nullptr) == SQLITE_OK) return {};
  return Error{ErrorCode::kInternal, "The search cannot be set up.", sqlite3_errmsg(handle)};
}

std::vector<Token> tokens_of(sqlite3* handle, const char* name, std::string_view text, size_t count_max) {
  std::vector<Token> tokens;
  fts5_api* api = api_of(handle);
  fts5_tokenizer tokenizer{};
  void* context = nullptr;
  if (api == nullptr || api->xFindTokenizer(api, name, &context, &tokenizer) != SQLITE_OK) return tokens;
  const char* arguments[] = {"remove_diacritics", "1"};
  Fts5Tokenizer* instance = nullptr;
  const int count = std::string_view(name) == "trigram" ? 2 : 0;
  if (tokenizer.xCreate(context, arguments, count, &instance) != SQLITE_OK) return tokens;
  Collector collector{&tokens, count_max};
  tokenizer.xTokenize(instance, &collector, FTS5_TOKENIZE_DOCUMENT, text.data(), static_cast<int>(text.size()), collect);
  tokenizer.xDelete(instance);
  return tokens;
}

}  // namespace whinchat::store
