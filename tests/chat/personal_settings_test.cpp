// Settings of an archive: read, and put together with those that are here.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "chat/personal_settings.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

std::string ids_of(const PersonalSettings& settings) {
  std::string out;
  for (const SavedPrompt& prompt : settings.prompts) out += prompt.id + " ";
  return out;
}

}  // namespace

TEST_CASE("settings of an archive come out as they were put in, and another program's file is none") {
  const PersonalSettings sent{"Be \"brief\".\n", {{"a", "Name", "Text"}, {"b-2", "\xE9\xB3\xA5", "Two"}}};
  const auto read = read_archived_settings(archived_settings(personal_settings_text(sent)));
  REQUIRE(read.ok());
  REQUIRE(*read);
  CHECK(personal_settings_text(**read) == personal_settings_text(sent));
  CHECK(!*read_archived_settings(R"({"theme":"dark"})"));
  CHECK(!*read_archived_settings("[1]"));
  for (const char* text : {"", "{", R"({"format":"whinchat","version":1})", R"({"format":"whinchat","settings":{"prompts":[{"id":"a","name":"","text":"x"}]}})",
                           R"({"format":"whinchat","settings":{"instructions":5}})"}) {
    CHECK_MESSAGE(!read_archived_settings(text).ok(), text);
  }
}

TEST_CASE("what is here stays, what is not is added, and doing it again adds nothing") {
  const PersonalSettings here{"Be brief.", {{"a", "One", "changed here"}, {"mine", "Two", "the same"}}};
  const PersonalSettings archived{"In rhymes.", {{"a", "One", "as it was"}, {"b", "Two", "the same"}, {"c", "Three", "new"}}};
  const MergedSettings once = merge_settings(here, archived);
  CHECK(once.prompts_added == 1);
  CHECK(once.instructions_added);
  CHECK(once.settings.instructions == "Be brief.\n\nIn rhymes.");
  CHECK(ids_of(once.settings) == "a mine c ");
  CHECK(once.settings.prompts[0].text == "changed here");
  const MergedSettings twice = merge_settings(once.settings, archived);
  CHECK(twice.prompts_added == 0);
  CHECK(!twice.instructions_added);
  CHECK(personal_settings_text(twice.settings) == personal_settings_text(once.settings));
}

TEST_CASE("instructions that have the others in them stand alone, and too long ones stay away") {
  CHECK(merge_settings({}, {"In rhymes.", {}}).settings.instructions == "In rhymes.");
  CHECK(merge_settings({"In rhymes.", {}}, {"In rhymes. Briefly.", {}}).settings.instructions == "In rhymes. Briefly.");
  CHECK(!merge_settings({"In rhymes.", {}}, {}).instructions_added);
  const std::string longest(limits::kInstructionsCodePoints, 'x');
  const MergedSettings full = merge_settings({longest, {}}, {"In rhymes.", {}});
  CHECK(!full.instructions_added);
  CHECK(full.settings.instructions == longest);
}

TEST_CASE("beyond the most prompts the rest is left out and counted") {
  PersonalSettings here;
  PersonalSettings archived;
  for (size_t i = 0; i < limits::kPromptsPerUser; ++i) {
    here.prompts.push_back({"h" + std::to_string(i), "Here", std::to_string(i)});
    archived.prompts.push_back({"a" + std::to_string(i), "There", std::to_string(i)});
  }
  here.prompts.resize(limits::kPromptsPerUser - 2);
  const MergedSettings merged = merge_settings(here, archived);
  CHECK(merged.prompts_added == 2);
  CHECK(merged.prompts_left_out == static_cast<int>(limits::kPromptsPerUser) - 2);
}
