// One question and its answer on their way: begun by a request, outliving it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/conversation.h"

namespace whinchat {

enum class TurnKind { kAsk, kRegenerate, kContinue };

// The words on the wire and in the database, and back. Nothing: not one of them.
constexpr std::string_view wire_name(TurnKind kind) {
  return kind == TurnKind::kRegenerate ? "regenerate" : kind == TurnKind::kContinue ? "continue" : "ask";
}
constexpr std::optional<TurnKind> turn_kind(std::string_view word) {
  for (TurnKind kind : {TurnKind::kAsk, TurnKind::kRegenerate, TurnKind::kContinue}) {
    if (wire_name(kind) == word) return kind;
  }
  return std::nullopt;
}

struct Turn {
  std::string id;                          // made by the client
  std::string user_id;
  std::string conversation_id;
  TurnKind kind = TurnKind::kAsk;
  TurnState state = TurnState::kRunning;
  std::optional<std::string> user_message_id;
  std::string message_id;                  // the answer
  std::string runs;                        // order of the answer's bytes: "r120 t3400"
  std::string provider;
  std::string model;
  std::string finish_reason;
  std::string error_code;                  // wire_name of an ErrorCode, when failed
  std::string error;                       // for the person
  std::optional<int64_t> retry_ms;         // epoch ms: not worth trying again before, when failed
  TurnUsage usage;
  int64_t created_ms = 0;
  std::optional<int64_t> finished_ms;
};

}  // namespace whinchat
