#include "chat/turn.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace whinchat;
using namespace whinchat::chat;
using provider::Role;

namespace {

// Says what it is told to, and notes what it was asked.
class ScriptedProvider final : public provider::Provider {
 public:
  std::string_view id() const override { return "scripted"; }
  std::string_view name() const override { return "Scripted"; }
  std::string default_model() const override { return "m"; }
  provider::ChatOutcome stream(const provider::ChatRequest& asked, provider::DeltaSink& sink) override {
    request = asked;
    for (const auto& piece : thoughts) {
      if (!sink.on_reasoning(piece)) break;
    }
    for (const auto& piece : pieces) {
      if (!sink.on_text(piece)) break;
    }
    return outcome;
  }
  Result<std::vector<provider::ModelInfo>> list_models() override { return std::vector<provider::ModelInfo>{}; }

  std::vector<std::string> thoughts;
  std::vector<std::string> pieces;
  provider::ChatOutcome outcome;
  provider::ChatRequest request;
};

class Reader final : public provider::DeltaSink {
 public:
  bool on_text(std::string_view piece) override { return text.append(piece), --wanted > 0; }
  bool on_reasoning(std::string_view piece) override { return reasoning.append(piece), true; }
  std::string text, reasoning;
  int wanted = 1000;
};

ChatInput asks(std::string message, std::vector<provider::ChatMessage> history = {}) {
  ChatInput input;
  input.message = std::move(message);
  input.history = std::move(history);
  return input;
}

}  // namespace

TEST_CASE("the message comes last, the history before it, the default system prompt beside them") {
  const auto request = build_request(asks("now", {{Role::kUser, "a"}, {Role::kAssistant, "b"}}), {});
  REQUIRE(request.ok());
  CHECK(request->system == "You are a helpful AI assistant.");
  REQUIRE(request->messages.size() == 3);
  CHECK(request->messages[0].content == "a");
  CHECK(request->messages[1].role == Role::kAssistant);
  CHECK(request->messages[2].role == Role::kUser);
  CHECK(request->messages[2].content == "now");
}

TEST_CASE("a client's system messages replace the default one, wherever they stand") {
  PromptRules rules;
  rules.system_prompt = "default";
  const auto request = build_request(asks("now", {{Role::kUser, "a"}, {Role::kSystem, "one"}, {Role::kSystem, "two"}}), rules);
  REQUIRE(request.ok());
  CHECK(request->system == "one\n\ntwo");
  REQUIRE(request->messages.size() == 2);
  CHECK(request->messages[0].content == "a");
  CHECK(build_request(asks("now", {{Role::kSystem, ""}}), rules)->system.empty());  // a client may want none
}

TEST_CASE("a locked system prompt refuses any other") {
  PromptRules rules;
  rules.system_prompt_locked = true;
  const auto refused = build_request(asks("now", {{Role::kUser, "a"}, {Role::kSystem, "mine"}}), rules);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kInvalidRequest);
  CHECK(refused.error().message.find("mine") == std::string::npos);
  CHECK(build_request(asks("now", {{Role::kUser, "a"}}), rules).ok());
}

TEST_CASE("a request's own figures go before those of the settings, and without either none are sent") {
  PromptRules rules;
  ChatInput input = asks("now");
  CHECK_FALSE(build_request(input, rules)->max_tokens.has_value());
  CHECK_FALSE(build_request(input, rules)->temperature.has_value());
  rules.max_tokens = 1000;
  rules.temperature = 0.7;
  CHECK(build_request(input, rules)->max_tokens == 1000);
  CHECK(build_request(input, rules)->temperature == 0.7);
  input.max_tokens = 5;
  input.temperature = 0.0;
  CHECK(build_request(input, rules)->max_tokens == 5);
  CHECK(build_request(input, rules)->temperature == 0.0);
}

TEST_CASE("a turn passes everything on and measures it") {
  ScriptedProvider provider;
  provider.thoughts = {"hm"};
  provider.pieces = {"Hello", " you"};
  provider.outcome.model = "m-2026";
  provider.outcome.usage.input_tokens = 9;
  provider.outcome.usage.output_tokens = 4;
  Reader reader;
  const TurnResult turn = run_turn(provider, build_request(asks("hi"), {}).value(), reader);
  CHECK(reader.text == "Hello you");
  CHECK(reader.reasoning == "hm");
  CHECK(turn.text_bytes == 11);
  CHECK(turn.first_delta_ms >= 0);
  CHECK(turn.duration_ms >= turn.first_delta_ms);
  CHECK(turn.outcome.model == "m-2026");
  CHECK(turn.outcome.usage.output_tokens == 4);
  CHECK_FALSE(turn.outcome.usage.estimated);
  CHECK(provider.request.messages.back().content == "hi");
}

TEST_CASE("a turn that was cut has an estimated usage, so that nothing is free") {
  ScriptedProvider provider;
  provider.pieces = {std::string(40, 'a'), "never asked for"};
  provider.outcome.error = Error{ErrorCode::kCancelled, "Stopped.", ""};
  Reader reader;
  reader.wanted = 1;
  provider::ChatRequest request;
  request.model = "m";
  request.system = std::string(10, 's');
  request.messages = {{Role::kUser, std::string(11, 'u')}};
  const TurnResult turn = run_turn(provider, request, reader);
  CHECK(reader.text == std::string(40, 'a'));
  CHECK(turn.outcome.usage.output_tokens == 10);
  CHECK(turn.outcome.usage.input_tokens == 6);
  CHECK(turn.outcome.usage.estimated);
  CHECK(turn.outcome.model == "m");  // the provider never told
}

TEST_CASE("what the provider told of the prompt stays when only the answer is estimated") {
  ScriptedProvider provider;
  provider.pieces = {"12345678"};
  provider.outcome.usage.input_tokens = 321;
  Reader reader;
  const TurnResult turn = run_turn(provider, {}, reader);
  CHECK(turn.outcome.usage.input_tokens == 321);
  CHECK(turn.outcome.usage.output_tokens == 2);
  CHECK(turn.outcome.usage.estimated);
}

TEST_CASE("a turn that failed before its first word has no first-token time and no usage") {
  ScriptedProvider provider;
  provider.outcome.error = Error{ErrorCode::kProviderAuth, "No.", ""};
  Reader reader;
  const TurnResult turn = run_turn(provider, {}, reader);
  CHECK(turn.first_delta_ms == -1);
  CHECK(turn.outcome.usage.output_tokens == -1);
  CHECK_FALSE(turn.outcome.usage.estimated);
}

TEST_CASE("four bytes are about a token, and something is never nothing") {
  CHECK(estimate_tokens(0) == 0);
  CHECK(estimate_tokens(1) == 1);
  CHECK(estimate_tokens(4) == 1);
  CHECK(estimate_tokens(5) == 2);
}
