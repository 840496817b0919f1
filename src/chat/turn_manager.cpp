#include "chat/turn_manager.h"

#include <algorithm>
#include <thread>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/text.h"
#include "provider/cost.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/turns.h"

namespace whinchat::chat {

namespace {

constexpr std::chrono::seconds kStopPatience{6};
constexpr std::chrono::milliseconds kPoll{2};

Error not_found() { return {ErrorCode::kNotFound, "This turn does not exist.", ""}; }

// One text for one request, whatever its JSON looked like.
std::string hash_of(const StartTurn& wanted) {
  std::string text;
  const auto add = [&text](std::string_view part) { text += std::to_string(part.size()) + ':' + std::string(part); };
  add(wanted.conversation_id);
  add(wire_name(wanted.kind));
  add(wanted.parent_id.value_or(""));
  add(wanted.message);
  add(wanted.provider);
  add(wanted.model);
  add(wanted.max_tokens ? std::to_string(*wanted.max_tokens) : "");
  add(wanted.temperature ? std::to_string(*wanted.temperature) : "");
  if (!wanted.instructions.empty()) add(wanted.instructions);
  for (const std::string& id : wanted.attachments) add(id);
  const auto hash = sha256(text);
  return std::string(hash.begin(), hash.end());
}

Result<Message> question_of(store::Connection& connection, const StartTurn& wanted) {
  Message question;
  question.role = MessageRole::kUser;
  question.content = wanted.message;
  int64_t bytes = 0;
  for (const std::string& id : wanted.attachments) {
    auto file = store::find_attachment(connection, wanted.user_id, id);
    if (!file.ok() && file.error().code == ErrorCode::kNotFound) {
      return Error{ErrorCode::kInvalidRequest, "A file of this message is not here any more. Please attach it again.", ""};
    }
    if (!file.ok()) return std::move(file).error();
    bytes += file->bytes;
    question.attachments.push_back(std::move(file).value());
  }
  if (bytes > limits::kAttachmentMessageBytes) return Error{ErrorCode::kTooLarge, "The files of this message are too large together. Please send some of them in another one.", ""};
  return question;
}

// Before anything is stored or asked: a model that cannot read what the question comes with.
Result<void> check_media(const Message& question, const PromptInput& input, const std::string& model_name, const provider::Provider& provider) {
  for (const Attachment& file : question.attachments) {
    if (file.kind == AttachmentKind::kImage && !input.sees_images) {
      return Error{ErrorCode::kInvalidRequest, model_name + " cannot see pictures. Please choose another model or remove the picture.", "images"};
    }
    if (file.kind == AttachmentKind::kPdf && !input.reads_pdf) {
      return Error{ErrorCode::kInvalidRequest, std::string(provider.name()) + " takes no PDF files here. Please choose another model or send the text.", "pdf"};
    }
  }
  return {};
}

}  // namespace

// A place among the user's running turns and among all; given back when it goes.
struct TurnManager::Place {
  Place(TurnManager& m, std::string user) : manager(m), user_id(std::move(user)) {}
  ~Place() {
    std::lock_guard lock(manager.mutex_);
    --manager.places_taken_;
    if (--manager.places_[user_id] <= 0) manager.places_.erase(user_id);
  }
  static Result<std::shared_ptr<Place>> take(TurnManager& manager, const std::string& user_id, int user_max) {
    std::lock_guard lock(manager.mutex_);
    if (manager.refusing_) return Error{ErrorCode::kUnavailable, "The server is shutting down. Please send your message again in a moment.", "drain", 5};
    if (manager.places_taken_ >= limits::kTurnsRunning) return Error{ErrorCode::kUnavailable, "The server is busy. Please try again in a moment.", "turns running", 2};
    int& own = manager.places_[user_id];
    if (own >= user_max) return Error{ErrorCode::kTooManyStreams, "Too many of your answers are being written at once. Stop one or wait.", "", 2};
    ++own;
    ++manager.places_taken_;
    return std::make_shared<Place>(manager, user_id);
  }
  TurnManager& manager;
  const std::string user_id;
};

struct TurnManager::Seen {
  std::optional<Turn> same;
  Conversation conversation;
  std::vector<Message> path;
  std::string prefix;
  int64_t tokens = 0;  // of the path
};

TurnManager::TurnManager(TurnParts parts)
    : parts_(std::move(parts)),
      journal_([this](const Journal::Job& job) { return parts_.database.write([&](store::Connection& connection) { return job(connection); }); }, parts_.log),
      runner_(parts_, journal_) {}

TurnManager::~TurnManager() { stop(); }

Result<int> TurnManager::recover() {
  auto recovered = parts_.database.write([&](store::Connection& connection) { return recover_turns(connection, [this](const Turn& turn) { return price_of(turn); }, now_ms()); });
  if (recovered.ok() && *recovered > 0) {
    parts_.log.warning("chat", "Answers were cut off by the last end of the server; what was written of them is kept", {{"turns", *recovered}});
  }
  return recovered;
}

std::optional<int64_t> TurnManager::price_of(const Turn& turn) const {
  const auto provider = parts_.providers.find(turn.provider);
  if (!provider) return std::nullopt;
  provider::Usage usage;
  usage.input_tokens = turn.usage.input_tokens.value_or(-1);
  usage.output_tokens = turn.usage.output_tokens.value_or(-1);
  return provider::cost_micros(parts_.providers.about(*provider, turn.model), usage);
}

void TurnManager::start() { journal_.start(parts_.loops.at(0)); }

// --- beginning -------------------------------------------------------------------------------------------------------

Result<TurnManager::Seen> TurnManager::look(const StartTurn& wanted, const std::string& hash) {
  TurnOrder order;
  order.turn.id = wanted.id;
  order.turn.user_id = wanted.user_id;
  order.request_hash = hash;
  return parts_.database.read([&](store::Connection& connection) -> Result<Seen> {
    Seen seen;
    auto same = find_same_turn(connection, order);
    if (!same.ok()) return std::move(same).error();
    if (*same) {
      seen.same = std::move(**same);
      return seen;
    }
    auto conversation = store::find_conversation(connection, wanted.user_id, wanted.conversation_id);
    if (!conversation.ok()) return std::move(conversation).error();
    seen.conversation = std::move(conversation).value();
    if (wanted.parent_id) {
      auto path = store::path_to(connection, wanted.conversation_id, *wanted.parent_id);
      if (!path.ok()) return std::move(path).error();
      seen.path = std::move(path).value();
    }
    if (wanted.kind == TurnKind::kAsk) {
      auto question = question_of(connection, wanted);
      if (!question.ok()) return std::move(question).error();
      seen.path.push_back(std::move(question).value());
    } else if (wanted.kind == TurnKind::kContinue && !seen.path.empty()) {
      seen.prefix = std::move(seen.path.back().content);
      seen.path.pop_back();
    }
    if (auto texts = store::load_texts(connection, seen.path, limits::kPromptFileTextBytes); !texts) return texts.error();
    for (const Message& message : seen.path) seen.tokens += prompt_tokens(message);
    seen.tokens += prompt_tokens(std::string_view(seen.prefix));
    return seen;
  });
}

Result<std::shared_ptr<provider::Provider>> TurnManager::choose(const StartTurn& wanted, const Conversation& conversation, std::string& model) const {
  const provider::Registry& providers = parts_.providers;
  const bool as_before = wanted.provider.empty() && !conversation.provider.empty() && providers.find(conversation.provider);
  const std::string& id = as_before ? conversation.provider : wanted.provider;
  auto chosen = providers.find(id);
  if (!chosen) {
    if (auto reason = providers.why_unavailable(id)) return Error{ErrorCode::kProviderUnavailable, *reason, id};
    return Error{ErrorCode::kInvalidRequest, "The provider is not known here.", id};
  }
  if (auto refusal = chosen->refusal()) return *refusal;
  model = wanted.model;
  const bool same_provider = chosen->id() == conversation.provider;
  if (model.empty() && same_provider && providers.offers(*chosen, conversation.model)) model = conversation.model;
  if (!providers.offers(*chosen, model)) return Error{ErrorCode::kInvalidRequest, "The provider does not offer this model.", ""};
  if (model.empty()) model = chosen->default_model();
  return chosen;
}

Result<Admission> TurnManager::admit(const TurnOrder& order, const Running& running) {
  bool listed = false;
  auto admission = parts_.database.write([&](store::Connection& connection) {
    auto admitted = admit_turn(connection, order);
    if (!admitted.ok() || !admitted->is_new) return admitted;
    running->turn = admitted->turn;
    running->log = std::make_shared<TurnLog>(admitted->turn, admitted->seed);
    running->first_exchange = admitted->first_exchange;
    // Before the commit: whoever is told of this turn finds it here.
    std::lock_guard lock(mutex_);
    running_[order.turn.id] = running;
    listed = true;
    return admitted;
  });
  if (!admission.ok() && listed) {
    std::lock_guard lock(mutex_);
    running_.erase(order.turn.id);
  }
  return admission;
}

Result<TurnManager::Begun> TurnManager::begin(const StartTurn& wanted) {
  const std::string hash = hash_of(wanted);
  auto seen = look(wanted, hash);
  if (!seen.ok()) return std::move(seen).error();
  if (seen->same) return repeated(*seen->same);
  auto running = std::make_shared<RunningTurn>();
  std::string model;
  auto chosen = choose(wanted, seen->conversation, model);
  if (!chosen.ok()) return std::move(chosen).error();
  auto place = Place::take(*this, wanted.user_id, wanted.running_max);
  if (!place.ok()) return std::move(place).error();

  const provider::ModelInfo about = parts_.providers.about(**chosen, model);
  if (!wanted.instructions.empty() && parts_.rules.system_prompt_locked) {
    return Error{ErrorCode::kInvalidRequest, "The system prompt is set by this server and cannot be changed.", ""};
  }
  PromptInput& input = running->input;
  input = {std::move(seen->path), std::move(seen->prefix), parts_.rules, model, wanted.max_tokens, wanted.temperature, about.context_tokens, about.output_tokens_max,
           wanted.instructions, about.sees_images.value_or(true), (*chosen)->takes_pdf()};
  if (!input.path.empty()) {
    if (auto readable = check_media(input.path.back(), input, about.name, **chosen); !readable) return readable.error();
  }
  running->provider = std::move(chosen).value();
  TurnOrder order;
  order.turn.id = wanted.id;
  order.turn.user_id = wanted.user_id;
  order.turn.conversation_id = wanted.conversation_id;
  order.turn.kind = wanted.kind;
  order.turn.provider = running->provider->id();
  order.turn.model = model;
  order.turn.created_ms = now_ms();
  order.request_hash = hash;
  order.parent_id = wanted.parent_id;
  order.message = wanted.message;
  order.attachments = wanted.attachments;
  order.first_words = is_blank(wanted.message) && !input.path.empty() && !input.path.back().attachments.empty() ? input.path.back().attachments.front().name : wanted.message;
  provider::Usage most;
  most.input_tokens = std::min(seen->tokens + prompt_tokens(parts_.rules.system_prompt) + prompt_tokens(wanted.instructions), prompt_budget(input));
  most.output_tokens = wanted.max_tokens.value_or(parts_.rules.max_tokens.value_or(limits::kAnswerTokensReserved));
  order.turn.usage.input_tokens = most.input_tokens;
  order.turn.usage.estimated = true;
  order.reserved = {1, most.input_tokens, most.output_tokens, provider::cost_micros(about, most).value_or(0)};

  auto admission = admit(order, running);
  if (!admission.ok()) return std::move(admission).error();
  if (!admission->is_new) return repeated(admission->turn);
  if (wanted.kind == TurnKind::kAsk) input.path.back().id = admission->turn.user_message_id.value_or("");
  journal_.open(running->log);
  {
    std::lock_guard lock(mutex_);
    fibers_.insert(running);
    running->fiber = io::spawn(parts_.loops.next(), [this, running, place = std::move(place).value()]() mutable {
      runner_.run(*running);
      keep(running->log);
      place.reset();
      runner_.name_conversation(*running);
      std::lock_guard inner(mutex_);
      fibers_.erase(running);
    });
  }
  if (running->stopped.load()) running->fiber.cancel(io::CancelReason::kStopped);  // somebody was faster
  return Begun{std::move(admission->turn), true, running->log->position()};
}

// The turn as it is by now: it may have ended since.
Result<TurnManager::Begun> TurnManager::repeated(const Turn& turn) {
  auto found = find(turn.user_id, turn.id);
  if (!found.ok()) return std::move(found).error();
  return Begun{std::move(found->turn), false, found->position};
}

// --- finding ---------------------------------------------------------------------------------------------------------

TurnManager::Running TurnManager::find_running(const std::string& user_id, const std::string& turn_id) const {
  std::lock_guard lock(mutex_);
  const auto place = running_.find(turn_id);
  return place != running_.end() && place->second->turn.user_id == user_id ? place->second : nullptr;
}

std::shared_ptr<TurnLog> TurnManager::find_recent(const std::string& user_id, const std::string& turn_id) {
  std::lock_guard lock(mutex_);
  drop_old();
  for (const Ended& ended : ended_) {
    if (ended.log->turn_id() == turn_id && ended.log->user_id() == user_id) return ended.log;
  }
  return nullptr;
}

void TurnManager::keep(const std::shared_ptr<TurnLog>& log) {
  std::lock_guard lock(mutex_);
  running_.erase(log->turn_id());
  if (log->phase() != TurnLog::Phase::kEnded) return;
  ended_.push_back({log, io::Clock::now() + limits::kEndedLogLife, log->bytes()});
  ended_bytes_ += ended_.back().bytes;
  drop_old();
}

void TurnManager::drop_old() {
  const auto now = io::Clock::now();
  while (!ended_.empty() && (ended_.front().until < now || ended_.size() > limits::kEndedLogsKept || ended_bytes_ > limits::kEndedLogBytes)) {
    ended_bytes_ -= ended_.front().bytes;
    ended_.pop_front();
  }
}

Result<store::StoredTurn> TurnManager::stored(const std::string& user_id, const std::string& turn_id) {
  for (bool again = true;; again = false) {
    auto found = parts_.database.read([&](store::Connection& connection) { return store::find_turn(connection, turn_id); });
    if (!found.ok()) return std::move(found).error();
    if (!*found || (*found)->turn.user_id != user_id) return not_found();
    if ((*found)->turn.state != TurnState::kRunning || !again || find_running(user_id, turn_id)) return std::move(**found);
    // Stored as running, but nobody runs it: its admission or its end met a failing disk.
    auto ended = parts_.database.write([&](store::Connection& connection) { return recover_turn(connection, turn_id, [this](const Turn& turn) { return price_of(turn); }, now_ms()); });
    if (!ended.ok()) return std::move(ended).error();
  }
}

Result<TurnManager::Found> TurnManager::find(const std::string& user_id, const std::string& turn_id) {
  if (const Running running = find_running(user_id, turn_id)) return Found{running->log->turn(), running->log->position()};
  if (const auto recent = find_recent(user_id, turn_id)) return Found{recent->turn(), recent->position()};
  auto found = stored(user_id, turn_id);
  if (!found.ok()) return std::move(found).error();
  if (const Running running = find_running(user_id, turn_id)) return Found{running->log->turn(), running->log->position()};
  const size_t bytes = runs_bytes(parse_runs(found->turn.runs).value_or(std::vector<Run>{}));
  return Found{std::move(found->turn), bytes};
}

Result<std::shared_ptr<TurnLog>> TurnManager::log_of(const std::string& user_id, const std::string& turn_id) {
  if (const Running running = find_running(user_id, turn_id)) return running->log;
  if (auto recent = find_recent(user_id, turn_id)) return recent;
  auto found = stored(user_id, turn_id);
  if (!found.ok()) return std::move(found).error();
  if (const Running running = find_running(user_id, turn_id)) return running->log;
  Turn& turn = found->turn;
  auto message = parts_.database.read([&](store::Connection& connection) { return store::find_message(connection, turn.conversation_id, turn.message_id); });
  if (!message.ok()) return std::move(message).error();
  return TurnLog::ended(std::move(turn), message->content, message->reasoning);
}

Result<TurnManager::Found> TurnManager::stop_turn(const std::string& user_id, const std::string& turn_id) {
  if (const Running running = find_running(user_id, turn_id)) {
    running->stopped.store(true);
    io::FiberRef fiber;
    {
      std::lock_guard lock(mutex_);
      fiber = running->fiber;
    }
    fiber.cancel(io::CancelReason::kStopped);
  }
  return find(user_id, turn_id);
}

void TurnManager::stop_all_of(std::string_view user_id) {
  std::vector<io::FiberRef> fibers;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, running] : running_) {
      if (running->turn.user_id != user_id) continue;
      running->stopped.store(true);
      fibers.push_back(running->fiber);
    }
  }
  for (const io::FiberRef& fiber : fibers) fiber.cancel(io::CancelReason::kStopped);
}

// --- the end ---------------------------------------------------------------------------------------------------------

void TurnManager::refuse_new() {
  std::lock_guard lock(mutex_);
  refusing_ = true;
}

size_t TurnManager::running() const {
  std::lock_guard lock(mutex_);
  return running_.size();
}

void TurnManager::interrupt_all() {
  std::vector<Running> all;
  std::vector<io::FiberRef> fibers;
  {
    std::lock_guard lock(mutex_);
    refusing_ = true;
    for (const auto& [id, running] : running_) all.push_back(running);
    for (const Running& running : fibers_) fibers.push_back(running->fiber);
  }
  for (const Running& running : all) running->log->close();
  for (const io::FiberRef& fiber : fibers) fiber.cancel(io::CancelReason::kDrain);
}

void TurnManager::stop() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  interrupt_all();
  const auto end = io::Clock::now() + kStopPatience;
  const auto left = [this] {
    std::lock_guard lock(mutex_);
    return !fibers_.empty();
  };
  while (left() && io::Clock::now() < end) {
    if (io::Clock::now() > end - kStopPatience / 2) runner_.give_up();
    std::this_thread::sleep_for(kPoll);
  }
  journal_.stop();
  while (journal_.running() && io::Clock::now() < end + kStopPatience) std::this_thread::sleep_for(kPoll);
}

}  // namespace whinchat::chat
