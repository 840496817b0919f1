// Turns on a real database and real loops, with a provider whose answers are prepared: for tests of chat/turn_manager.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../io/on_fiber.h"
#include "../store/test_database.h"
#include "base/ids.h"
#include "chat/turn_manager.h"
#include "store/conversations.h"
#include "store/ledger.h"
#include "store/messages.h"

namespace whinchat::chat {

using namespace whinchat::io::test;

// Answers requests of the Chat Completions form: with what the script says for the body, word by word.
class AnsweringClient : public http::Client {
 public:
  struct Answer {
    std::string text = "Hello you";
    int status = 200;
    std::chrono::milliseconds pause{1};  // before each word
    bool cut = false;                    // the connection ends after the last word, without an end of the answer
  };
  // What is answered from now on; called under the lock. A call for a title or a summary may come while the test runs.
  void answer_by(std::function<Answer(const nlohmann::json& body)> script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  Result<http::ClientHead> send(http::ClientRequest request, const std::function<bool(const http::ClientHead&)>& on_head,
                                const std::function<bool(std::string_view)>& on_body) override {
    Answer answer;
    {
      std::lock_guard lock(mutex_);
      bodies_.push_back(nlohmann::json::parse(request.body));
      answer = script_(bodies_.back());
    }
    const http::ClientHead head{answer.status, {{"Content-Type", answer.status == 200 ? "text/event-stream" : "application/json"}}};
    if (!on_head(head)) return head;
    if (answer.status != 200) {
      on_body("{}");
      return head;
    }
    for (size_t at = 0; at < answer.text.size();) {
      const size_t end = std::min(answer.text.find(' ', at), answer.text.size() - 1) + 1;
      nlohmann::json piece{{"model", "m-2026"}, {"choices", {{{"index", 0}, {"delta", {{"content", answer.text.substr(at, end - at)}}}}}}};
      if (io::this_fiber::sleep_for(answer.pause) == io::Wake::kCancelled) return Error{ErrorCode::kCancelled, "", "cancelled"};
      if (!on_body("data: " + piece.dump() + "\n\n")) return head;
      at = end;
    }
    if (answer.cut) return Error{ErrorCode::kProviderTruncated, "", "cut"};
    on_body("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n");
    return head;
  }
  Stats stats() const override { return {}; }

  // What was sent so far, oldest first.
  std::vector<nlohmann::json> bodies() const {
    std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  mutable std::mutex mutex_;
  std::function<Answer(const nlohmann::json& body)> script_ = [](const nlohmann::json&) { return Answer{}; };
  std::vector<nlohmann::json> bodies_;
};

class TurnStage {
 public:
  explicit TurnStage(const char* plan = "unlimited") : providers(registry_options(), client, db.log()) {
    user_id = make_id(1);
    conversation_id = make_id(1);
    const auto made = db->write([&](store::Connection& c) -> Result<void> {
      auto user = store::run(c, "INSERT INTO user (id, name, name_key, role, plan_id, created_ms) VALUES (?1, 'u', 'u', 'user', ?2, 0)", user_id, plan);
      if (!user) return user;
      Conversation conversation;
      conversation.id = conversation_id;
      auto created = store::create_conversation(c, user_id, conversation);
      if (!created.ok()) return created.error();
      return {};
    });
    REQUIRE(made.ok());
    start();
  }
  ~TurnStage() { turns.reset(); }

  void start(PromptRules rules = {}) {
    turns.reset();
    turns = std::make_unique<TurnManager>(TurnParts{*db, providers, clock, db.log(), loops, std::move(rules), {}});
    REQUIRE(turns->recover().ok());
    turns->start();
  }
  // As a restart of the process: what runs is ended, the database closed and opened.
  void restart() {
    turns.reset();
    db.reopen();
    start();
  }

  StartTurn ask(std::string message, std::optional<std::string> parent = {}) {
    StartTurn wanted;
    wanted.id = make_id(clock.now().epoch_ms);
    wanted.user_id = user_id;
    wanted.conversation_id = conversation_id;
    wanted.message = std::move(message);
    wanted.parent_id = std::move(parent);
    wanted.model = "m";
    return wanted;
  }
  Turn ended(const std::string& turn_id) {
    Turn turn;
    REQUIRE(eventually([&] {
      auto found = turns->find(user_id, turn_id);
      if (!found.ok()) return false;
      turn = found->turn;
      return turn.state != TurnState::kRunning;
    }, 10000ms));
    return turn;
  }
  Turn answered(const StartTurn& wanted) {
    const auto begun = turns->begin(wanted);
    REQUIRE_MESSAGE(begun.ok(), (begun.ok() ? "" : begun.error().message));
    return ended(wanted.id);
  }
  Message message(const std::string& id) {
    auto found = db->read([&](store::Connection& c) { return store::find_message(c, conversation_id, id); });
    REQUIRE(found.ok());
    return *found;
  }
  std::vector<Message> path(const std::string& leaf) {
    return db->read([&](store::Connection& c) { return store::path_to(c, conversation_id, leaf); }).value();
  }
  Conversation conversation() {
    return db->read([&](store::Connection& c) { return store::find_conversation(c, user_id, conversation_id); }).value();
  }
  size_t asked() const { return client.bodies().size(); }

  store::TestDatabase db;
  SystemClock clock;
  AnsweringClient client;
  provider::Registry providers;
  io::LoopGroup loops{2};
  std::unique_ptr<TurnManager> turns;
  std::string user_id;
  std::string conversation_id;

 private:
  static provider::RegistryOptions registry_options() {
    ProviderConfig config;
    config.id = "testai";
    config.name = "Testai";
    config.base_url = "https://api.example/v1";
    config.api_key = Secret("very-secret-key-1");
    config.model = "m";
    provider::RegistryOptions options;
    options.providers = {config};
    options.local_discovery = false;
    return options;
  }
};

}  // namespace whinchat::chat
