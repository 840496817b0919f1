#include "store/turns.h"


#include "base/limits.h"
#include "store/usage_row.h"

namespace whinchat::store {

namespace {

#define WHINCHAT_TURN_COLUMNS                                                                                              \
  "id, user_id, conversation_id, kind, state, user_message_id, message_id, runs, provider, model, finish_reason, "       \
  "error_code, error, " USAGE_COLUMNS ", created_ms, finished_ms, retry_ms"
constexpr int kTurnColumns = 23;

Turn turn_of(const Row& row) {
  Turn turn;
  turn.id = row.text(0);
  turn.user_id = row.text(1);
  turn.conversation_id = row.text(2);
  turn.kind = turn_kind(row.text(3)).value_or(TurnKind::kAsk);
  turn.state = from_wire_name<TurnState>(row.text(4)).value_or(TurnState::kInterrupted);
  turn.user_message_id = row.text_or_null(5);
  turn.message_id = row.text(6);
  turn.runs = row.text(7);
  turn.provider = row.text(8);
  turn.model = row.text(9);
  turn.finish_reason = row.text(10);
  turn.error_code = row.text(11);
  turn.error = row.text(12);
  turn.usage = usage_of(row, 13);
  turn.created_ms = row.integer(20);
  turn.finished_ms = row.integer_or_null(21);
  turn.retry_ms = row.integer_or_null(22);
  return turn;
}

}  // namespace

Result<void> insert_turn(Connection& connection, const Turn& turn, std::string_view request_hash) {
  return run(connection,
             "INSERT INTO turn (id, user_id, conversation_id, kind, request_hash, user_message_id, message_id, state, runs, provider, model, created_ms,"
             " input_tokens, estimated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'running', ?8, ?9, ?10, ?11, ?12, ?13)",
             turn.id, turn.user_id, turn.conversation_id, wire_name(turn.kind), Blob{request_hash}, turn.user_message_id, turn.message_id,
             turn.runs, turn.provider, turn.model, turn.created_ms, turn.usage.input_tokens, turn.usage.estimated);
}

Result<std::optional<StoredTurn>> find_turn(Connection& connection, const std::string& id) {
  return one<StoredTurn>(
      connection, "SELECT " WHINCHAT_TURN_COLUMNS ", request_hash FROM turn WHERE id = ?1",
      [](const Row& row) { return StoredTurn{turn_of(row), row.text(kTurnColumns)}; }, id);
}

Result<bool> end_turn(Connection& connection, const Turn& turn) {
  const TurnUsage& usage = turn.usage;
  auto ended = run(connection,
                   "UPDATE turn SET state = ?2, runs = ?3, model = ?4, finish_reason = ?5, error_code = ?6, error = ?7, input_tokens = ?8,"
                   " cached_tokens = ?9, cache_write_tokens = ?10, output_tokens = ?11, reasoning_tokens = ?12, cost_micros = ?13,"
                   " estimated = ?14, finished_ms = ?15, retry_ms = ?16 WHERE id = ?1 AND state = 'running'",
                   turn.id, wire_name(turn.state), turn.runs, turn.model, turn.finish_reason, turn.error_code, turn.error, usage.input_tokens,
                   usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens, usage.reasoning_tokens, usage.cost_micros,
                   usage.estimated, turn.finished_ms, turn.retry_ms);
  if (!ended) return std::move(ended).error();
  return connection.changes() == 1;
}

Result<std::vector<Turn>> turns_of_conversation(Connection& connection, const std::string& conversation_id) {
  return all<Turn>(connection,
                   "SELECT " WHINCHAT_TURN_COLUMNS " FROM (SELECT * FROM turn WHERE conversation_id = ?1 ORDER BY created_ms DESC LIMIT ?2)"
                   " ORDER BY created_ms, id",
                   turn_of, conversation_id, limits::kTurnsListed);
}

Result<std::vector<Turn>> running_turns(Connection& connection, int count_max) {
  return all<Turn>(connection, "SELECT " WHINCHAT_TURN_COLUMNS " FROM turn WHERE state = 'running' ORDER BY created_ms LIMIT ?1", turn_of, count_max);
}

Result<int64_t> append_journal(Connection& connection, const std::vector<JournalPiece>& pieces) {
  int64_t first = 0;
  for (const JournalPiece& piece : pieces) {
    auto appended = run(connection, "INSERT INTO turn_journal (turn_id, at, reasoning, piece) VALUES (?1, ?2, ?3, ?4)", piece.turn_id, piece.at,
                        piece.reasoning, piece.text);
    if (!appended) return std::move(appended).error();
    if (first == 0) first = connection.last_rowid();
  }
  return first;
}

Result<JournalByTurn> read_journal(Connection& connection) {
  JournalByTurn out;
  auto rows = all<int>(
      connection, "SELECT turn_id, at, reasoning, piece FROM turn_journal ORDER BY seq",
      [&](const Row& row) {
        std::vector<JournalPiece>& pieces = out[row.text(0)];
        while (!pieces.empty() && pieces.back().at >= row.integer(1)) pieces.pop_back();  // written anew from here
        pieces.push_back({row.text(0), row.integer(1), row.flag(2), row.text(3)});
        return 0;
      });
  if (!rows) return std::move(rows).error();
  return out;
}

Result<bool> trim_journal(Connection& connection, int64_t before_seq) {
  constexpr int64_t kRowsAtOnce = 5000;
  auto trimmed = run(connection,
                     "DELETE FROM turn_journal WHERE seq < min(?1, (SELECT coalesce(min(seq), 0) FROM turn_journal) + ?2)", before_seq, kRowsAtOnce);
  if (!trimmed) return std::move(trimmed).error();
  return connection.changes() > 0;
}

}  // namespace whinchat::store
