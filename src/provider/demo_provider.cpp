#include "provider/demo_provider.h"

#include <chrono>

#include "base/text.h"
#include "base/utf8.h"
#include "io/fiber.h"

namespace whinchat::provider {

namespace {

constexpr std::chrono::milliseconds kWordTime{12};
constexpr std::chrono::milliseconds kSlowWordTime{100};
constexpr size_t kQuoteBytes = 160;
constexpr int kLongParagraphs = 40;

constexpr std::string_view kHowTo =
    "To get real answers, do one of these and start Whinchat again:\n\n"
    "1. Put a key into the file `.env` beside the program: `OPENAI_API_KEY=...` or `ANTHROPIC_API_KEY=...`\n"
    "2. Or start a model on this machine: **Ollama**, **llama-server** or **LM Studio** is found by itself.\n";

constexpr std::string_view kCode =
    "Here is what code looks like:\n\n"
    "```python\ndef greet(name: str) -> str:\n    \"\"\"A small function, with a copy button above it.\"\"\"\n"
    "    return f\"Hello, {name}!\"\n\nprint(greet(\"whinchat\"))\n```\n\n";

constexpr std::string_view kTable =
    "Here is what a table looks like:\n\n"
    "| bird | song | where |\n|---|---|---|\n| whinchat | short, scratchy | meadows |\n| stonechat | like two pebbles | heath |\n"
    "| nightingale | rich, long | thickets |\n\n";

constexpr std::string_view kParagraph =
    "A whinchat is a small bird of open meadows. It sits on a tall stalk, looks around, and says what it has to say in a few "
    "short phrases. It travels from one end of Africa to the north of Europe and back, and finds its field again each year. "
    "This paragraph is repeated so that you can see how a long answer grows, scrolls and is stopped.\n\n";

bool mentions(std::string_view question, std::initializer_list<std::string_view> words) {
  const std::string lower = lower_ascii(question);
  for (std::string_view word : words) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

// As a quotation: one line, without what would be Markdown.
std::string quoted(std::string_view question) {
  std::string out;
  for (char c : utf8_prefix(question, kQuoteBytes)) {
    if (c == '\n' || c == '\r' || c == '\t') out += ' ';
    else if (std::string_view("\\`*_[]<>#|~").find(c) != std::string_view::npos) (out += '\\') += c;
    else out += c;
  }
  return out + (question.size() > kQuoteBytes ? " ..." : "");
}

// What the person wrote, behind the files that chat/prompt puts in front of it.
std::string_view without_files(std::string_view message) {
  constexpr std::string_view kEnd = "</attached-file>\n\n";
  const size_t end = message.rfind(kEnd);
  return end == std::string_view::npos ? message : message.substr(end + kEnd.size());
}

}  // namespace

std::string demo_answer(std::string_view message, size_t turns_before) {
  const std::string_view question = without_files(message);
  std::string text = turns_before == 0 ? "## Hello from the demo\n\n" : "";
  text += "This is **not a language model**: it is Whinchat's built-in demo, and this text was prepared beforehand.\n\n";
  text += "You wrote:\n\n> " + quoted(question) + "\n\n";
  if (mentions(question, {"demo:long"})) {
    for (int i = 0; i < kLongParagraphs; ++i) text += kParagraph;
  }
  if (mentions(question, {"code", "python", "program", "function"})) text += kCode;
  if (mentions(question, {"table", "tabelle", "compare"})) text += kTable;
  return text + std::string(kHowTo);
}

ChatOutcome DemoProvider::stream(const ChatRequest& request, DeltaSink& sink) {
  ChatOutcome outcome;
  outcome.model = "demo";
  outcome.finish = FinishReason::kStop;
  const std::string_view question = request.messages.empty() ? std::string_view() : std::string_view(request.messages.back().content);
  const std::string answer = demo_answer(question, request.messages.size() / 2);
  const auto pause = mentions(question, {"demo:slow"}) ? kSlowWordTime : kWordTime;
  int64_t words = 0;
  for (size_t at = answer.starts_with(request.prefix) ? request.prefix.size() : 0; at < answer.size();) {
    size_t end = answer.find(' ', at);
    end = end == std::string::npos ? answer.size() : end + 1;
    if (request.max_tokens && words >= *request.max_tokens) {
      outcome.finish = FinishReason::kLength;
      break;
    }
    const bool wanted = sink.on_text(std::string_view(answer).substr(at, end - at));
    ++words;
    at = end;
    if (!wanted || io::this_fiber::sleep_for(pause) == io::Wake::kCancelled) {
      outcome.error = Error{ErrorCode::kCancelled, "Stopped.", "demo"};
      break;
    }
  }
  // Words stand for tokens here; there is no tokenizer to ask.
  outcome.usage.output_tokens = words;
  outcome.usage.input_tokens = static_cast<int64_t>(question.size() / 4 + 1);
  outcome.usage.estimated = true;
  return outcome;
}

Result<std::vector<ModelInfo>> DemoProvider::list_models() {
  ModelInfo model;
  model.id = "demo";
  model.name = "Demo (no language model)";
  return std::vector<ModelInfo>{model};
}

}  // namespace whinchat::provider
