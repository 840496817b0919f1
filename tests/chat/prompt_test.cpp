#include "chat/prompt.h"

#include <doctest/doctest.h>

#include <string>

#include "base/limits.h"
#include "chat/continuation.h"
#include "chat/summaries.h"
#include "chat/titles.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

Message message_of(MessageRole role, std::string content, MessageKind kind = MessageKind::kMessage) {
  Message message;
  message.role = role;
  message.content = std::move(content);
  message.kind = kind;
  return message;
}

Message asks(std::string text) { return message_of(MessageRole::kUser, std::move(text)); }
Message says(std::string text) { return message_of(MessageRole::kAssistant, std::move(text)); }
Message summary(std::string text) { return message_of(MessageRole::kSystem, std::move(text), MessageKind::kSummary); }

PromptInput input_of(std::vector<Message> path, int64_t context = 1'000'000) {
  PromptInput input;
  input.path = std::move(path);
  input.model = "m";
  input.context_tokens = context;
  input.max_tokens = 100;
  return input;
}

// Twenty questions and answers of about 25 tokens each, and a last question.
std::vector<Message> long_path() {
  std::vector<Message> path;
  for (int i = 0; i < 20; ++i) {
    path.push_back(asks("question " + std::to_string(i) + " " + std::string(88, 'q')));
    path.push_back(says("answer " + std::to_string(i) + " " + std::string(88, 'a')));
  }
  path.push_back(asks("last"));
  return path;
}

}  // namespace

TEST_CASE("what a person tells the model stands behind the system prompt, in front of a summary") {
  PromptInput input = input_of({asks("a"), summary("long ago"), asks("b")});
  input.instructions = "Answer in rhymes.";
  const auto prompt = build_prompt(input);
  REQUIRE(prompt.ok());
  CHECK(prompt->request.system ==
        "You are a helpful AI assistant.\n\nAnswer in rhymes.\n\nEarlier parts of this conversation, summed up:\nlong ago");
}

TEST_CASE("everything that fits is asked in order, with the server's system prompt") {
  const auto prompt = build_prompt(input_of({asks("a"), says("b"), says(""), asks("c")}));
  REQUIRE(prompt.ok());
  CHECK(prompt->request.system == "You are a helpful AI assistant.");
  REQUIRE(prompt->request.messages.size() == 3);
  CHECK(prompt->request.messages[1].role == provider::Role::kAssistant);
  CHECK(prompt->request.messages[2].content == "c");
  CHECK(prompt->left_out == 0);
  CHECK(prompt->request.max_tokens == 100);
}

TEST_CASE("what does not fit goes from the beginning, at a question, and a note says so") {
  const PromptInput input = input_of(long_path(), 600);
  const auto prompt = build_prompt(input);
  REQUIRE(prompt.ok());
  CHECK(prompt->left_out > 0);
  CHECK(prompt->left_out == prompt->begin);
  CHECK(prompt->request.messages.front().role == provider::Role::kUser);
  CHECK(prompt->request.messages.back().content == "last");
  CHECK(prompt->request.system.find("left out") != std::string::npos);
  CHECK(prompt->tokens <= prompt_budget(input) + 40);  // the note itself
  CHECK(prompt->request.messages.size() + prompt->left_out == 41);
}

TEST_CASE("a summary stands for everything above it and is not cut again") {
  std::vector<Message> path = long_path();
  path.insert(path.begin() + 30, summary("They spoke of birds."));
  const auto prompt = build_prompt(input_of(path, 1000));
  REQUIRE(prompt.ok());
  CHECK(prompt->left_out == 0);
  CHECK(prompt->request.messages.size() == 11);
  CHECK(prompt->request.system.find("They spoke of birds.") != std::string::npos);
  CHECK(prompt->request.system.find("left out") == std::string::npos);
}

TEST_CASE("where to sum up leaves room for a while, begins at a question, and knows when there is nothing to do") {
  const PromptInput input = input_of(long_path(), 600);
  const size_t end = summary_end(input);
  CHECK(end > build_prompt(input)->begin);
  CHECK(input.path[end].role == MessageRole::kUser);
  CHECK(summary_end(input_of({asks("a")})) == 0);
  CHECK(summary_end(input_of({summary("s"), asks("a")})) == 0);
}

TEST_CASE("a question that is too long alone is refused, and the last one is never left out") {
  CHECK(build_prompt(input_of({asks(std::string(10'000, 'x'))}, 500)).error().code == ErrorCode::kContextTooLong);
  CHECK(build_prompt(input_of({says(std::string(5000, 'x')), asks("short")}, 500))->request.messages.size() == 1);
  CHECK(build_prompt(input_of({})).error().code == ErrorCode::kInvalidRequest);
}

TEST_CASE("a cap larger than the context still leaves half of it for the question") {
  PromptInput input = input_of({asks("a")}, 1000);
  input.max_tokens = 400'000;
  CHECK(prompt_budget(input) == 500);
  input.context_tokens = -1;
  input.max_tokens.reset();
  CHECK(prompt_budget(input) == limits::kContextTokensUnknown - limits::kAnswerTokensKept);
  input.output_tokens_max = 100;
  CHECK(prompt_budget(input) == limits::kContextTokensUnknown - 100);
}

TEST_CASE("system messages on the way replace the default, unless it is locked") {
  PromptInput input = input_of({message_of(MessageRole::kSystem, "Speak like a bird."), asks("a")});
  CHECK(build_prompt(input)->request.system == "Speak like a bird.");
  input.rules.system_prompt_locked = true;
  input.rules.system_prompt = "Mine.";
  CHECK(build_prompt(input)->request.system == "Mine.");
}

TEST_CASE("tokens are never counted as fewer than most models see") {
  CHECK(prompt_tokens("") == 0);
  CHECK(prompt_tokens("abcd") == 1);
  CHECK(prompt_tokens("abcde") == 2);
  CHECK(prompt_tokens("鸟在唱歌") == 4);
}

TEST_CASE("a transcript names who spoke, begins at the last summary, and is cut evenly when it must") {
  const std::vector<Message> path = {asks("old"), summary("what was"), asks("why?"), says("because"), asks("next")};
  CHECK(transcript(path, 4, 1000) == "Earlier summary: what was\n\nUser: why?\n\nAssistant: because");
  const std::vector<Message> wide = {asks(std::string(40'000, 'x') + "end"), says("short"), asks("next")};
  const std::string cut = transcript(wide, 2, 1000);
  CHECK(cut.size() < 8000);
  CHECK(cut.find("[…]") != std::string::npos);
  CHECK(cut.find("end\n\nAssistant: short") != std::string::npos);
}

TEST_CASE("a title from words is one line of bounded length") {
  CHECK(title_from_words("  How do\nwhinchats   sing?\t") == "How do whinchats sing?");
  const std::string made = title_from_words(std::string(300, 'x'));
  CHECK(made.size() < 70);
  CHECK(made.ends_with("…"));
  CHECK(title_from_words("one two three four five six seven eight nine ten eleven twelve thirteen") ==
        "one two three four five six seven eight nine ten eleven…");
  CHECK(title_from_words("a\u202Eb") == "a b");
}

TEST_CASE("a title that a model gives loses its quotes, marks and explanations") {
  CHECK(title_from_answer("\"Birds of the Meadow\"") == "Birds of the Meadow");
  CHECK(title_from_answer("# **Birds.**\nHere is why") == "Birds");
  CHECK(title_from_answer("Title: „Vögel“") == "Vögel");
  CHECK(title_from_answer("***").empty());
  CHECK(title_from_answer("\n \n").empty());
}

TEST_CASE("what a model repeats when it goes on is dropped, in pieces of any size") {
  const std::string old = "The whinchat is a small bird. It sings from a tall stalk, and";
  for (size_t piece = 1; piece < 40; ++piece) {
    CAPTURE(piece);
    for (const std::string& repeated : {std::string(), std::string(" from a tall stalk, and"), old}) {
      RepeatFilter filter(old);
      const std::string said = repeated + " then it flies.";
      std::string out;
      for (size_t at = 0; at < said.size(); at += piece) out += filter.take(std::string_view(said).substr(at, piece));
      out += filter.finish();
      CHECK(out == " then it flies.");
    }
  }
}

TEST_CASE("a short repetition is chance, and stays") {
  RepeatFilter filter("one and");
  CHECK(filter.take("and two") + filter.finish() == "and two");
  RepeatFilter list("- a\n- b\n");
  CHECK(list.take("- b\n- c") + list.finish() == "- b\n- c");
}

namespace {

Attachment file_of(AttachmentKind kind, std::string name, int64_t bytes, std::string text = "") {
  Attachment file;
  file.id = "id of " + name;
  file.kind = kind;
  file.name = std::move(name);
  file.bytes = bytes;
  file.media_type = kind == AttachmentKind::kImage ? "image/png" : kind == AttachmentKind::kPdf ? "application/pdf" : "text/plain";
  if (!text.empty()) file.text = std::make_shared<const std::string>(std::move(text));
  return file;
}

Message asks_with(std::string text, std::vector<Attachment> files) {
  Message message = asks(std::move(text));
  message.attachments = std::move(files);
  return message;
}

}  // namespace

TEST_CASE("an attached text goes into the prompt between marks that it cannot end itself") {
  const auto prompt = build_prompt(input_of({asks_with("What is it?", {file_of(AttachmentKind::kText, "a\"<b>.md", 9, "\xEF\xBB\xBFone </attached-file> two")})}));
  REQUIRE(prompt.ok());
  CHECK(prompt->request.messages[0].content == "<attached-file name=\"a''b'.md\">\none <\\/attached-file> two\n</attached-file>\n\nWhat is it?");
  CHECK(prompt->request.messages[0].media.empty());
}

TEST_CASE("pictures and documents go along for a model that reads them, and are named for one that does not") {
  PromptInput input = input_of({asks_with("one", {file_of(AttachmentKind::kImage, "old.png", 10)}), says("fine"), asks_with("", {file_of(AttachmentKind::kPdf, "a.pdf", 10)})});
  auto prompt = build_prompt(input);
  REQUIRE(prompt.ok());
  REQUIRE(prompt->request.messages[0].media.size() == 1);
  CHECK(prompt->request.messages[0].media[0].id == "id of old.png");
  CHECK(prompt->request.messages[2].content == "[Attached earlier, not shown here: a.pdf]\n");
  input.sees_images = false;
  input.reads_pdf = true;
  prompt = build_prompt(input);
  CHECK(prompt->request.messages[0].content == "[Attached earlier, not shown here: old.png]\none");
  CHECK(prompt->request.messages[2].media.size() == 1);
}

TEST_CASE("files count in the budget, and only the newest ones of a long conversation are sent again") {
  CHECK(prompt_tokens(asks_with("", {file_of(AttachmentKind::kImage, "a.png", 10)})) == limits::kImageTokens);
  CHECK(prompt_tokens(asks_with("", {file_of(AttachmentKind::kPdf, "a.pdf", 1'000'000)})) == 20'000);
  const std::string text(40'000, 'x');
  CHECK_FALSE(build_prompt(input_of({asks_with("?", {file_of(AttachmentKind::kText, "a", 40'000, text)})}, 5'000)).ok());
  std::vector<Message> path;
  for (int i = 0; i < 6; ++i) {
    path.push_back(asks_with("q", {file_of(AttachmentKind::kImage, std::to_string(i), 5 << 20)}));
    path.push_back(says("a"));
  }
  path.pop_back();
  const auto prompt = build_prompt(input_of(std::move(path)));
  REQUIRE(prompt.ok());
  for (size_t i = 0; i < 6; ++i) CHECK(prompt->request.messages[i * 2].media.size() == (i < 2 ? 0 : 1));
}
