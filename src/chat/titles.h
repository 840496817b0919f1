// Titles that conversations get by themselves. Pure, but for ask_title(), which waits on its fiber.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/side_call.h"
#include "provider/provider.h"

namespace whinchat::chat {

// The first words of a question, on one line, at most limits::kAutoTitleCodePoints. Never empty for a text that is not blank.
std::string title_from_words(std::string_view question);

// What a model said, made into a title: one line, without quotes, marks and a full stop. Empty: it is of no use.
std::string title_from_answer(std::string_view answer);

struct Title {
  std::string text;
  SideAnswer call;   // for the usage
};

// Asks the model once. Error also when what it said is of no use.
Result<Title> ask_title(std::shared_ptr<provider::Provider> provider, std::string model, std::string_view question, std::string_view answer);

}  // namespace whinchat::chat
