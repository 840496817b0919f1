#include "chat/turn_manager.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "chat/turn_stage.h"

using namespace whinchat;
using namespace whinchat::chat;

namespace {

using Answer = AnsweringClient::Answer;

bool is_side_call(const nlohmann::json& body) {
  const std::string system = body["messages"][0]["content"];
  return system.find("You name conversations") == 0 || system.find("You sum up") == 0;
}

}  // namespace

TEST_CASE("an answer is stored whole, with its usage, and its conversation gets a title") {
  TurnStage stage;
  stage.client.answer_by([](const nlohmann::json& body) { return is_side_call(body) ? Answer{"\"Greetings among birds\""} : Answer{}; });
  const StartTurn wanted = stage.ask("Hello there, who are you?");
  const Turn turn = stage.answered(wanted);
  CHECK(turn.state == TurnState::kDone);
  CHECK(turn.finish_reason == "stop");
  CHECK(turn.runs == "t9");
  CHECK(turn.usage.output_tokens == 7);
  CHECK_FALSE(turn.usage.estimated);
  const Message answer = stage.message(turn.message_id);
  CHECK(answer.content == "Hello you");
  CHECK(answer.parent_id == turn.user_message_id);
  CHECK(answer.state == TurnState::kDone);
  CHECK(stage.message(*turn.user_message_id).content == "Hello there, who are you?");
  CHECK(eventually([&] { return stage.conversation().title == "Greetings among birds"; }));
  CHECK(stage.conversation().head_id == turn.message_id);
  CHECK_FALSE(stage.conversation().running_turn_id.has_value());
  auto usage = stage.db->read([&](store::Connection& c) { return store::usage_of_user_month(c, stage.user_id, stage.clock.now().epoch_ms); });
  CHECK(eventually([&] {
    usage = stage.db->read([&](store::Connection& c) { return store::usage_of_user_month(c, stage.user_id, stage.clock.now().epoch_ms); });
    return usage->output_tokens == 14;  // the title counts, but is no message
  }));
  CHECK(usage->messages == 1);
}

TEST_CASE("a manual title stays, and a model that gives none leaves the first words") {
  TurnStage stage;
  stage.client.answer_by([](const nlohmann::json& body) { return is_side_call(body) ? Answer{"", 500} : Answer{}; });
  stage.answered(stage.ask("Of meadows and birds"));
  CHECK(stage.conversation().title == "Of meadows and birds");
  CHECK(stage.conversation().title_source == TitleSource::kAuto);
  std::atomic<bool> renamed{false};
  TurnStage other;
  other.client.answer_by([&](const nlohmann::json& body) {
    if (is_side_call(body)) {
      for (int i = 0; i < 2000 && !renamed; ++i) std::this_thread::sleep_for(1ms);
    }
    return is_side_call(body) ? Answer{"Never seen"} : Answer{};
  });
  other.answered(other.ask("Anything"));
  store::ConversationChange change;
  change.title = "Mine";
  REQUIRE(other.db->write([&](store::Connection& c) { return store::update_conversation(c, other.user_id, other.conversation_id, change, 1); }).ok());
  renamed = true;
  other.turns->stop();
  CHECK(other.conversation().title == "Mine");
}

TEST_CASE("the same request gives the same turn, another one is refused, twins in parallel are one") {
  TurnStage stage;
  const StartTurn wanted = stage.ask("once");
  std::atomic<int> fresh{0};
  std::atomic<int> repeated{0};
  std::vector<std::thread> twins;
  for (int i = 0; i < 12; ++i) {
    twins.emplace_back([&] {
      const auto begun = stage.turns->begin(wanted);
      if (begun.ok()) ++(begun->is_new ? fresh : repeated);
    });
  }
  for (auto& twin : twins) twin.join();
  CHECK(fresh == 1);
  CHECK(repeated == 11);
  StartTurn other = wanted;
  other.message = "twice";
  CHECK(stage.turns->begin(other).error().code == ErrorCode::kConflict);
  other.user_id = make_id(1);
  CHECK(stage.turns->begin(other).error().code == ErrorCode::kNotFound);
  CHECK(stage.turns->find(other.user_id, wanted.id).error().code == ErrorCode::kNotFound);
  CHECK(stage.turns->log_of(other.user_id, wanted.id).error().code == ErrorCode::kNotFound);
  CHECK(stage.turns->stop_turn(other.user_id, wanted.id).error().code == ErrorCode::kNotFound);
  stage.ended(wanted.id);
  CHECK(stage.turns->begin(wanted)->turn.state == TurnState::kDone);
}

TEST_CASE("instructions reach the model and belong to what was asked; a locked system prompt refuses them") {
  TurnStage stage;
  StartTurn wanted = stage.ask("hi");
  wanted.instructions = "Be brief.";
  wanted.temperature = 0.5;
  stage.answered(wanted);
  CHECK(stage.client.bodies().at(0)["messages"][0]["content"] == "You are a helpful AI assistant.\n\nBe brief.");
  CHECK(stage.client.bodies().at(0)["temperature"] == 0.5);
  wanted.instructions = "Be long.";
  CHECK(stage.turns->begin(wanted).error().code == ErrorCode::kConflict);
  PromptRules locked;
  locked.system_prompt_locked = true;
  stage.start(locked);
  wanted.id = make_id(1);
  CHECK(stage.turns->begin(wanted).error().code == ErrorCode::kInvalidRequest);
  wanted.instructions.clear();
  CHECK(stage.turns->begin(wanted).ok());
}

TEST_CASE("a stopped answer keeps what came; against finishing there is one end") {
  TurnStage stage;
  stage.client.answer_by([](const nlohmann::json&) { return Answer{std::string(4000, 'x') + " y", 200, 2ms}; });
  for (int i = 0; i < 20; ++i) {
    stage.client.answer_by([i](const nlohmann::json&) { return Answer{"a b c d", 200, std::chrono::milliseconds(1 + i % 3)}; });
    const StartTurn wanted = stage.ask("stop me");
    REQUIRE(stage.turns->begin(wanted).ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(i / 2));
    CHECK(stage.turns->stop_turn(stage.user_id, wanted.id).ok());
    CHECK(stage.turns->stop_turn(stage.user_id, wanted.id).ok());
    const Turn turn = stage.ended(wanted.id);
    CHECK((turn.state == TurnState::kStopped || turn.state == TurnState::kDone));
    const Message answer = stage.message(turn.message_id);
    CHECK(answer.state == turn.state);
    CHECK(std::string("a b c d").starts_with(answer.content));
    CHECK((turn.state == TurnState::kDone || turn.usage.estimated));
  }
}

TEST_CASE("what a server's end cuts is interrupted with every byte, and can go on without one twice") {
  TurnStage stage;
  stage.client.answer_by([](const nlohmann::json&) { return Answer{"The whinchat sings from a tall stalk in the meadow and more and more", 200, 20ms}; });
  const StartTurn wanted = stage.ask("tell me");
  const auto begun = stage.turns->begin(wanted);
  REQUIRE(begun.ok());
  const auto log = stage.turns->log_of(stage.user_id, wanted.id).value();
  REQUIRE(eventually([&] { return log->position() > 25; }));
  const std::string shown = log->view(0).pieces[0].text;
  stage.restart();
  const Turn turn = stage.turns->find(stage.user_id, wanted.id)->turn;
  CHECK(turn.state == TurnState::kInterrupted);
  const std::string old = stage.message(turn.message_id).content;
  CHECK(old.starts_with(shown));
  CHECK(stage.turns->log_of(stage.user_id, wanted.id).value()->view(0).pieces[0].text == old);

  stage.client.answer_by([old](const nlohmann::json&) { return Answer{old.substr(old.size() - 14) + "went on", 200, 1ms}; });
  StartTurn on = stage.ask("");
  on.kind = TurnKind::kContinue;
  on.parent_id = turn.message_id;
  const Turn continued = stage.answered(on);
  CHECK(continued.state == TurnState::kDone);
  CHECK(stage.message(continued.message_id).content == old + "went on");
  CHECK(stage.message(continued.message_id).parent_id == turn.user_message_id);
  CHECK(stage.message(turn.message_id).content == old);
}

TEST_CASE("a crash leaves running turns to the next start: journalled bytes stay, reservations are settled") {
  TurnStage stage("plus");
  const StartTurn wanted = stage.ask("crash");
  // What a process leaves that is killed: the admission and two rounds of the journal, no end.
  TurnOrder order;
  order.turn.id = wanted.id;
  order.turn.user_id = wanted.user_id;
  order.turn.conversation_id = wanted.conversation_id;
  order.turn.provider = "testai";
  order.turn.model = "m";
  order.turn.created_ms = stage.clock.now().epoch_ms;
  order.request_hash = std::string(32, 'h');
  order.message = "crash";
  order.reserved = {1, 100, 4000, 0};
  order.turn.usage.input_tokens = 30;
  const auto admitted = stage.db->write([&](store::Connection& c) { return admit_turn(c, order); });
  REQUIRE(admitted.ok());
  const std::vector<store::JournalPiece> pieces = {{wanted.id, 0, true, "hm"}, {wanted.id, 2, false, "Hel"}, {wanted.id, 5, false, "lo"}};
  REQUIRE(stage.db->write([&](store::Connection& c) { return store::append_journal(c, pieces); }).ok());
  stage.restart();
  const auto found = stage.turns->find(stage.user_id, wanted.id);
  REQUIRE(found.ok());
  CHECK(found->turn.state == TurnState::kInterrupted);
  CHECK(found->turn.runs == "r2 t5");
  CHECK(found->position == 7);
  const Message answer = stage.message(found->turn.message_id);
  CHECK(answer.content == "Hello");
  CHECK(answer.reasoning == "hm");
  CHECK(stage.db->read([](store::Connection& c) { return store::read_journal(c); })->empty());
  const auto states = stage.db->read([&](store::Connection& c) { return store::quota_states(c, stage.user_id, stage.clock.now().epoch_ms); });
  CHECK(states->at(0).used == 1);
  CHECK(found->turn.usage.estimated);
  CHECK(found->turn.usage.input_tokens == 30);
  CHECK(found->turn.usage.output_tokens == 2);  // of seven bytes
  CHECK(answer.usage.input_tokens == 30);
  CHECK(answer.usage.estimated);
  CHECK(states->at(1).used == 32);
  // Once: neither another start nor a look at the turn counts it again.
  stage.restart();
  CHECK(stage.turns->find(stage.user_id, wanted.id)->turn.state == TurnState::kInterrupted);
  const auto again = stage.db->read([&](store::Connection& c) { return store::quota_states(c, stage.user_id, stage.clock.now().epoch_ms); });
  CHECK(again->at(0).used == 1);
  CHECK(again->at(1).used == 32);
}

TEST_CASE("parents must fit, and a refused turn stores nothing") {
  TurnStage stage;
  const Turn first = stage.answered(stage.ask("first"));
  StartTurn again = stage.ask("");
  again.kind = TurnKind::kRegenerate;
  again.parent_id = first.message_id;
  CHECK(stage.turns->begin(again).error().code == ErrorCode::kInvalidRequest);
  again.parent_id = first.user_message_id;
  CHECK(stage.answered(again).state == TurnState::kDone);
  StartTurn stray = stage.ask("x", make_id(1));
  CHECK(stage.turns->begin(stray).error().code == ErrorCode::kNotFound);
  StartTurn nobody = stage.ask("x");
  nobody.provider = "nobody";
  CHECK(stage.turns->begin(nobody).error().code == ErrorCode::kInvalidRequest);
  stage.client.answer_by([](const nlohmann::json&) { return Answer{"slow slow slow", 200, 100ms}; });
  const StartTurn slow = stage.ask("slow");
  const auto begun = stage.turns->begin(slow);
  CHECK(stage.turns->begin(stage.ask("too early", begun->turn.message_id)).error().code == ErrorCode::kConflict);
}

TEST_CASE("so many answers at once and no more, and none while the server drains") {
  TurnStage stage;
  stage.client.answer_by([](const nlohmann::json&) { return Answer{"slow slow slow slow", 200, 200ms}; });
  StartTurn wanted = stage.ask("a");
  wanted.running_max = 2;
  CHECK(stage.turns->begin(wanted).ok());
  wanted.id = make_id(1);
  CHECK(stage.turns->begin(wanted).ok());
  wanted.id = make_id(1);
  CHECK(stage.turns->begin(wanted).error().code == ErrorCode::kTooManyStreams);
  CHECK(stage.turns->running() == 2);
  stage.turns->refuse_new();
  wanted.running_max = 100;
  CHECK(stage.turns->begin(wanted).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a quota is asked before the provider is, and a failure of the provider costs nothing") {
  TurnStage stage("free");
  Plan plan{"free", "Free", 1, {}, {}, {}, true};
  REQUIRE(stage.db->write([&](store::Connection& c) { return store::put_plan(c, plan, 0); }).ok());
  stage.client.answer_by([](const nlohmann::json&) { return Answer{"", 401}; });
  CHECK(stage.answered(stage.ask("fails")).state == TurnState::kFailed);
  stage.client.answer_by([](const nlohmann::json&) { return Answer{}; });
  CHECK(stage.answered(stage.ask("works")).state == TurnState::kDone);
  const size_t asked = stage.asked();
  const auto refused = stage.turns->begin(stage.ask("over"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kQuotaExceeded);
  CHECK(refused.error().detail == "messages_day");
  CHECK(stage.asked() <= asked + 1);  // a title at most
}

TEST_CASE("a history that no longer fits is summed up once, the summary is stored in the way and used again") {
  std::atomic<int> summaries{0};
  std::atomic<bool> works{true};
  TurnStage stage;
  stage.client.answer_by([&](const nlohmann::json& body) {
    const std::string system = body["messages"][0]["content"];
    if (system.find("You sum up") == 0) {
      ++summaries;
      return works ? Answer{"They spoke of many birds."} : Answer{"", 500};
    }
    return Answer{"Yes."};
  });
  std::string parent;
  // A model nobody knows takes limits::kContextTokensUnknown; six long questions are more than that.
  for (int i = 0; i < 6; ++i) {
    parent = stage.answered(stage.ask(std::string(30'000, 'a' + static_cast<char>(i)), parent.empty() ? std::nullopt : std::optional(parent))).message_id;
  }
  CHECK(summaries == 1);
  const auto path = stage.path(parent);
  const auto place = std::find_if(path.begin(), path.end(), [](const Message& m) { return m.kind == MessageKind::kSummary; });
  REQUIRE(place != path.end());
  CHECK(place->content == "They spoke of many birds.");
  CHECK(path.size() == 13);  // nothing was taken away
  const Turn next = stage.answered(stage.ask("and now?", parent));
  CHECK(summaries == 1);
  std::string system = stage.client.bodies().back()["messages"][0]["content"];
  CHECK(system.find("They spoke of many birds.") != std::string::npos);

  works = false;
  parent = next.message_id;
  for (int i = 0; i < 5; ++i) parent = stage.answered(stage.ask(std::string(30'000, 'z'), parent)).message_id;
  CHECK(summaries > 1);
  system = stage.client.bodies().back()["messages"][0]["content"];
  CHECK(system.find("left out") != std::string::npos);
}
