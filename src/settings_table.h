// The one table of settings: what each is called, what it may be, where it goes and how it is explained.
// Internal to the settings_* files and config.cpp. Constant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config.h"

namespace whinchat {

enum class SettingKind { kText, kSecret, kBool, kInteger, kNumber, kChoice, kFile, kUrl };

enum class Section { kGeneral, kServer, kHttps, kBrowser, kProviders, kAnswers, kLimits, kSessions, kLogs, kNetwork, kUnused };

// A value after its kind's check.
struct SettingValue {
  std::string_view text;
  bool on = false;       // kBool
  int64_t integer = 0;   // kInteger; kChoice: which one, from 0
  double number = 0;     // kNumber
};

struct Setting {
  std::string_view env;                   // "RATELIMIT_PER_MINUTE"; the flag is --ratelimit-per-minute
  std::string_view alias = {};            // another variable that is read when this one is not set
  SettingKind kind = SettingKind::kText;
  std::string_view fallback = {};         // the default, as text; empty: none, or `fallback_words` say what happens
  std::string_view fallback_words = {};
  std::string_view unit = {};             // "seconds"
  double minimum = 0;
  double maximum = 0;
  std::string_view choices = {};          // "a|b|c"
  Section section = Section::kGeneral;
  std::string_view help = {};
  std::string_view example = {};          // the line in .env.example when not the default
  bool active_in_example = false;         // a plain line there; otherwise commented out
  bool bare_flag = false;                 // the flag alone means "true", as with every kBool
  // Puts it into the Config; the answer is a problem ("must be ..."), empty when there is none. Null: settings_providers
  // reads it.
  std::string (*apply)(Config&, const SettingValue&) = nullptr;
};

std::span<const Setting> settings_table();
const Setting* find_setting(std::string_view env);  // by variable or alias; null when unknown

struct SectionText {
  Section section;
  std::string_view title;
  std::string_view note;  // for --help; may be empty
};
std::span<const SectionText> section_texts();

std::string flag_name(const Setting& setting);  // "ratelimit-per-minute"; empty for secrets, which have no flag

}  // namespace whinchat
