// Whinchat: settings, the application, wait for the end.
#include <cstdio>
#include <filesystem>

#include "account_commands.h"
#include "app.h"
#include "config.h"
#include "process.h"
#include "store_commands.h"
#include "version.h"

namespace {

using whinchat::Command;

constexpr int kExitFailed = 1;   // could not start, or the check found something
constexpr int kExitUsage = 2;    // the command line makes no sense

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kExitFailed;
}

int report(const std::vector<std::string>& problems, const std::vector<std::string>& warnings, bool usage = false) {
  for (const auto& warning : warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  for (const auto& problem : problems) std::fprintf(stderr, "error: %s\n", problem.c_str());
  if (usage) std::fprintf(stderr, "Try: whinchat --help\n");
  return problems.empty() ? 0 : usage ? kExitUsage : kExitFailed;
}

int serve(whinchat::Config config) {
  auto app = whinchat::App::create(std::move(config));
  if (!app.ok()) return report({app.error().message}, {});
  return app.value()->run([&] {
    print("Whinchat is ready: " + app.value()->address() + "\n");
    const std::string link = app.value()->setup_link();
    if (!link.empty()) print("Make the first administrator: " + link + "\n");
  });
}

}  // namespace

int main(int argc, char** argv, char** environ_strings) {
  whinchat::protect_process();
  auto read = whinchat::read_config(argc, argv, whinchat::environment_from(environ_strings), std::filesystem::current_path().string());
  switch (read.config.command) {
    case Command::kHelp: return print(whinchat::help_text());
    case Command::kVersion: return print(whinchat::version_text());
    case Command::kEnvExample:
      if (read.problems.empty()) return print(whinchat::env_example_text());
      break;
    case Command::kCheck:
      if (read.problems.empty()) print("The settings are fine.\n");
      return report(read.problems, read.config.warnings, read.usage);
    default: break;
  }
  if (!read.problems.empty()) return report(read.problems, read.config.warnings, read.usage);
  if (whinchat::is_account_command(read.config.command)) return whinchat::run_account_command(read.config);
  return whinchat::is_store_command(read.config.command) ? whinchat::run_store_command(read.config) : serve(std::move(read.config));
}
