// Retries, mending, time, cancelling and what reaches the person, against prepared replies.
#include "provider/http_provider.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "provider/endpoint.h"
#include "provider/replay.h"
#include "provider/scripted_client.h"

using namespace whinchat;
using namespace whinchat::provider;

namespace {

using Step = ScriptedClient::Step;

const http::Headers kEvents = {{"Content-Type", "text/event-stream"}, {"x-request-id", "req_1"}};
const std::string kHi = "data: {\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi there\"}}]}\n\n";
const std::string kEnd = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

Step answer() { return {200, kEvents, {kHi, kEnd}, {}}; }
Step refusal(int status, std::string body = "{}", http::Headers headers = {}) { return {status, std::move(headers), {std::move(body)}, {}}; }
Step broken(ErrorCode code) { return {0, {}, {}, Error{code, "", "socket detail", {}}}; }

// A provider with its script, its waits written down instead of waited.
struct Stage {
  explicit Stage(const char* base_url = "https://api.example/v1", ProviderKind kind = ProviderKind::kCompatible) {
    ProviderConfig config;
    config.id = "testai";
    config.name = "Testai";
    config.kind = kind;
    config.base_url = base_url;
    config.api_key = Secret("very-secret-key-1");
    config.model = "m0";
    HttpProviderParts parts{client, clock, nullptr, [this](std::chrono::milliseconds t) { waits.push_back(t.count()); return sleeps; }, [] { return 0.0; }};
    provider = std::make_unique<HttpProvider>(make_endpoint(config, "2026-11-23"), parts);
  }
  ChatOutcome ask(std::vector<Step> steps, ChatRequest request = {}) {
    client.steps = {steps.begin(), steps.end()};
    if (request.messages.empty()) request.messages = {{Role::kUser, "Hello?"}};
    return provider->stream(request, sink);
  }
  std::string code_of(std::vector<Step> steps) {
    const auto outcome = ask(std::move(steps));
    return outcome.error ? std::string(wire_name(outcome.error->code)) : "ok";
  }
  nlohmann::json sent(size_t index) const { return nlohmann::json::parse(client.requests.at(index).body); }

  ScriptedClient client;
  ManualClock clock{{1, 1'795'392'000'000}};  // 2026-11-23
  std::vector<long> waits;
  bool sleeps = true;
  replay::Collector sink;
  std::unique_ptr<HttpProvider> provider;
};

}  // namespace

TEST_CASE("an answer arrives with its model, usage and request id") {
  Stage stage;
  const ChatOutcome outcome = stage.ask({answer()});
  CHECK(!outcome.error);
  CHECK(stage.sink.all_text == "Hi there");
  CHECK(outcome.finish == FinishReason::kStop);
  CHECK(outcome.model == "m1");
  CHECK(outcome.upstream_request_id == "req_1");
  CHECK(stage.client.requests[0].url == "https://api.example/v1/chat/completions");
  CHECK(stage.sent(0)["model"] == "m0");
  CHECK(http::find_header(stage.client.requests[0].headers, "authorization") == "Bearer very-secret-key-1");
}

TEST_CASE("a passing failure is tried again before the first byte, twice at most") {
  Stage stage;
  CHECK(stage.code_of({refusal(500), refusal(503), answer()}) == "ok");
  CHECK(stage.waits == std::vector<long>{500, 1000});
  CHECK(stage.sink.all_text == "Hi there");
  Stage gives_up;
  CHECK(gives_up.code_of({refusal(529), refusal(529), refusal(529), answer()}) == "provider_overloaded");
  CHECK(gives_up.client.requests.size() == 3);
  Stage dropped;
  CHECK(dropped.code_of({broken(ErrorCode::kProviderTruncated), broken(ErrorCode::kProviderUnavailable), answer()}) == "ok");
  Stage after_head;
  CHECK(after_head.code_of({{200, kEvents, {}, Error{ErrorCode::kProviderTruncated, "", "eof", {}}}, answer()}) == "ok");
}

TEST_CASE("what cannot pass is not tried again") {
  for (const auto& [step, code] : std::vector<std::pair<Step, std::string>>{
           {refusal(400), "provider_rejected"}, {refusal(401), "provider_auth"}, {refusal(402), "provider_quota"},
           {refusal(429, R"({"error":{"code":"insufficient_quota"}})"), "provider_quota"}, {refusal(307), "provider_error"},
           {broken(ErrorCode::kTimeout), "timeout"}, {broken(ErrorCode::kProviderProtocol), "provider_protocol"}, {broken(ErrorCode::kCancelled), "cancelled"}}) {
    Stage stage;
    CHECK(stage.code_of({step, answer()}) == code);
    CHECK(stage.client.requests.size() == 1);
  }
}

TEST_CASE("once a byte of the answer came nothing is tried again and the text stays") {
  for (const auto& [error, code] : std::vector<std::pair<ErrorCode, std::string>>{
           {ErrorCode::kProviderTruncated, "provider_truncated"}, {ErrorCode::kTimeout, "timeout"}, {ErrorCode::kCancelled, "cancelled"}}) {
    Stage stage;
    const ChatOutcome outcome = stage.ask({{200, kEvents, {kHi}, Error{error, "", "eof", {}}}, answer()});
    REQUIRE(outcome.error);
    CHECK(wire_name(outcome.error->code) == code);
    CHECK(stage.sink.all_text == "Hi there");
    CHECK(stage.client.requests.size() == 1);
    CHECK(outcome.usage.estimated);
    CHECK(outcome.usage.output_tokens == 2);
    CHECK(outcome.usage.input_tokens > 0);
  }
}

TEST_CASE("a broken end after the finish reason harms nothing") {
  Stage stage;
  const std::string finish = kEnd.substr(0, kEnd.find("data: [DONE]"));
  CHECK(stage.code_of({{200, kEvents, {kHi, finish}, Error{ErrorCode::kProviderTruncated, "", "eof", {}}}}) == "ok");
}

TEST_CASE("Retry-After is waited for if short and told if long") {
  Stage brief;
  CHECK(brief.code_of({refusal(429, "{}", {{"Retry-After", "3"}}), answer()}) == "ok");
  CHECK(brief.waits == std::vector<long>{3000});
  Stage lengthy;
  const ChatOutcome outcome = lengthy.ask({refusal(429, "{}", {{"Retry-After", "90"}}), answer()});
  REQUIRE(outcome.error);
  CHECK(outcome.error->retry_after_s == 90);
  CHECK(lengthy.waits.empty());
}

TEST_CASE("a field that the server calls wrong is left out, without waiting") {
  Stage stage;
  ChatRequest request;
  request.max_tokens = 50;
  request.temperature = 0.5;
  const ChatOutcome outcome = stage.ask({refusal(400, R"({"error":{"message":"Unsupported parameter","param":"max_tokens","code":"unsupported_parameter"}})"),
                                         refusal(400, R"({"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs"}]})"), answer()}, request);
  CHECK(!outcome.error);
  CHECK(stage.waits.empty());
  CHECK(stage.sent(0)["max_tokens"] == 50);
  CHECK(stage.sent(1)["max_completion_tokens"] == 50);
  CHECK(stage.sent(1).contains("stream_options"));
  CHECK(!stage.sent(2).contains("stream_options"));
  Stage stubborn;
  const auto same = refusal(400, R"({"error":{"message":"no","param":"temperature"}})");
  CHECK(stubborn.code_of({same, same, same, same}) == "provider_rejected");
  CHECK(stubborn.client.requests.size() == 2);
}

TEST_CASE("a kept connection that had ended costs no wait, but it is one of the tries, and the next ones begin anew") {
  const Step stale{0, {}, {}, Error{ErrorCode::kProviderUnavailable, "", "a kept connection ended", 0}};
  Stage stage;
  CHECK(stage.code_of({stale, answer()}) == "ok");
  CHECK(stage.waits.empty());
  CHECK(stage.client.requests[0].kept == http::KeptConnections::kReportStale);
  CHECK(stage.client.requests[1].kept == http::KeptConnections::kAvoid);
  Stage resets;
  const ChatOutcome outcome = resets.ask({stale, broken(ErrorCode::kProviderUnavailable), broken(ErrorCode::kProviderUnavailable), answer()});
  REQUIRE(outcome.error);
  CHECK_FALSE(outcome.error->retry_after_s.has_value());
  CHECK(resets.client.requests.size() == 3);
}

TEST_CASE("a provider that fails five times in a row is left alone for a while, and said to be") {
  for (const Step& failure : {refusal(503), refusal(500), broken(ErrorCode::kTimeout), Step{200, kEvents, {}, Error{ErrorCode::kProviderTruncated, "", "eof", {}}}}) {
    Stage stage;
    for (int i = 0; i < 5; ++i) {
      CHECK_FALSE(stage.provider->refusal().has_value());
      CHECK(stage.code_of({failure, failure, failure}) != "ok");
    }
    const size_t asked = stage.client.requests.size();
    const ChatOutcome refused = stage.ask({answer()});
    REQUIRE(refused.error);
    CHECK(refused.error->code == ErrorCode::kProviderUnavailable);
    CHECK(refused.error->retry_after_s == 30);
    CHECK(stage.provider->refusal()->retry_after_s == 30);
    CHECK(stage.client.requests.size() == asked);
    stage.clock.advance_ms(30'000);
    CHECK(stage.code_of({answer()}) == "ok");
  }
}

TEST_CASE("what a provider says no to is no failure of it, and any answer forgets earlier failures") {
  Stage stage;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) stage.code_of({refusal(503, "{}", {{"x-should-retry", "false"}})});
    for (const Step& sign : {refusal(401), refusal(400), refusal(429, R"({"error":{"code":"insufficient_quota"}})"), answer()}) {
      stage.code_of({sign});
      CHECK_FALSE(stage.provider->refusal().has_value());
    }
  }
  for (int i = 0; i < 6; ++i) stage.code_of({broken(ErrorCode::kCancelled)});
  CHECK(stage.code_of({answer()}) == "ok");
  Stage listed;
  for (int i = 0; i < 5; ++i) listed.code_of({refusal(503, "{}", {{"x-should-retry", "false"}})});
  CHECK(listed.provider->refusal().has_value());
  listed.client.steps = {{200, {}, {R"({"data":[{"id":"a"}]})"}, {}}};
  REQUIRE(listed.provider->list_models());
  CHECK_FALSE(listed.provider->refusal().has_value());
}

TEST_CASE("thoughts written into the text are shown as reasoning, unless the server tells the two apart") {
  const auto delta = [](const char* text) {
    return std::string("data: {\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"") + text + "\"}}]}\n\n";
  };
  const Step thinking{200, kEvents, {delta("<thi"), delta("nk>Hm.</th"), delta("ink>\\n\\nYes"), delta("."), kEnd}, {}};
  Stage compatible;
  CHECK(!compatible.ask({thinking}).error);
  CHECK(compatible.sink.all_text == "Yes.");
  CHECK(compatible.sink.all_reasoning == "Hm.");
  const Step told_apart{200, kEvents, {"data: {\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Hm.\"}}]}\n\n", delta("<think> is a tag"), kEnd}, {}};
  Stage modern;
  CHECK(!modern.ask({told_apart}).error);
  CHECK(modern.sink.all_text == "<think> is a tag");
  Stage cut;
  CHECK(!cut.ask({{200, kEvents, {delta("<thi"), kEnd}, {}}}).error);
  CHECK(cut.sink.all_text == "<thi");
}

TEST_CASE("cancelling ends a wait between two tries") {
  Stage stage;
  stage.sleeps = false;
  CHECK(stage.code_of({refusal(500), answer()}) == "cancelled");
  CHECK(stage.client.requests.size() == 1);
}

TEST_CASE("a sink that wants no more ends the answer as cancelled, with an estimate") {
  Stage stage;
  stage.sink.pieces_left = 1;
  const ChatOutcome outcome = stage.ask({answer()});
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == ErrorCode::kCancelled);
  CHECK(outcome.usage.estimated);
}

TEST_CASE("neither key nor address nor body reaches the person, and the log has no key") {
  const std::string body = "{\"error\":{\"message\":\"Incorrect API key: very-secret-key-1 at https://api.example/v1\"}}";
  for (const Step& step : {refusal(401, body), refusal(500, body), refusal(400, body), Step{200, {{"Content-Type", "application/json"}}, {body}, {}},
                           Step{200, {{"Content-Type", "text/html"}}, {"<html>very-secret-key-1</html>"}, {}}}) {
    Stage stage;
    const ChatOutcome outcome = stage.ask({step, step, step});
    REQUIRE(outcome.error);
    for (const char* secret : {"very-secret-key-1", "api.example", "Incorrect"}) CHECK(outcome.error->message.find(secret) == std::string::npos);
    CHECK(outcome.error->detail.find("very-secret-key-1") == std::string::npos);
    CHECK(outcome.error->detail.size() <= kErrorDetailBytesMax);
  }
}

TEST_CASE("a model that OpenAI has shut down is refused at once, with what took its place") {
  Stage stage("https://api.openai.com/v1", ProviderKind::kOpenAi);
  ChatRequest request;
  request.model = "gpt-4";
  const ChatOutcome outcome = stage.ask({answer()}, request);
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == ErrorCode::kProviderModelNotFound);
  CHECK(outcome.error->message.find("gpt-6.1-terra") != std::string::npos);
  CHECK(stage.client.requests.empty());
}

TEST_CASE("a server on this machine is given more time") {
  Stage cloud;
  cloud.ask({answer()});
  Stage local("http://127.0.0.1:11434/v1");
  local.ask({answer()});
  CHECK(cloud.client.requests[0].timeouts.head == std::chrono::seconds(120));
  CHECK(local.client.requests[0].timeouts.head == std::chrono::seconds(600));
  Stage off("http://127.0.0.1:11434/v1");
  const ChatOutcome outcome = off.ask({});
  REQUIRE(outcome.error);
  CHECK(outcome.error->message == "Testai cannot be reached. Is it running?");
}

TEST_CASE("the list of models is followed over its pages") {
  Stage stage("https://api.anthropic.com", ProviderKind::kAnthropic);
  stage.client.steps = {{200, {}, {R"({"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"})"}, {}},
                        {200, {}, {R"({"data":[{"id":"claude-b"}],"has_more":false})"}, {}}};
  const auto models = stage.provider->list_models();
  REQUIRE(models);
  CHECK(models->size() == 2);
  CHECK(stage.client.requests[1].url == "https://api.anthropic.com/v1/models?limit=1000&after_id=claude-a");
}

TEST_CASE("a list is refused in words, and another address is asked where there is one") {
  Stage refused;
  refused.client.steps = {refusal(401)};
  const auto none = refused.provider->list_models();
  REQUIRE(!none);
  CHECK(none.error().code == ErrorCode::kProviderAuth);
  Stage studio("http://127.0.0.1:1234/v1");
  studio.client.steps = {refusal(404), {200, {}, {R"({"data":[{"id":"a"}]})"}, {}}};
  REQUIRE(studio.provider->list_models());
  CHECK(studio.client.requests[1].url == "http://127.0.0.1:1234/v1/models");
}

TEST_CASE("a recording goes to the model for speech with the key, and a refusal is in words without it") {
  Stage stage;
  CHECK(stage.provider->transcription_model().empty());
  CHECK(stage.provider->transcribe({"OggS", ""}).error().code == ErrorCode::kProviderUnavailable);
  CHECK(stage.client.requests.empty());
  stage.provider->set_listed_transcriber("whisper-1");
  CHECK(stage.provider->transcribe({"no recording", ""}).error().code == ErrorCode::kUnsupportedMedia);
  stage.client.steps = {{200, {{"Content-Type", "application/json"}}, {R"({"text":)", R"("hello"})"}, {}}};
  const auto said = stage.provider->transcribe({"OggS and more", "de"});
  REQUIRE(said.ok());
  CHECK(said->text == "hello");
  const http::ClientRequest& sent = stage.client.requests.at(0);
  CHECK(sent.url == "https://api.example/v1/audio/transcriptions");
  CHECK(http::find_header(sent.headers, "Authorization") == "Bearer very-secret-key-1");
  const std::string type(http::find_header(sent.headers, "Content-Type"));
  REQUIRE(type.starts_with("multipart/form-data; boundary=whinchat-"));
  CHECK(sent.body.ends_with("--" + type.substr(type.find('=') + 1) + "--\r\n"));
  stage.client.steps = {refusal(401, R"({"error":{"message":"bad key very-secret-key-1","code":"invalid_api_key"}})")};
  const auto refused = stage.provider->transcribe({"OggS", ""});
  CHECK(refused.error().code == ErrorCode::kProviderAuth);
  CHECK((refused.error().message + refused.error().detail).find("very-secret") == std::string::npos);
}
