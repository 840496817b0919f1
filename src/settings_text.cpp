// --help and .env.example, written from the table.
#include <string>
#include <vector>

#include "base/text.h"
#include "config.h"
#include "settings_providers.h"
#include "settings_table.h"

namespace whinchat {
namespace {

constexpr size_t kColumns = 80;

// Breaks at spaces so that no line is longer than kColumns, each beginning with `indent`.
std::string wrapped(std::string_view text, const std::string& indent) {
  std::string out;
  std::string line = indent;
  for (const std::string_view word : split_list(text, ' ')) {
    if (line.size() > indent.size() && line.size() + 1 + word.size() > kColumns) {
      out += line + '\n';
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return out + line + '\n';
}

std::string range_words(const Setting& setting) {
  if (setting.kind == SettingKind::kBool) return "true or false";
  std::string words;
  for (const std::string_view choice : split_list(setting.choices, '|')) words += (words.empty() ? "" : ", ") + std::string(choice);
  if (!words.empty()) return words;
  return std::string(setting.unit);
}

std::string default_words(const Setting& setting) {
  if (!setting.fallback.empty()) return std::string(setting.fallback);
  return setting.fallback_words.empty() ? "none" : std::string(setting.fallback_words);
}

std::string help_entry(const Setting& setting) {
  const std::string flag = flag_name(setting);
  std::string out = "  " + (flag.empty() ? std::string() : "--" + flag + "  ") + std::string(setting.env);
  if (flag.empty()) out += "  (environment or .env only)";
  if (!setting.alias.empty()) out += "  (also " + std::string(setting.alias) + ')';
  const std::string range = range_words(setting);
  std::string details = (range.empty() ? "" : range + "; ") + "default: " + default_words(setting);
  return out + '\n' + wrapped(setting.help, "      ") + wrapped('(' + details + ')', "      ");
}

std::string names_of(bool local) {
  std::string names;
  for (const KnownProvider& known : known_providers()) {
    if (known.local == local) names += (names.empty() ? "" : ", ") + std::string(known.variable);
  }
  return names;
}

std::string provider_paragraph(const std::string& indent) {
  return wrapped("Known by name, so that NAME_API_KEY is enough: " + names_of(false) + ". On this machine, where any of "
                 "NAME_BASE_URL, NAME_API_KEY, NAME_MODEL is enough: " + names_of(true) + '.', indent) +
         wrapped("Any other server that speaks OpenAI's Chat Completions: MYSERVER_BASE_URL=https://llm.example.org/v1 with "
                 "MYSERVER_API_KEY (and MYSERVER_MODEL). MYSERVER is any name of A-Z, 0-9 and _; clients call it "
                 "\"myserver\".", indent);
}

std::string example_line(const Setting& setting) {
  std::string value(setting.example.empty() ? setting.fallback : setting.example);
  if (setting.kind == SettingKind::kBool && setting.example.empty() && !value.empty()) value[0] = upper_ascii(value.substr(0, 1))[0];
  if (value.find_first_of(" #") != std::string::npos) value = '"' + value + '"';
  return (setting.active_in_example ? "" : "# ") + std::string(setting.env) + '=' + value + '\n';
}

}  // namespace

std::string help_text() {
  std::string out =
      "Whinchat: one program that serves a chat app and talks to language models.\n"
      "\n"
      "Usage\n"
      "  whinchat [serve] [FLAGS]   serve the app, at http://localhost:5000 unless told\n"
      "                             otherwise\n"
      "  whinchat check [FLAGS]     check the settings; exit 0 when they work, else 1\n"
      "  whinchat env-example       print a .env file to start from\n"
      "  whinchat backup FILE       copy the database to FILE, also while it serves\n"
      "  whinchat verify FILE       read all of a backup; exit 0 when it is whole\n"
      "  whinchat restore FILE      put a backup in the database's place; not while it\n"
      "                             serves. The replaced database is kept\n"
      "  whinchat user list         who has an account\n"
      "  whinchat user add NAME [--admin] [--plan=ID]\n"
      "  whinchat user reset-password NAME [--drop-second-factor]\n"
      "  whinchat user disable NAME, enable NAME\n"
      "                             asks for passwords, or reads them from stdin; also\n"
      "                             while it serves\n"
      "  whinchat invite [--admin] [--plan=ID] [--hours=72] [--user=NAME]\n"
      "                             print a link to make an account with; --user:\n"
      "                             one to choose a new password with\n"
      "  whinchat --help, -h        this text\n"
      "  whinchat --version, -V     versions of the program and what is in it\n"
      "\n"
      "Settings\n"
      "  Each is a flag (--port=8080 or --port 8080), an environment variable\n"
      "  (PORT=8080) or a line in .env, in that order. Keys and other secrets are no\n"
      "  flags: every user of a machine can read those.\n"
      "\n"
      "  --env-file=FILE\n"
      "      Read FILE instead of .env in the working folder.\n";
  for (const SectionText& section : section_texts()) {
    out += '\n' + std::string(section.title) + '\n';
    if (!section.note.empty()) out += wrapped(section.note, "  ");
    for (const Setting& setting : settings_table()) {
      if (setting.section == section.section) out += help_entry(setting);
    }
    if (section.section == Section::kProviders) out += provider_paragraph("  ");
  }
  return out +
         "\nSignals\n"
         "  SIGTERM, SIGINT   stop: finish running answers (DRAIN_SECONDS), then exit;\n"
         "                    a second one stops at once (STOP_WITH_STDIN counts as one)\n"
         "  SIGHUP            open the log file and the certificate again\n"
         "\nExit codes\n"
         "  0  done    1  it could not be done: settings, files, a backup that is damaged\n"
         "  2  the command line makes no sense\n";
}

std::string env_example_text() {
  std::string out =
      "# Copy this to .env, fill in your values, and keep it to yourself:\n"
      "#   chmod 600 .env\n"
      "# NEVER commit .env to git. Lines that begin with # show defaults or examples.\n";
  for (const SectionText& section : section_texts()) {
    out += "\n# --- " + std::string(section.title) + " ---\n";
    if (!section.note.empty()) out += wrapped(section.note, "# ");
    for (const Setting& setting : settings_table()) {
      if (setting.section != section.section) continue;
      const std::string range = range_words(setting);
      const std::string details = " (" + (range.empty() ? "" : range + "; ") + "default: " + default_words(setting) + ')';
      out += wrapped(std::string(setting.help) + details, "# ") + example_line(setting);
    }
    if (section.section == Section::kProviders) out += provider_paragraph("# ");
  }
  return out;
}

}  // namespace whinchat
