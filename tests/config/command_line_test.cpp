#include <doctest/doctest.h>

#include "run_config.h"
#include "settings_sources.h"

using namespace whinchat;

namespace {

Command command_of(std::vector<std::string> flags) { return ConfigRun{std::move(flags)}.read().config.command; }

std::string only_problem(std::vector<std::string> flags) {
  const ConfigReport report = ConfigRun{std::move(flags)}.read();
  CHECK(report.usage);
  return report.problems.size() == 1 ? report.problems[0] : "problems: " + all(report.problems);
}

}  // namespace

TEST_CASE("commands") {
  CHECK(command_of({}) == Command::kServe);
  CHECK(command_of({"serve"}) == Command::kServe);
  CHECK(command_of({"check", "--port=1"}) == Command::kCheck);
  CHECK(command_of({"--port", "1", "check"}) == Command::kCheck);
  CHECK(command_of({"env-example"}) == Command::kEnvExample);
  for (const char* word : {"--help", "-h", "help"}) CHECK(command_of({word}) == Command::kHelp);
  for (const char* word : {"--version", "-V", "version"}) CHECK(command_of({word}) == Command::kVersion);
}

TEST_CASE("help comes even when nothing else is right") {
  const ConfigReport report = ConfigRun{{"check", "--prot=x", "--help"}, {{"FLASK_ENV", "nonsense"}}, "bad line", 0666}.read();
  CHECK(report.config.command == Command::kHelp);
  CHECK(report.problems.empty());
}

TEST_CASE("a flag's value stands behind '=' or comes next") {
  CHECK(ConfigRun{{"--port=8080"}}.read().config.port == 8080);
  CHECK(ConfigRun{{"--port", "8080"}}.read().config.port == 8080);
  CHECK(ConfigRun{{"--system-prompt=a=b c"}}.read().config.system_prompt == "a=b c");
  CHECK(ConfigRun{{"--port=1", "--port=2"}}.read().config.port == 2);
}

TEST_CASE("a yes-or-no flag may stand alone") {
  CHECK(ConfigRun{{"--cors-credentials"}}.read().config.cors_credentials);
  CHECK_FALSE(ConfigRun{{"--stream-enabled=false"}}.read().config.stream_enabled);
  CHECK_FALSE(ConfigRun{{"--stream-enabled", "no"}}.read().config.stream_enabled);
  CHECK_FALSE(ConfigRun{{"--no-color"}}.read().config.color);
  CHECK(command_of({"--cors-credentials", "check"}) == Command::kCheck);
}

TEST_CASE("a wrong flag is refused with the likely right one") {
  CHECK(only_problem({"--prot=1"}) == "--prot is no flag of this program. Did you mean --port?");
  CHECK(only_problem({"--loglevel=INFO"}) == "--loglevel is no flag of this program. Did you mean --log-level?");
  CHECK(only_problem({"--banana"}) == "--banana is no flag of this program. whinchat --help lists them.");
  CHECK(only_problem({"--PORT=1"}).find("no flag") != std::string::npos);
  CHECK(only_problem({"chekc"}) == "\"chekc\" is no command. Did you mean check?");
  CHECK(only_problem({"-x"}).find("not expected") != std::string::npos);
  CHECK(only_problem({"check", "check"}).find("not expected") != std::string::npos);
  CHECK(only_problem({"--port"}) == "--port needs a value: --port=...");
  CHECK(only_problem({"--host", "--port=1"}) == "--host needs a value: --host=...");
}

TEST_CASE("secrets are no flags, and a refused one is not repeated") {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--openai-api-key=sk-canary-123456"}, {"--secret-key", "canary"},
                                               {"--metrics-token=canary"}, {"--groq-api-key", "canary"}}) {
    const std::string told = only_problem(flags);
    CAPTURE(told);
    CHECK(told.find("is refused") != std::string::npos);
    CHECK(told.find("canary") == std::string::npos);
  }
}

TEST_CASE("the file of settings can be another one") {
  const TemporaryFolder folder;
  folder.write(".env", "PORT=1\n");
  folder.write("other", "PORT=2\n");
  CHECK(ConfigRun{}.read_in(folder).config.port == 1);
  CHECK(ConfigRun{{"--env-file=other"}}.read_in(folder).config.port == 2);
  CHECK(ConfigRun{{"--env-file", folder / "other"}}.read_in(folder).config.port == 2);
  const ConfigReport missing = ConfigRun{{"--env-file=none"}}.read_in(folder);
  CHECK(mentions(missing.problems, "none: No such file"));
}

TEST_CASE("the commands for accounts take what they need, and say what is missing") {
  const auto read = [](std::vector<const char*> words) {
    words.insert(words.begin(), "whinchat");
    return parse_command_line(static_cast<int>(words.size()), words.data());
  };
  const CommandLine added = read({"user", "add", "anna", "--admin", "--plan=plus"});
  CHECK(added.problems.empty());
  CHECK(added.command == Command::kUser);
  CHECK(added.operands == std::vector<std::string>{"add", "anna"});
  CHECK(added.options.at("admin") == "true");
  CHECK(added.options.at("plan") == "plus");
  CHECK(read({"user", "list"}).problems.empty());
  CHECK(read({"invite", "--hours", "24", "--user=anna"}).options.at("hours") == "24");
  for (const std::vector<const char*>& wrong : std::vector<std::vector<const char*>>{
           {"user"}, {"user", "add"}, {"user", "remove", "anna"}, {"user", "list", "anna"}, {"user", "add", "anna", "bert"}, {"user", "add", "anna", "--hours=1"}, {"invite", "anna"},
           {"invite", "--hours="}, {"--admin", "user", "add", "anna"}}) {
    CHECK_FALSE(read(wrong).problems.empty());
  }
}
