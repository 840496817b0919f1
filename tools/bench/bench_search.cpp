// Prints how long searches take in a database of its own with many messages.
//   bench_search [messages] [searches]      (200000 and 2000 by default; the database lies in a temporary folder)
// The texts are made of 40,000 words that are as rare as words are (Zipf), a tenth of them Chinese. Three users: one has
// nearly everything, one a thousandth, one a single message.
#include <stdlib.h>  // NOLINT: mkdtemp is POSIX
#include <time.h>    // NOLINT: clock_gettime is POSIX

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/limits.h"
#include "store/conversations.h"
#include "store/database.h"
#include "store/messages.h"
#include "store/search.h"

using namespace whinchat;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kWords = 40'000;
constexpr int kPerConversation = 40;
constexpr int kJob = 200;  // messages in one job

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// What this thread has really computed: other programs on the machine do not count.
double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "bench_search: %s (%s)\n", error.message.c_str(), error.detail.c_str());
  std::exit(1);
}

template <class T>
T checked(Result<T> result) {
  if (!result.ok()) stop(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

class Texts {
 public:
  Texts() {
    std::uniform_int_distribution<int> letter('a', 'z'), length(2, 11), han(0x4E00, 0x5E00);
    for (int i = 0; i < kWords; ++i) {
      std::string word;
      if (i % 10 == 9) {
        for (int k = 0; k < 2; ++k) {
          const int c = han(random_);
          word += {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
        }
      } else {
        for (int k = length(random_); k > 0; --k) word += static_cast<char>(letter(random_));
      }
      words_.push_back(word);
    }
  }
  // 1: the most frequent word. Its frequency falls as its rank grows.
  const std::string& word(double flatness = 1.0) {
    const double u = std::uniform_real_distribution<double>(0, 1)(random_);
    return words_[static_cast<size_t>(std::min<double>(kWords - 1, std::pow(kWords, u * flatness) - 1))];
  }
  std::string message() {
    std::string out;
    while (out.size() < 800) out += word() + ' ';
    return out;
  }
  size_t pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }

 private:
  std::mt19937 random_{1};
  std::vector<std::string> words_;
};

std::string add_user(store::Database& db, const std::string& name) {
  const std::string id = make_id(1);
  checked(db.write([&](store::Connection& c) {
    return store::run(c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, ?2, ?2, 'user', 'free', 0)", id, name);
  }));
  return id;
}

void add_messages(store::Database& db, const std::string& user, int count, Texts& texts) {
  for (int done = 0; done < count;) {
    const int now = std::min(kJob, count - done);
    checked(db.write([&](store::Connection& c) -> Result<void> {
      Message message;
      for (int i = 0; i < now; ++i) {
        if (i % kPerConversation == 0) {
          Conversation wanted;
          wanted.id = make_id(done);
          wanted.title = texts.word() + " " + texts.word();
          wanted.updated_ms = done;
          if (auto made = store::create_conversation(c, user, wanted); !made.ok()) return made.error();
          message.conversation_id = wanted.id;
        }
        message.id = make_id(done);
        message.content = texts.message();
        if (auto inserted = store::insert_message(c, message); !inserted) return inserted;
      }
      return {};
    }));
    done += now;
  }
}

// times: in order.
double percentile(const std::vector<double>& times, size_t percent) { return times[std::min(times.size() - 1, times.size() * percent / 100)]; }

void measure(store::Connection& reader, const std::string& user, const char* what, int count, Texts& texts, std::string (*query)(Texts&)) {
  std::vector<double> times, cpu;
  size_t found = 0;
  for (int i = 0; i < count; ++i) {
    const std::string text = query(texts);
    const auto start = Clock::now();
    const double cpu_start = cpu_ms();
    auto page = store::search(reader, user, text, 0, limits::kSearchPage);
    cpu.push_back(cpu_ms() - cpu_start);
    times.push_back(ms_since(start));
    if (page.ok()) found += page->results.size();
    else if (page.error().code != ErrorCode::kInvalidRequest) stop(page.error());
  }
  std::sort(cpu.begin(), cpu.end());
  std::sort(times.begin(), times.end());
  std::printf("  %-26s p50 %6.2f  p99 %6.2f  max %6.2f ms of CPU   (%6.2f  %6.2f  %6.2f ms on the clock)  %4.1f results\n", what, percentile(cpu, 50),
              percentile(cpu, 99), cpu.back(), percentile(times, 50), percentile(times, 99), times.back(), static_cast<double>(found) / count);
}

std::string frequent_word(Texts& texts) { return texts.word(0.3); }
std::string some_word(Texts& texts) { return texts.word(); }
std::string rare_word(Texts& texts) { return texts.word() + "zq"; }
std::string two_words(Texts& texts) { return texts.word() + " " + texts.word(); }
std::string part(Texts& texts) {
  const std::string& word = texts.word();
  return word.size() > 4 && word[0] > 0 ? word.substr(1, 3) : word;
}
std::string phrase(Texts& texts) { return texts.word() + " " + texts.word() + " " + texts.word() + " " + texts.word(); }
std::string hostile(Texts& texts) {
  static const std::vector<std::string> kAll = {"%%%%%%%%", "a a a a a a a a a a a a a a a a", "aaa aab aac aad aae aaf aag aah aai aaj aak aal aam aan aao aap", "\"\"\"\"", "NEAR(a b)",
                                                "*", "the* OR a*", std::string(200, 'a'), "aba bab abab baba ababa babab ababab bababa"};
  return kAll[texts.pick(kAll.size())];
}

void run(const std::string& folder, int messages, int searches) {
  LogOptions log_options;
  log_options.console = false;
  auto log = checked(Log::open(log_options));
  store::DatabaseOptions options;
  options.folder = folder;
  auto db = checked(store::Database::open(options, *log));
  Texts texts;
  const std::string big = add_user(*db, "big"), small = add_user(*db, "small"), tiny = add_user(*db, "tiny");
  auto start = Clock::now();
  add_messages(*db, tiny, 1, texts);
  add_messages(*db, small, messages / 1000, texts);
  add_messages(*db, big, messages - messages / 1000 - 1, texts);
  std::printf("%d messages of 0.8 KB stored, words indexed: %.1f s (%.0f a second)\n", messages, ms_since(start) / 1000, messages / ms_since(start) * 1000);
  start = Clock::now();
  while (checked(db->write([](store::Connection& c) { return store::index_pending(c, limits::kIndexGroup); })) > 0) {}
  std::printf("parts of words indexed: %.1f s (%.0f a second, %.1f ms a job)\n", ms_since(start) / 1000, messages / ms_since(start) * 1000,
              ms_since(start) / messages * limits::kIndexGroup);
  std::printf("file: %.0f MB\n", static_cast<double>(std::filesystem::file_size(db->path())) / 1e6);
  auto reader = checked(store::Connection::open(db->path(), store::Mode::kReader));
  for (const auto& [user, name] : {std::pair{big, "user with nearly all"}, {small, "user with a thousandth"}, {tiny, "user with one message"}}) {
    std::printf("%s\n", name);
    measure(*reader, user, "a frequent word", searches, texts, frequent_word);
    measure(*reader, user, "a word", searches, texts, some_word);
    measure(*reader, user, "a word that is nowhere", searches, texts, rare_word);
    measure(*reader, user, "two words", searches, texts, two_words);
    measure(*reader, user, "four words", searches, texts, phrase);
    measure(*reader, user, "three letters of a word", searches, texts, part);
    measure(*reader, user, "hostile", searches, texts, hostile);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int messages = argc > 1 ? std::max(2000, std::atoi(argv[1])) : 200'000;
  const int searches = argc > 2 ? std::max(10, std::atoi(argv[2])) : 2000;
  std::string folder = (std::filesystem::temp_directory_path() / "whinchat-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  run(folder, messages, searches);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
