#include "store/keeper.h"

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "store/accounts_audit.h"
#include "store/backup.h"

namespace whinchat::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "whinchat-";
constexpr std::string_view kEnding = ".db";
constexpr int64_t kDayMs = 24 * 3600 * 1000LL;

std::vector<std::string> days_in(const std::string& folder) {
  std::vector<std::string> days;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    const size_t around = kPrefix.size() + kEnding.size();
    if (name.size() != around + 10 || !name.starts_with(kPrefix) || !name.ends_with(kEnding)) continue;
    days.push_back(name.substr(kPrefix.size(), 10));
  }
  return days;
}

}  // namespace

Keeper::Keeper(KeeperOptions options, const DataFolder& folder, Writer& writer, Log& log)
    : options_(std::move(options)), folder_(folder), writer_(writer), log_(log) {
  thread_ = std::thread([this] { serve(); });
}

Keeper::~Keeper() { stop(); }

void Keeper::stop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Keeper::sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !woken_.wait_for(lock, time, [this] { return ending_.load(); });
}

void Keeper::serve() {
  const SystemClock clock;
  folder_.keep_ballast();
  if (options_.check_soon) check(clock.now().epoch_ms);
  auto pause = limits::kKeeperFirstLook;
  while (sleep(pause)) {
    look(clock.now().epoch_ms);
    pause = limits::kKeeperPause;
  }
}

void Keeper::look(int64_t now_ms) {
  folder_.keep_ballast();
  optimize(now_ms);
  if (options_.daily_backup) back_up(now_ms);
  std::error_code failed;
  const auto checked = fs::last_write_time(options_.backups + "/checked", failed);
  const auto age = failed ? fs::file_time_type::duration::max() : fs::file_time_type::clock::now() - checked;
  if (failed || age > limits::kCheckEvery) check(now_ms);
}

void Keeper::back_up(int64_t now_ms) {
  if (writer_.damaged()) return;  // good backups must not be pushed out by bad ones
  const std::string file = options_.backups + '/' + std::string(kPrefix) + rfc3339(now_ms).substr(0, 10) + std::string(kEnding);
  if (file_exists(file)) return;
  Result<void> made = make_private_folder(options_.backups);
  if (made) made = copy_database(options_.path, file, &ending_);
  if (made) {
    log_.info("store", "Daily backup made", {{"file", file}});
    const auto noted = writer_.run([&](Connection& c) { return append_audit(c, {0, now_ms, "server", "backup made", file, "", ""}); });
    if (!noted && !ending_) log_.warning("store", "The audit could not be told of the backup", {{"detail", noted.error().detail}});
    return drop_old_backups();
  }
  if (!ending_) log_.warning("store", "The daily backup failed: " + made.error().message, {{"detail", made.error().detail}});
}

void Keeper::drop_old_backups() {
  for (const std::string& day : backups_to_drop(days_in(options_.backups))) {
    std::error_code ignored;
    fs::remove(options_.backups + '/' + std::string(kPrefix) + day + std::string(kEnding), ignored);
  }
}

void Keeper::optimize(int64_t now_ms) {
  if (optimized_ms_ != 0 && now_ms - optimized_ms_ < kDayMs) return;
  optimized_ms_ = now_ms;
  auto done = writer_.run([](Connection& connection) { return connection.execute("PRAGMA analysis_limit=400; PRAGMA optimize"); });
  if (!done && !ending_) log_.warning("store", "PRAGMA optimize failed", {{"detail", done.error().detail}});
}

void Keeper::check(int64_t now_ms) {
  auto opened = Connection::open(options_.path, Mode::kReader);
  if (!opened.ok()) return log_.warning("store", "The database could not be checked", {{"detail", opened.error().detail}});
  (*opened)->end_when(&ending_);
  auto found = (*opened)->check(false);
  if (!found.ok()) {
    if (!ending_) log_.warning("store", "The database could not be checked", {{"detail", found.error().detail}});
    return;
  }
  if (*found != "ok") return writer_.declare_damaged(*found);
  if (make_private_folder(options_.backups)) (void)write_file_atomically(options_.backups + "/checked", rfc3339(now_ms) + '\n');
}

}  // namespace whinchat::store
