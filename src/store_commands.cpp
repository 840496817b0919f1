#include "store_commands.h"

#include <cstdio>

#include "app_settings.h"
#include "base/clock.h"
#include "command_output.h"
#include "store/backup.h"

namespace whinchat {

namespace {

std::string facts_text(const store::BackupFacts& facts) {
  const auto number = [](int64_t count, const char* what) { return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s"); };
  return number(facts.users, "user") + ", " + number(facts.conversations, "conversation") + ", " + number(facts.messages, "message") + ", " +
         std::to_string((facts.bytes + 1023) / 1024) + " KB, version " + std::to_string(facts.version);
}

// What was done is done: a disk that is full, or may not be written to, keeps it from the audit alone.
void note(const Config& config, const char* action, const std::string& file) {
  const auto noted = store::note_in_audit(config.database_file, action, file, SystemClock().now().epoch_ms);
  if (!noted) std::fprintf(stderr, "warning: The audit could not be told: %s\n", noted.error().message.c_str());
}

int back_up(const Config& config, const std::string& file) {
  if (auto copied = store::copy_database(config.database_file, file); !copied) return fail(copied.error());
  auto facts = store::verify_backup(file);
  if (!facts.ok()) return fail(facts.error());
  note(config, "backup made", file);
  return say("Backed up to " + file + ": " + facts_text(*facts) + '.');
}

int verify(const std::string& file) {
  auto facts = store::verify_backup(file);
  if (!facts.ok()) return fail(facts.error());
  return say(file + " is whole: " + facts_text(*facts) + '.');
}

int restore(const Config& config, const std::string& file) {
  auto kept = store::restore_backup(database_options(config), file, SystemClock().now().epoch_ms);
  if (!kept.ok()) return fail(kept.error());
  note(config, "backup restored", file);
  const std::string before = kept->empty() ? "" : " What was there before is kept as " + *kept + '.';
  return say("Restored " + file + " to " + config.database_file + '.' + before + " Start the server again.");
}

}  // namespace

bool is_store_command(Command command) {
  return command == Command::kBackup || command == Command::kVerify || command == Command::kRestore;
}

int run_store_command(const Config& config) {
  const std::string& file = config.operands.at(0);
  if (config.command == Command::kBackup) return back_up(config, file);
  if (config.command == Command::kVerify) return verify(file);
  return restore(config, file);
}

}  // namespace whinchat
