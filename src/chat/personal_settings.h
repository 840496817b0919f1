// What a person keeps for every device, instructions and saved prompts: as it is sent, stored, and put into an archive.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace whinchat::chat {

struct SavedPrompt {
  std::string id;    // 1 to limits::kPromptIdBytes letters, digits, - and _
  std::string name;  // never blank
  std::string text;  // never empty
};

struct PersonalSettings {
  std::string instructions;
  std::vector<SavedPrompt> prompts;  // at most limits::kPromptsPerUser, each id once
};

// {"instructions":...,"prompts":[{"id","name","text"}]}; what is missing is empty, what is not known is dropped. Errors:
// kInvalidRequest with a sentence for the person.
Result<PersonalSettings> read_personal_settings(const nlohmann::json& settings);
std::string personal_settings_text(const PersonalSettings& settings);

// settings.json of an archive. Read: nothing when it is another program's.
inline constexpr std::string_view kSettingsEntry = "settings.json";
std::string archived_settings(std::string_view stored);  // stored: as personal_settings_text() gave it
Result<std::optional<PersonalSettings>> read_archived_settings(std::string_view text);

// Two that never met, put together as the app does (assets/src/js/state/merge.ts): what is here stays as it is and where it
// is; prompts that are not here are added, by id and by their words; instructions stand behind those that are here, unless one
// has the other in it or they are too long together. Doing it again adds nothing.
struct MergedSettings {
  PersonalSettings settings;
  int prompts_added = 0;
  int prompts_left_out = 0;  // no room for them
  bool instructions_added = false;
};
MergedSettings merge_settings(PersonalSettings here, const PersonalSettings& archived);

}  // namespace whinchat::chat
