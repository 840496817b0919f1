#include "chat/prompt.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat::chat {

namespace {

constexpr int64_t kMessageTokens = 8;  // what a message costs beside its text
constexpr std::string_view kSummaryIntro = "Earlier parts of this conversation, summed up:\n";
constexpr std::string_view kLeftOut = "Earlier messages of this conversation were left out, because they no longer fit.";

void append_paragraph(std::string& to, std::string_view text) {
  if (is_blank(text)) return;
  if (!to.empty()) to += "\n\n";
  to.append(text);
}

bool is_system_message(const Message& message) { return message.role == MessageRole::kSystem && message.kind == MessageKind::kMessage; }

// What is said to the model in front of the conversation. System messages on the way replace the default, as on the
// stateless routes, unless the server's own is locked.
std::string system_text(const PromptInput& input, std::optional<size_t> summary) {
  std::string system;
  if (!input.rules.system_prompt_locked) {
    for (const Message& message : input.path) {
      if (is_system_message(message)) append_paragraph(system, message.content);
    }
  }
  if (system.empty()) system = input.rules.system_prompt;
  append_paragraph(system, input.instructions);
  if (summary) append_paragraph(system, std::string(kSummaryIntro) + input.path[*summary].content);
  return system;
}

bool has_content(const Message& message) { return !is_blank(message.content) || !message.attachments.empty(); }

int64_t message_tokens(const Message& message) {
  if (message.role == MessageRole::kSystem || !has_content(message)) return 0;
  return prompt_tokens(message) + kMessageTokens;
}

// The first message that is kept when the newest ones may have so many tokens. At least the last one stays.
size_t first_kept(const std::vector<Message>& path, size_t from, int64_t tokens_max) {
  int64_t tokens = 0;
  for (size_t i = path.size(); i > from; --i) {
    tokens += message_tokens(path[i - 1]);
    if (tokens > tokens_max && i < path.size()) return i;
  }
  return from;
}

bool is_question(const Message& message) { return message.role == MessageRole::kUser && has_content(message); }

// Providers want a question first: an answer without it is of no use anyway.
size_t at_question(const std::vector<Message>& path, size_t begin) {
  while (begin + 1 < path.size() && !is_question(path[begin])) ++begin;
  return begin;
}

// What stands between an attached text's marks cannot end it.
void append_file(std::string& to, const Attachment& file) {
  std::string name;
  for (const char c : file.name) name += c == '"' || c == '<' || c == '>' ? '\'' : c;
  to += "<attached-file name=\"" + name + "\">\n";
  std::string_view text = *file.text;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  constexpr std::string_view kEnd = "</attached-file";
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(kEnd, at), text.size());
    to.append(text.substr(at, end - at));
    if (end < text.size()) to += "<\\/attached-file";
    at = end + (end < text.size() ? kEnd.size() : 0);
  }
  to += "\n</attached-file>\n\n";
}

bool is_media(const Attachment& file) { return file.kind != AttachmentKind::kText; }

bool is_taken(const PromptInput& input, const Attachment& file) {
  return file.kind == AttachmentKind::kImage ? input.sees_images : file.kind == AttachmentKind::kPdf && input.reads_pdf;
}

// How much of the pictures and documents still goes into the request.
struct MediaRoom {
  int count = limits::kPromptMedia;
  int64_t bytes = limits::kPromptMediaBytes;
  bool take(const Attachment& file) {
    if (count == 0 || file.bytes > bytes) return count = 0, false;
    --count;
    bytes -= file.bytes;
    return true;
  }
};

provider::ChatMessage chat_message(const PromptInput& input, const Message& message, MediaRoom& room) {
  provider::ChatMessage out{message.role == MessageRole::kUser ? provider::Role::kUser : provider::Role::kAssistant, "", {}};
  for (const Attachment& file : message.attachments) {
    if (!is_media(file)) continue;
    if (is_taken(input, file) && room.take(file)) out.media.push_back({file.id, file.name, file.media_type, nullptr});
    else out.content += "[Attached earlier, not shown here: " + file.name + "]\n";
  }
  out.content += prompt_text(message);
  return out;
}

}  // namespace

std::string prompt_text(const Message& message) {
  std::string out;
  for (const Attachment& file : message.attachments) {
    if (file.text) append_file(out, file);
    else if (!is_media(file)) out += "[Attached earlier, not shown here: " + file.name + "]\n";
  }
  return out.empty() ? message.content : out + message.content;
}

int64_t prompt_tokens(const Message& message) {
  int64_t tokens = prompt_tokens(std::string_view(message.content));
  for (const Attachment& file : message.attachments) {
    if (file.kind == AttachmentKind::kImage) tokens += limits::kImageTokens;
    if (file.kind == AttachmentKind::kPdf) tokens += std::max(limits::kPdfTokensMin, file.bytes / limits::kPdfBytesPerToken);
    if (file.text) tokens += prompt_tokens(std::string_view(*file.text)) + kMessageTokens;
  }
  return tokens;
}

int64_t prompt_tokens(std::string_view text) {
  int64_t ascii = 0;
  int64_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) ++ascii;
    else if (byte >= 0xC0) ++others;
  }
  return (ascii + 3) / 4 + others;
}

std::optional<size_t> last_summary(const std::vector<Message>& path) {
  for (size_t i = path.size(); i > 0; --i) {
    if (path[i - 1].kind == MessageKind::kSummary) return i - 1;
  }
  return std::nullopt;
}

int64_t prompt_budget(const PromptInput& input) {
  const int64_t context = input.context_tokens > 0 ? input.context_tokens : limits::kContextTokensUnknown;
  int64_t answer = input.max_tokens.value_or(input.rules.max_tokens.value_or(limits::kAnswerTokensKept));
  if (input.output_tokens_max > 0) answer = std::min(answer, input.output_tokens_max);
  return context - std::min(answer, context / 2);  // a cap beyond the context must not leave nothing for the question
}

Result<Prompt> build_prompt(const PromptInput& input) {
  const auto summary = last_summary(input.path);
  const size_t from = summary ? *summary + 1 : 0;
  Prompt prompt;
  provider::ChatRequest& request = prompt.request;
  request.model = input.model;
  request.max_tokens = input.max_tokens ? input.max_tokens : input.rules.max_tokens;
  request.temperature = input.temperature ? input.temperature : input.rules.temperature;
  request.prefix = input.prefix;
  request.system = system_text(input, summary);
  const int64_t fixed = prompt_tokens(request.system) + prompt_tokens(input.prefix) + 2 * kMessageTokens;
  const int64_t budget = prompt_budget(input);
  if (input.path.empty()) return Error{ErrorCode::kInvalidRequest, "There is no message to answer.", ""};
  if (fixed + message_tokens(input.path.back()) > budget) {
    return Error{ErrorCode::kContextTooLong, "This message is too long for the model. Please shorten it or choose another model.", "prompt budget"};
  }
  prompt.begin = first_kept(input.path, from, budget - fixed);
  if (prompt.begin > from) {
    prompt.begin = at_question(input.path, prompt.begin);
    prompt.left_out = prompt.begin - from;
    append_paragraph(request.system, kLeftOut);
  }
  prompt.tokens = fixed;
  for (size_t i = prompt.begin; i < input.path.size(); ++i) {
    const Message& message = input.path[i];
    if (message.role == MessageRole::kSystem || !has_content(message)) continue;
    prompt.tokens += message_tokens(message);
  }
  MediaRoom room;  // the newest first
  for (size_t i = input.path.size(); i > prompt.begin; --i) {
    const Message& message = input.path[i - 1];
    if (message.role != MessageRole::kSystem && has_content(message)) request.messages.push_back(chat_message(input, message, room));
  }
  std::reverse(request.messages.begin(), request.messages.end());
  return prompt;
}

size_t summary_end(const PromptInput& input) {
  const auto summary = last_summary(input.path);
  const size_t from = summary ? *summary + 1 : 0;
  const size_t kept = at_question(input.path, first_kept(input.path, from, prompt_budget(input) / 3));
  return kept > from ? kept : 0;
}

}  // namespace whinchat::chat
