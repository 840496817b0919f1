// Conversations and their messages, which form a tree: a changed question or another answer is a sibling. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whinchat {

enum class TitleSource { kNone, kAuto, kManual };

struct Conversation {
  std::string id;
  std::string title;
  TitleSource title_source = TitleSource::kNone;
  bool pinned = false;
  bool archived = false;
  std::optional<int64_t> deleted_ms;       // restorable for limits::kUndoDays
  std::string provider;                    // last used; empty: the default
  std::string model;
  std::string draft;
  std::optional<std::string> head_id;      // the leaf of the branch that is shown
  std::optional<std::string> running_turn_id;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  int64_t revision = 0;                    // of the user, at the last change
};

enum class MessageRole { kUser, kAssistant, kSystem };
enum class MessageKind { kMessage, kSummary };  // kSummary: stands for everything above it in the prompt

// A turn's state, and its answer's: running until exactly one of the others is written.
enum class TurnState { kRunning, kDone, kStopped, kInterrupted, kFailed };

// Tokens and money of a turn. Empty: not told by the provider.
struct TurnUsage {
  std::optional<int64_t> input_tokens;
  std::optional<int64_t> cached_tokens;
  std::optional<int64_t> cache_write_tokens;
  std::optional<int64_t> output_tokens;
  std::optional<int64_t> reasoning_tokens;
  std::optional<int64_t> cost_micros;      // micro-USD
  bool estimated = false;                  // counted by us: the provider never told (stopped, cut)
};

enum class AttachmentKind { kImage, kText, kPdf };

// A file beside a message.
struct Attachment {
  std::string id;
  std::optional<std::string> message_id;   // none: uploaded, not sent yet
  AttachmentKind kind = AttachmentKind::kText;
  std::string media_type;                  // as its bytes say: "image/png", "text/markdown"
  std::string name;                        // for people; no path
  int64_t bytes = 0;
  int64_t created_ms = 0;
  std::shared_ptr<const std::string> text;  // of a text, where it was asked for (store::load_texts)
};

struct Message {
  std::string id;
  std::string conversation_id;
  std::optional<std::string> parent_id;    // none: a root
  MessageRole role = MessageRole::kUser;
  MessageKind kind = MessageKind::kMessage;
  std::string content;
  std::string reasoning;
  std::string provider;
  std::string model;
  TurnState state = TurnState::kDone;
  std::optional<std::string> turn_id;      // of an answer: the turn that made it
  std::string finish_reason;               // of an answer, as the provider says: "stop", "length"; empty: not told
  std::string error_code;                  // wire_name of an ErrorCode, when failed
  std::string error;                       // for the person
  std::optional<int64_t> retry_ms;         // epoch ms: not worth trying again before, when failed
  TurnUsage usage;                         // of an answer; copied from its turn, so that copies and imports have it too
  int64_t created_ms = 0;
  std::vector<Attachment> attachments;     // of a question
};

template <class Enum> inline constexpr Enum kLastOf{};
template <> inline constexpr TitleSource kLastOf<TitleSource> = TitleSource::kManual;
template <> inline constexpr MessageRole kLastOf<MessageRole> = MessageRole::kSystem;
template <> inline constexpr MessageKind kLastOf<MessageKind> = MessageKind::kSummary;
template <> inline constexpr TurnState kLastOf<TurnState> = TurnState::kFailed;
template <> inline constexpr AttachmentKind kLastOf<AttachmentKind> = AttachmentKind::kPdf;

// The words on the wire and in the database.
constexpr std::string_view wire_name(TitleSource source) {
  return source == TitleSource::kManual ? "manual" : source == TitleSource::kAuto ? "auto" : "none";
}
constexpr std::string_view wire_name(MessageRole role) {
  return role == MessageRole::kAssistant ? "assistant" : role == MessageRole::kSystem ? "system" : "user";
}
constexpr std::string_view wire_name(MessageKind kind) { return kind == MessageKind::kSummary ? "summary" : "message"; }
constexpr std::string_view wire_name(AttachmentKind kind) {
  return kind == AttachmentKind::kImage ? "image" : kind == AttachmentKind::kPdf ? "pdf" : "text";
}
constexpr std::string_view wire_name(TurnState state) {
  switch (state) {
    case TurnState::kRunning: return "running";
    case TurnState::kDone: return "done";
    case TurnState::kStopped: return "stopped";
    case TurnState::kInterrupted: return "interrupted";
    case TurnState::kFailed: return "failed";
  }
  return "failed";
}

// And back. Nothing: not one of the words.
template <class Enum>
constexpr std::optional<Enum> from_wire_name(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(kLastOf<Enum>); ++i) {
    if (wire_name(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace whinchat
