#include "chat/turn_runner.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "chat/log_sink.h"
#include "chat/prompt_media.h"
#include "chat/summaries.h"
#include "chat/titles.h"
#include "chat/turn_records.h"
#include "provider/cost.h"
#include "store/conversations.h"

namespace whinchat::chat {

namespace {

constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::seconds kLastRetry{5};

std::optional<int64_t> told(int64_t tokens) { return tokens >= 0 ? std::optional<int64_t>(tokens) : std::nullopt; }

TurnUsage usage_of(const provider::Usage& usage, const provider::ModelInfo& model) {
  TurnUsage out;
  out.input_tokens = told(usage.input_tokens);
  out.cached_tokens = told(usage.cached_input_tokens);
  out.cache_write_tokens = told(usage.cache_write_tokens);
  out.output_tokens = told(usage.output_tokens);
  out.reasoning_tokens = told(usage.reasoning_tokens);
  out.cost_micros = provider::cost_micros(model, usage);
  out.estimated = usage.estimated;
  return out;
}

// Nothing of the provider's was seen, but it was asked: that is not free.
provider::Usage estimated(provider::Usage usage, int64_t prompt_tokens_asked) {
  if (usage.input_tokens >= 0 && usage.output_tokens >= 0) return usage;
  if (usage.input_tokens < 0) usage.input_tokens = prompt_tokens_asked;
  if (usage.output_tokens < 0) usage.output_tokens = 0;
  usage.estimated = true;
  return usage;
}

}  // namespace

// The five steps. The first one is the turn's admission (turn_records.h): question, empty answer and turn are stored.
void TurnRunner::run(RunningTurn& running) {
  std::optional<Error> own_error;
  TurnResult result;
  auto prompt = make_prompt(running);
  if (prompt.ok()) {
    result = ask(running, *prompt, own_error);
  } else {
    result.outcome.error = prompt.error();
  }
  end(running, result, prompt.ok() ? &*prompt : nullptr, own_error);
}

Result<Prompt> TurnRunner::make_prompt(RunningTurn& running) {
  auto prompt = build_prompt(running.input);
  if (prompt.ok() && prompt->left_out > 0 && sum_up(running)) prompt = build_prompt(running.input);
  if (!prompt.ok()) return prompt;
  if (auto loaded = load_media(parts_.database, running.turn.user_id, prompt->request); !loaded) return loaded.error();
  return prompt;
}

// Has the older part of the path summed up and puts the summary into it, in the database and here. False: it stays as it is.
bool TurnRunner::sum_up(RunningTurn& running) {
  std::vector<Message>& path = running.input.path;
  const size_t end = summary_end(running.input);
  if (end == 0 || !running.provider->is_language_model() || !may_spend(running.turn)) return false;
  const std::string model = parts_.providers.cheap_model(*running.provider, running.turn.model);
  const int64_t context = parts_.providers.about(*running.provider, model).context_tokens;
  auto summary = ask_summary(running.provider, model, context, path, end);
  if (!summary.ok()) {
    parts_.log.warning("chat", "The older part of a conversation could not be summed up; it is left out", {{"code", wire_name(summary.error().code)},
                       {"detail", summary.error().detail}, {"turn", running.turn.id}});
    return false;
  }
  note_side_call(running.turn, *running.provider, summary->call, model);
  const auto stored = parts_.database.write([&](store::Connection& connection) {
    return record_summary(connection, running.turn, path[end - 1].id, path[end].id, summary->text, model, now_ms());
  });
  if (!stored.ok()) parts_.log.warning("chat", "A summary could not be stored", {{"detail", stored.error().detail}, {"turn", running.turn.id}});
  Message node;
  node.role = MessageRole::kSystem;
  node.kind = MessageKind::kSummary;
  node.content = std::move(summary->text);
  path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(end));
  path.insert(path.begin(), std::move(node));
  return true;
}

TurnResult TurnRunner::ask(RunningTurn& running, Prompt& prompt, std::optional<Error>& own_error) {
  TurnResult result;
  for (bool again = true; again;) {
    again = false;
    LogSink sink(running.log, journal_, running.input.prefix);
    result = run_turn(*running.provider, prompt.request, sink);
    if (!result.outcome.error) sink.finish();
    own_error = sink.error();
    if (sink.too_long()) {
      result.outcome.error.reset();
      result.outcome.finish = provider::FinishReason::kLength;
    }
    // The model takes less than we knew: once more with half of it, while nothing has been shown.
    if (result.outcome.error && result.outcome.error->code == ErrorCode::kContextTooLong && result.text_bytes == 0 && prompt.request.messages.size() > 1 &&
        running.input.context_tokens != prompt.tokens / 2) {
      running.input.context_tokens = prompt.tokens / 2;
      running.input.max_tokens = running.input.max_tokens.value_or(static_cast<int>(std::min<int64_t>(limits::kAnswerTokensKept, prompt.tokens / 8)));
      auto shorter = make_prompt(running);
      again = shorter.ok() && shorter->tokens < prompt.tokens;
      if (again) prompt = std::move(shorter).value();
    }
  }
  return result;
}

void TurnRunner::end(RunningTurn& running, const TurnResult& result, const Prompt* prompt, const std::optional<Error>& own_error) {
  const provider::ChatOutcome& outcome = result.outcome;
  // From here on the turn cannot be cut any more: what was decided is stored.
  const bool stopped_by_user = running.stopped.load();
  io::this_fiber::clear_cancel();
  std::optional<Error> error = own_error ? own_error : outcome.error;
  Turn ended = running.turn;
  const bool cancelled = error && error->code == ErrorCode::kCancelled;
  ended.state = !error ? TurnState::kDone : !cancelled ? TurnState::kFailed : stopped_by_user ? TurnState::kStopped : TurnState::kInterrupted;
  const bool seen = result.text_bytes > 0 || outcome.usage.output_tokens >= 0;
  provider::Usage usage = outcome.usage;
  if (prompt && (ended.state != TurnState::kFailed || seen)) usage = estimated(usage, prompt->tokens);
  if (!outcome.model.empty()) ended.model = outcome.model;
  // Prices belong to what was asked for: providers answer with dated names.
  ended.usage = usage_of(usage, parts_.providers.about(*running.provider, running.turn.model));
  if (!error) ended.finish_reason = provider::wire_name(outcome.finish);
  if (ended.state == TurnState::kFailed) {
    ended.error_code = wire_name(error->code);
    ended.error = error->message;
  }
  ended.finished_ms = now_ms();
  if (ended.state == TurnState::kFailed && error->retry_after_s) ended.retry_ms = *ended.finished_ms + *error->retry_after_s * int64_t{1000};
  const TurnLog::Answer answer = running.log->answer();
  ended.runs = answer.runs;
  if (store_end(ended, answer)) {
    running.log->end(ended);
    journal_.close(running.log);
  } else {
    running.log->close();  // its rows stay in the journal: the next start makes it an interrupted one
  }
  log_end(ended, result);
  if (parts_.on_end) parts_.on_end(ended, result);
}

bool TurnRunner::store_end(const Turn& ended, const TurnLog::Answer& answer) {
  const auto last_try = io::Clock::now() + limits::kEndPatience;
  auto pause = std::chrono::duration_cast<io::Duration>(kFirstRetry);
  for (bool first = true;; first = false) {
    const auto stored = parts_.database.write([&](store::Connection& connection) { return record_turn_end(connection, ended, answer); });
    if (stored.ok()) return true;
    if (first) {
      parts_.log.error("chat", "The end of an answer could not be stored; it is tried again", {{"turn", ended.id}, {"code", wire_name(stored.error().code)},
                       {"detail", stored.error().detail}});
    }
    if (giving_up_.load() || io::Clock::now() > last_try) return false;
    io::this_fiber::clear_cancel();
    io::this_fiber::sleep_for(pause);
    pause = std::min<io::Duration>(pause * 2, kLastRetry);
  }
}

void TurnRunner::name_conversation(const RunningTurn& running) {
  const Turn& turn = running.turn;
  if (!running.first_exchange || !running.provider->is_language_model() || running.log->turn().state != TurnState::kDone) return;
  if (running.input.path.empty() || !may_spend(turn)) return;
  const std::string model = parts_.providers.cheap_model(*running.provider, turn.model);
  const Message& question = running.input.path.back();
  auto title = ask_title(running.provider, model, is_blank(question.content) ? prompt_text(question) : question.content, running.log->answer().content);
  if (!title.ok()) {
    parts_.log.info("chat", "No title from the model; the first words stay", {{"turn", turn.id}, {"code", wire_name(title.error().code)}});
    return;
  }
  note_side_call(turn, *running.provider, title->call, model);
  const auto named = parts_.database.write([&](store::Connection& connection) {
    return store::set_title_auto(connection, turn.user_id, turn.conversation_id, title->text, now_ms());
  });
  if (!named.ok()) parts_.log.info("chat", "A title could not be stored", {{"turn", turn.id}, {"detail", named.error().detail}});
}

// Side calls are small, but not for somebody whose quota is used up.
bool TurnRunner::may_spend(const Turn& turn) {
  const auto states = parts_.database.read([&](store::Connection& connection) { return store::quota_states(connection, turn.user_id, now_ms()); });
  if (!states.ok()) return false;
  return std::all_of(states->begin() + 1, states->end(), [](const store::QuotaState& state) { return !state.limit || state.used < *state.limit; });
}

void TurnRunner::note_side_call(const Turn& turn, const provider::Provider& provider, const SideAnswer& answer, const std::string& model) {
  const TurnUsage usage = usage_of(answer.usage, parts_.providers.about(provider, model));
  const store::Amount amount{0, usage.input_tokens.value_or(0), usage.output_tokens.value_or(0), usage.cost_micros.value_or(0)};
  const auto noted = parts_.database.write([&](store::Connection& connection) { return record_side_call(connection, turn, model, amount, now_ms()); });
  if (!noted.ok()) parts_.log.warning("chat", "The usage of a side call could not be stored", {{"turn", turn.id}, {"detail", noted.error().detail}});
}

void TurnRunner::log_end(const Turn& ended, const TurnResult& result) const {
  const bool failed = ended.state == TurnState::kFailed;
  parts_.log.write(failed ? LogLevel::kWarning : LogLevel::kInfo, "chat", "Turn ended",
                   {{"turn", ended.id}, {"state", wire_name(ended.state)}, {"provider", ended.provider}, {"model", ended.model},
                    {"input_tokens", ended.usage.input_tokens.value_or(-1)}, {"output_tokens", ended.usage.output_tokens.value_or(-1)},
                    {"first_token_ms", result.first_delta_ms}, {"duration_ms", result.duration_ms}, {"code", ended.error_code},
                    {"detail", failed && result.outcome.error ? result.outcome.error->detail : std::string()},
                    {"upstream_request_id", result.outcome.upstream_request_id}});
}

}  // namespace whinchat::chat
