// From the way through a conversation to what a provider is asked, within what its model can take. Pure.
//
// A summary on the way stands for everything above it. What does not fit goes from the beginning: the caller may have that
// part summed up and build again, else a note says that something was left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/turn.h"
#include "model/conversation.h"
#include "provider/provider.h"

namespace whinchat::chat {

// Never less than most models count: four bytes of ASCII a token, one token for every other character.
int64_t prompt_tokens(std::string_view text);

struct PromptInput {
  std::vector<Message> path;      // a root (or what is left of the way to it) to the question that is to be answered
  std::string prefix;             // text that the answer begins with already
  PromptRules rules;
  std::string model;
  std::optional<int> max_tokens;
  std::optional<double> temperature;
  int64_t context_tokens = -1;    // of the model; -1: unknown
  int64_t output_tokens_max = -1; // of the model; -1: unknown
  std::string instructions = {};  // of the person who asks: behind the system prompt
  bool sees_images = true;        // else they are only named
  bool reads_pdf = false;         // likewise
};

struct Prompt {
  provider::ChatRequest request;
  int64_t tokens = 0;             // of the whole request, about
  size_t begin = 0;               // the path's first message that is in the request word for word
  size_t left_out = 0;            // how many messages in front of it are neither in the request nor in a summary
};

// A message as a model reads it: its text files, each between marks, then its words. Pictures and documents are not in it.
std::string prompt_text(const Message& message);

// Tokens of that and of its pictures and documents, about.
int64_t prompt_tokens(const Message& message);

// Tokens that a prompt may have: the model's context less the answer.
int64_t prompt_budget(const PromptInput& input);

// Pictures and documents are in it by id, without their bytes: load_media() of chat/prompt_media.h. Error kContextTooLong when the question alone does not fit.
Result<Prompt> build_prompt(const PromptInput& input);

// Where the path is to be cut so that there is room for a while again: what stands before is to be summed up. It is a
// question of the user's, and not in front of the last summary. 0: there is nothing to sum up.
size_t summary_end(const PromptInput& input);

// The path's newest summary, as an index; nothing when there is none.
std::optional<size_t> last_summary(const std::vector<Message>& path);

}  // namespace whinchat::chat
