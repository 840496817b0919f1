#include "chat/turn_records.h"

#include <algorithm>
#include <limits>

#include "base/ids.h"
#include "base/limits.h"
#include "chat/titles.h"
#include "chat/turn.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/turns.h"

namespace whinchat::chat {

namespace {

using store::Connection;

constexpr int kRecoveredAtOnce = 500;

Error conflict(const char* message) { return {ErrorCode::kConflict, message, ""}; }
Error wrong(const char* message) { return {ErrorCode::kInvalidRequest, message, ""}; }

// The message a turn hangs on, when it fits.
Result<std::optional<Message>> check_parent(Connection& connection, const TurnOrder& order) {
  const TurnKind kind = order.turn.kind;
  if (!order.parent_id) {
    if (kind == TurnKind::kAsk) return std::optional<Message>();
    return wrong("parent_id is missing.");
  }
  auto parent = store::find_message(connection, order.turn.conversation_id, *order.parent_id);
  if (!parent.ok()) return std::move(parent).error();
  if (parent->state == TurnState::kRunning) return conflict("The answer is still being written. Stop it or wait for its end.");
  if (kind == TurnKind::kRegenerate && parent->role != MessageRole::kUser) return wrong("Only a question can be answered again: parent_id must be the user's message.");
  if (kind == TurnKind::kContinue && (parent->role != MessageRole::kAssistant || parent->content.empty())) {
    return wrong("Only an answer with some text can go on: parent_id must be the answer.");
  }
  return std::optional<Message>(std::move(parent).value());
}

Result<void> insert_question(Connection& connection, const TurnOrder& order, Turn& turn) {
  Message question;
  question.id = make_id(turn.created_ms);
  question.conversation_id = turn.conversation_id;
  question.parent_id = order.parent_id;
  question.role = MessageRole::kUser;
  question.content = order.message;
  question.created_ms = turn.created_ms;
  if (auto inserted = store::insert_message(connection, question); !inserted) return inserted;
  turn.user_message_id = question.id;
  return store::attach(connection, turn.user_id, order.attachments, question.id, turn.created_ms);
}

Result<void> insert_answer(Connection& connection, Turn& turn, std::optional<std::string> parent_id, const std::string& seed) {
  Message answer;
  answer.id = make_id(turn.created_ms);
  answer.conversation_id = turn.conversation_id;
  answer.parent_id = std::move(parent_id);
  answer.role = MessageRole::kAssistant;
  answer.content = seed;
  answer.provider = turn.provider;
  answer.model = turn.model;
  answer.state = TurnState::kRunning;
  answer.turn_id = turn.id;
  answer.created_ms = turn.created_ms;
  turn.message_id = answer.id;
  return store::insert_message(connection, answer);
}

store::Reservation reservation_of(const Turn& turn, const store::Amount& amount) {
  return {turn.id, turn.user_id, turn.provider, turn.model, amount};
}

// What is counted for a turn that ended. A call that failed before it gave anything costs no message.
store::Amount amount_of(const Turn& turn, size_t answer_bytes) {
  const bool nothing = turn.state == TurnState::kFailed && answer_bytes == 0 && turn.usage.output_tokens.value_or(0) == 0;
  return {nothing ? 0 : 1, turn.usage.input_tokens.value_or(0), turn.usage.output_tokens.value_or(0), turn.usage.cost_micros.value_or(0),
          nothing || turn.usage.cost_micros ? 0 : 1};
}

Result<void> interrupt(Connection& connection, Turn turn, const std::vector<store::JournalPiece>& pieces, const Price& price, int64_t now_ms) {
  auto message = store::find_message(connection, turn.conversation_id, turn.message_id);
  if (!message.ok() && message.error().code != ErrorCode::kNotFound) return std::move(message).error();
  const std::string seed = message.ok() ? message->content : "";
  TurnLog log(turn, seed);
  for (const store::JournalPiece& piece : pieces) log.append(piece.reasoning, piece.text);
  const TurnLog::Answer answer = log.answer();
  turn.state = TurnState::kInterrupted;
  turn.runs = answer.runs;
  turn.finished_ms = now_ms;
  turn.usage.output_tokens = estimate_tokens(answer.bytes - seed.size());  // the seed was paid for before
  turn.usage.estimated = true;
  turn.usage.cost_micros = price(turn);
  return record_turn_end(connection, turn, answer);
}

}  // namespace

Result<std::optional<Turn>> find_same_turn(Connection& connection, const TurnOrder& order) {
  auto stored = store::find_turn(connection, order.turn.id);
  if (!stored.ok()) return std::move(stored).error();
  if (!*stored) return std::optional<Turn>();
  if ((*stored)->turn.user_id != order.turn.user_id) return Error{ErrorCode::kNotFound, "This turn does not exist.", ""};
  if ((*stored)->request_hash != order.request_hash) return conflict("This id was used for another request. Please make a new one.");
  return std::optional<Turn>(std::move((*stored)->turn));
}

Result<Admission> admit_turn(Connection& connection, const TurnOrder& order) {
  auto same = find_same_turn(connection, order);
  if (!same.ok()) return std::move(same).error();
  if (*same) return Admission{std::move(**same), false, "", false};
  Admission admission;
  Turn& turn = admission.turn = order.turn;
  auto conversation = store::find_conversation(connection, turn.user_id, turn.conversation_id);
  if (!conversation.ok()) return std::move(conversation).error();
  auto parent = check_parent(connection, order);
  if (!parent.ok()) return std::move(parent).error();
  if (auto reserved = store::reserve(connection, reservation_of(turn, order.reserved), turn.created_ms); !reserved) return reserved.error();

  std::optional<std::string> answer_parent = order.parent_id;
  if (turn.kind == TurnKind::kAsk) {
    if (auto asked = insert_question(connection, order, turn); !asked) return asked.error();
    answer_parent = turn.user_message_id;
  } else if (turn.kind == TurnKind::kContinue) {
    admission.seed = (*parent)->content;
    answer_parent = (*parent)->parent_id;
  }
  if (auto placed = insert_answer(connection, turn, answer_parent, admission.seed); !placed) return placed.error();
  if (auto begun = store::insert_turn(connection, turn, order.request_hash); !begun) return begun.error();
  if (turn.kind == TurnKind::kAsk && !order.parent_id && conversation->title_source == TitleSource::kNone) {
    admission.first_exchange = true;
    auto named = store::set_title_auto(connection, turn.user_id, turn.conversation_id, title_from_words(order.first_words), turn.created_ms);
    if (!named.ok()) return std::move(named).error();
  }
  auto head = store::set_head(connection, turn.user_id, turn.conversation_id, turn.message_id, turn.provider, turn.model, turn.created_ms);
  if (!head) return head.error();
  return admission;
}

Result<void> record_turn_end(Connection& connection, const Turn& ended, const TurnLog::Answer& answer) {
  auto first = store::end_turn(connection, ended);
  if (!first.ok()) return std::move(first).error();
  if (!*first) return {};
  store::MessageEnd end;
  end.state = ended.state;
  end.content = answer.content;
  end.reasoning = answer.reasoning;
  end.provider = ended.provider;
  end.model = ended.model;
  end.finish_reason = ended.finish_reason;
  end.error_code = ended.error_code;
  end.error = ended.error;
  end.retry_ms = ended.retry_ms;
  end.usage = ended.usage;
  auto finished = store::finish_message(connection, ended.message_id, end);
  if (!finished && finished.error().code != ErrorCode::kConflict) return finished;  // kConflict: the message is gone; the turn ends all the same
  const int64_t now_ms = ended.finished_ms.value_or(ended.created_ms);
  if (auto settled = store::settle(connection, reservation_of(ended, amount_of(ended, answer.bytes)), now_ms); !settled) return settled;
  return store::touch_conversation(connection, ended.user_id, ended.conversation_id, now_ms);
}

Result<void> record_side_call(Connection& connection, const Turn& turn, const std::string& model, const store::Amount& amount, int64_t now_ms) {
  return store::settle(connection, {make_id(now_ms), turn.user_id, turn.provider, model, amount}, now_ms);
}

Result<std::string> record_summary(Connection& connection, const Turn& turn, const std::string& after_id, const std::string& before_id,
                                   std::string_view text, const std::string& model, int64_t now_ms) {
  Message summary;
  summary.id = make_id(now_ms);
  summary.conversation_id = turn.conversation_id;
  summary.parent_id = after_id;
  summary.role = MessageRole::kSystem;
  summary.kind = MessageKind::kSummary;
  summary.content = text;
  summary.provider = turn.provider;
  summary.model = model;
  summary.created_ms = now_ms;
  if (auto inserted = store::insert_message(connection, summary); !inserted) return inserted.error();
  if (auto moved = store::move_message(connection, turn.conversation_id, before_id, after_id, summary.id); !moved) return moved.error();
  if (auto touched = store::touch_conversation(connection, turn.user_id, turn.conversation_id, now_ms); !touched) return touched.error();
  return summary.id;
}

Result<int> recover_turns(Connection& connection, const Price& price, int64_t now_ms) {
  auto journal = store::read_journal(connection);
  if (!journal.ok()) return std::move(journal).error();
  int recovered = 0;
  for (;;) {
    auto running = store::running_turns(connection, kRecoveredAtOnce);
    if (!running.ok()) return std::move(running).error();
    if (running->empty()) break;
    for (const Turn& turn : *running) {
      if (auto done = interrupt(connection, turn, (*journal)[turn.id], price, now_ms); !done) return std::move(done).error();
      ++recovered;
    }
  }
  if (auto settled = store::settle_left_over(connection, now_ms); !settled.ok()) return std::move(settled).error();
  for (bool more = true; more;) {
    auto trimmed = store::trim_journal(connection, std::numeric_limits<int64_t>::max());
    if (!trimmed.ok()) return std::move(trimmed).error();
    more = *trimmed;
  }
  return recovered;
}

Result<void> recover_turn(Connection& connection, const std::string& turn_id, const Price& price, int64_t now_ms) {
  auto stored = store::find_turn(connection, turn_id);
  if (!stored.ok()) return std::move(stored).error();
  if (!*stored || (*stored)->turn.state != TurnState::kRunning) return {};
  auto journal = store::read_journal(connection);
  if (!journal.ok()) return std::move(journal).error();
  return interrupt(connection, (*stored)->turn, (*journal)[turn_id], price, now_ms);
}

}  // namespace whinchat::chat
