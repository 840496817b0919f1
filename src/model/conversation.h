// Conversations and their messages, which form a tree: a changed question or another answer is a sibling. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
  int64_t created_ms = 0;
};

}  // namespace whinchat
