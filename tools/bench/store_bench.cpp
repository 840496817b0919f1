// The store on its own: how fast it appends, and a load whose every acknowledgement is on record.
//
//   store_bench append [WRITERS [SECONDS [FOLDER]]]   prints appends per second and the times of single ones
//   store_bench acknowledge FOLDER WRITERS            until its stdin ends: "ok N" when message N is acknowledged, "error CODE",
//                                                     "read ok" or "read CODE" every 20 ms
//   store_bench list FOLDER                           "whole", then the number of every message that is there
//
// An append is what a sent message costs: 1 KB of text with its entries for search, the conversation's new head and time, the
// user's revision, and the usage of the day; synchronous=FULL.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "store/conversations.h"
#include "store/database.h"
#include "store/messages.h"

using namespace whinchat;
using namespace whinchat::store;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kUser = "0190aaaa-0000-7000-8000-000000000001";
constexpr const char* kWords[] = {"river", "stone", "autumn", "whinchat", "Grüße", "meadow", "letter", "evening", "harbour", "cloud", "winter", "lamp"};

int64_t now_ms() { return SystemClock().now().epoch_ms; }

std::string text_of(int64_t number) {  // about 1 KB, different each time
  std::string text = std::to_string(number) + ' ';
  unsigned state = static_cast<unsigned>(number) * 2654435761u + 1;
  while (text.size() < 1000) {
    state = state * 1664525u + 1013904223u;
    text += kWords[(state >> 16) % std::size(kWords)];
    text += (state & 7) == 0 ? std::to_string(state >> 20) + ' ' : " ";
  }
  return text;
}

std::string conversation_of(int writer) {
  const std::string number = std::to_string(writer % 1000);
  return "0190aaaa-0000-7000-8000-000000001" + std::string(3 - number.size(), '0') + number;
}

Result<void> prepare(Connection& c, int writers) {
  if (auto done = run(c, "INSERT OR IGNORE INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, 'bench', 'bench', 'user', 'free', 0)", kUser); !done) return done;
  for (int i = 0; i < writers; ++i) {
    Conversation wanted;
    wanted.id = conversation_of(i);
    if (auto made = create_conversation(c, kUser, wanted); !made.ok()) return made.error();
  }
  return {};
}

Result<void> append(Connection& c, const std::string& conversation, int64_t number, int64_t now) {
  Message message;
  message.id = make_id(now);
  message.conversation_id = conversation;
  message.content = text_of(number);
  message.created_ms = now;
  if (auto done = insert_message(c, message); !done) return done;
  if (auto done = run(c, "UPDATE user SET revision = revision + 1 WHERE id = ?1", kUser); !done) return done;
  auto touched = run(c, "UPDATE conversation SET head_id = ?2, updated_ms = ?3, revision = (SELECT revision FROM user WHERE id = ?4) WHERE id = ?1",
                     conversation, message.id, now, kUser);
  if (!touched) return touched;
  return run(c, "INSERT INTO usage (user_id, day, provider, model, messages, input_tokens) VALUES (?1, ?2, 'openai', 'gpt', 1, 250) "
                "ON CONFLICT DO UPDATE SET messages = messages + 1, input_tokens = input_tokens + 250", kUser, rfc3339(now).substr(0, 10));
}

std::unique_ptr<Log> quiet_log() {
  LogOptions options;
  options.console = std::getenv("STORE_BENCH_LOG") != nullptr;
  return Log::open(options).value();
}

std::unique_ptr<Database> open(const std::string& folder, Log& log) {
  DatabaseOptions options;
  options.folder = folder;
  options.daily_backup = false;
  auto opened = Database::open(options, log);
  if (opened.ok()) return std::move(opened).value();
  std::fprintf(stderr, "%s (%s)\n", opened.error().message.c_str(), opened.error().detail.c_str());
  return nullptr;
}

void say(const std::string& line) {  // one write(2): a kill leaves whole lines
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(3);
}

int run_append(int writers, int seconds, const std::string& folder) {
  const auto log = quiet_log();
  const auto db = open(folder, *log);
  if (!db || !db->write([&](Connection& c) { return prepare(c, writers); })) return 1;
  std::vector<std::vector<double>> times(static_cast<size_t>(writers));
  std::vector<std::thread> threads;
  std::atomic<bool> go_on{true};
  std::atomic<long> failed{0};
  const auto begun = Clock::now();
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      const std::string conversation = conversation_of(w);
      for (int i = w; go_on; i += writers) {
        const auto from = Clock::now();
        if (!db->write([&](Connection& c) { return append(c, conversation, i, now_ms()); })) ++failed;
        times[static_cast<size_t>(w)].push_back(std::chrono::duration<double, std::milli>(Clock::now() - from).count());
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  go_on = false;
  for (auto& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - begun).count();
  std::vector<double> all;
  for (const auto& own : times) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) { return all[std::min(all.size() - 1, static_cast<size_t>(share * static_cast<double>(all.size())))]; };
  const DatabaseStats stats = db->stats();
  std::printf("appends/s %.0f   p50 %.2f ms   p99 %.2f ms   max %.1f ms   (%d writers, %.1f a commit, %ld failed, %.1f s)\n",
              static_cast<double>(all.size()) / took, at(0.5), at(0.99), all.back(), writers,
              static_cast<double>(stats.writes) / static_cast<double>(std::max(1L, stats.commits)), failed.load(), took);
  return failed == 0 ? 0 : 1;
}

int run_acknowledge(const std::string& folder, int writers) {
  const auto log = quiet_log();
  const auto db = open(folder, *log);
  if (!db) return 1;
  std::atomic<bool> go_on{true};
  std::atomic<int64_t> next{now_ms() * 1000};  // other numbers after a restart
  (void)db->write([&](Connection& c) { return prepare(c, writers); });
  say("ready\n");
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      while (go_on) {
        const int64_t number = next++;
        auto done = db->write([&](Connection& c) { return append(c, conversation_of(w), number, now_ms()); });
        say(done ? "ok " + std::to_string(number) + '\n' : "error " + std::string(wire_name(done.error().code)) + '\n');
        if (!done) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
  }
  threads.emplace_back([&] {
    while (go_on) {
      auto read = db->read([](Connection& c) { return one<int64_t>(c, "SELECT count(*) FROM conversation", [](const Row& r) { return r.integer(0); }); });
      say(read.ok() ? "read ok\n" : "read " + std::string(wire_name(read.error().code)) + '\n');
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {}
  go_on = false;
  for (auto& thread : threads) thread.join();
  return 0;
}

int run_list(const std::string& folder) {
  const auto log = quiet_log();
  const auto db = open(folder, *log);
  if (!db) return 1;
  auto listed = db->read([](Connection& c) -> Result<std::string> {
    auto checked = c.check(true);
    if (!checked.ok()) return checked.error();
    std::string text = (*checked == "ok" ? "whole" : *checked) + '\n';
    auto numbers = all<std::string>(c, "SELECT content FROM message ORDER BY seq", [](const Row& r) { return r.text(0); });
    if (!numbers.ok()) return numbers.error();
    for (const std::string& content : *numbers) text += content.substr(0, content.find(' ')) + '\n';
    return text;
  });
  if (!listed.ok()) return std::fprintf(stderr, "%s (%s)\n", listed.error().message.c_str(), listed.error().detail.c_str()), 1;
  std::fputs(listed->c_str(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const auto number = [&](int at, int fallback) { return argc > at ? std::max(1, std::atoi(argv[at])) : fallback; };
  if (mode == "append") {
    std::string folder = argc > 4 ? argv[4] : (std::filesystem::temp_directory_path() / ("store-bench-" + std::to_string(::getpid()))).string();
    const int status = run_append(number(2, 16), number(3, 5), folder);
    if (argc <= 4) std::filesystem::remove_all(folder);
    return status;
  }
  if (mode == "acknowledge" && argc > 3) return run_acknowledge(argv[2], number(3, 8));
  if (mode == "list" && argc > 2) return run_list(argv[2]);
  std::fprintf(stderr, "usage: store_bench append [WRITERS [SECONDS [FOLDER]]] | acknowledge FOLDER WRITERS | list FOLDER\n");
  return 2;
}
