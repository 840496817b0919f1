// What is sent to each kind of server for each kind of model.
#include "provider/encode.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace whinchat::provider;
using whinchat::ErrorCode;
using nlohmann::json;

namespace {

const ServerTraits kOpenAiTraits{Vendor::kOpenAi, CapField::kMaxCompletionTokens, true, true, true};
const ServerTraits kPlain{};
const ServerTraits kAnthropicTraits{Vendor::kAnthropic, CapField::kMaxTokens, false, false, false};

ChatRequest request(std::string model) {
  ChatRequest r;
  r.model = std::move(model);
  r.system = "Be brief.";
  r.messages = {{Role::kUser, "Hi"}, {Role::kAssistant, "Hello"}, {Role::kUser, "And?"}};
  r.max_tokens = 1000;
  r.temperature = 0.7;
  return r;
}

json chat(const ChatRequest& r, const ServerTraits& server, const Repairs& repairs = {}) {
  return json::parse(encode_openai_chat(r, server, repairs).value());
}
json responses(const ChatRequest& r, const Repairs& repairs = {}) {
  return json::parse(encode_openai_responses(r, kOpenAiTraits, repairs).value());
}
json anthropic(const ChatRequest& r, const Repairs& repairs = {}) {
  return json::parse(encode_anthropic(r, kAnthropicTraits, repairs).value());
}

}  // namespace

TEST_CASE("a compatible server gets system, max_tokens, temperature and the wish for usage, and nothing of OpenAI's own") {
  CHECK(chat(request("qwen3"), kPlain) == json::parse(R"({"model":"qwen3","stream":true,"stream_options":{"include_usage":true},
    "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},
                {"role":"user","content":"And?"}],"max_tokens":1000,"temperature":0.7})"));
}

TEST_CASE("a classic model of OpenAI gets max_completion_tokens and temperature") {
  const json body = chat(request("gpt-4o-2024-08-06"), kOpenAiTraits);
  CHECK(body["max_completion_tokens"] == 1000);
  CHECK(body["temperature"] == 0.7);
  CHECK(body["messages"][0]["role"] == "system");
  CHECK(body["stream_options"] == json::parse(R"({"include_usage":true,"include_obfuscation":false})"));
  CHECK(!body.contains("max_tokens"));
}

TEST_CASE("a model that reasons gets the developer role, no temperature and no cap that thinking would eat") {
  for (const char* model : {"gpt-6.1-terra", "gpt-6-astra", "gpt-5-mini", "o3", "gpt-7-unheard-of"}) {
    CAPTURE(model);
    const json body = chat(request(model), kOpenAiTraits);
    CHECK(body["messages"][0]["role"] == "developer");
    for (const char* name : {"temperature", "top_p", "max_tokens", "max_completion_tokens"}) CHECK(!body.contains(name));
  }
  ChatRequest large = request("gpt-6.1-terra");
  large.max_tokens = 20'000;
  CHECK(chat(large, kOpenAiTraits)["max_completion_tokens"] == 20'000);
  large.max_tokens = 2'000'000;
  CHECK(chat(large, kOpenAiTraits)["max_completion_tokens"] == 128'000);
}

TEST_CASE("temperature comes back when a model of the 5.1 to 6.1 family does not think") {
  ChatRequest r = request("gpt-6.1-terra");
  r.effort = "none";
  CHECK(chat(r, kOpenAiTraits)["reasoning_effort"] == "none");
  CHECK(chat(r, kOpenAiTraits)["temperature"] == 0.7);
  r.model = "gpt-6.1-sol";  // cannot switch thinking off
  CHECK(!chat(r, kOpenAiTraits).contains("reasoning_effort"));
  CHECK(!chat(r, kOpenAiTraits).contains("temperature"));
  r.model = "gpt-4o";
  CHECK(!chat(r, kOpenAiTraits).contains("reasoning_effort"));
}

TEST_CASE("at an address that is not OpenAI's own an unknown name may be any model") {
  ServerTraits gateway = kOpenAiTraits;
  gateway.unknown_models_reason = false;
  CHECK(chat(request("my-llama"), gateway)["temperature"] == 0.7);
  CHECK(!chat(request("gpt-6.1-terra"), gateway).contains("temperature"));
}

TEST_CASE("responses: nothing is stored, the system text is instructions, the summary of thinking is asked for") {
  CHECK(responses(request("gpt-6.1-terra")) == json::parse(R"({"model":"gpt-6.1-terra","stream":true,"store":false,"instructions":"Be brief.",
    "stream_options":{"include_obfuscation":false},"reasoning":{"summary":"auto"},
    "input":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"And?"}]})"));
  const json classic = responses(request("gpt-4o"));
  CHECK(classic["max_output_tokens"] == 1000);
  CHECK(classic["temperature"] == 0.7);
  CHECK(!classic.contains("reasoning"));
  ChatRequest tiny = request("gpt-4o");
  tiny.max_tokens = 1;
  CHECK(responses(tiny)["max_output_tokens"] == 16);
  ChatRequest effort = request("gpt-6.1-terra");
  effort.effort = "max";
  CHECK(responses(effort)["reasoning"]["effort"] == "max");
}

TEST_CASE("anthropic: system on top, room to think, no sampling ever") {
  CHECK(anthropic(request("claude-sonnet-5-5")) == json::parse(R"({"model":"claude-sonnet-5-5","max_tokens":16384,"system":"Be brief.","stream":true,
    "thinking":{"type":"adaptive","display":"summarized"},
    "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"And?"}]})"));
  for (const char* model : {"claude-haiku-4-5", "claude-opus-4-8", "claude-3-haiku-20240307", "some-local-model", "claude-lyric-6"}) {
    CAPTURE(model);
    const json body = anthropic(request(model));
    for (const char* name : {"temperature", "top_p", "top_k"}) CHECK(!body.contains(name));
  }
  CHECK(!anthropic(request("claude-haiku-4-5")).contains("thinking"));
  CHECK(anthropic(request("claude-haiku-4-5"))["max_tokens"] == 1000);
  CHECK(anthropic(request("claude-lyric-6"))["thinking"]["display"] == "summarized");
  ChatRequest open = request("claude-sonnet-5-5");
  open.max_tokens.reset();
  CHECK(anthropic(open)["max_tokens"] == kAnthropicCapDefault);
  open.max_tokens = 1'000'000;
  CHECK(anthropic(open)["max_tokens"] == 128'000);
  open.effort = "low";
  CHECK(anthropic(open)["output_config"]["effort"] == "low");
}

TEST_CASE("the history begins and ends with the user, joins neighbours and drops what is blank") {
  ChatRequest r = request("qwen3");
  r.messages = {{Role::kAssistant, "Welcome"}, {Role::kUser, "One"}, {Role::kUser, " \n"}, {Role::kUser, "Two"},
                {Role::kAssistant, ""}, {Role::kSystem, "Also."}, {Role::kUser, "Three"}};
  CHECK(chat(r, kPlain)["messages"] == json::parse(R"([{"role":"system","content":"Be brief.\n\nAlso."},{"role":"user","content":"One\n\nTwo\n\nThree"}])"));
  r.system.clear();
  r.messages = {{Role::kUser, "One"}};
  CHECK(chat(r, kPlain)["messages"].size() == 1);
  CHECK(!anthropic(r).contains("system"));
}

TEST_CASE("a history without a question is refused in words") {
  ChatRequest r = request("qwen3");
  for (const std::vector<ChatMessage>& messages : {std::vector<ChatMessage>{}, {{Role::kUser, "  "}}, {{Role::kUser, "Hi"}, {Role::kAssistant, "Hello"}}}) {
    r.messages = messages;
    const auto body = encode_openai_chat(r, kPlain, {});
    REQUIRE(!body);
    CHECK(body.error().code == ErrorCode::kInvalidRequest);
  }
}

TEST_CASE("text survives the way into JSON, whatever it holds") {
  ChatRequest r = request("qwen3");
  const std::string text = "\"quotes\" \\ \n \x01 \xF0\x9F\x98\x80 </script> \xE2\x80\xA8";
  r.messages = {{Role::kUser, text}};
  CHECK(chat(r, kPlain)["messages"][1]["content"] == text);
}

TEST_CASE("a refused field is left out or renamed once") {
  const auto fault = [](int status, std::string param, std::string message, std::string code = "") {
    UpstreamFault f;
    f.status = status;
    f.param = std::move(param);
    f.message = std::move(message);
    f.code = std::move(code);
    return f;
  };
  const ChatRequest r = request("gpt-4o");

  Repairs cap;
  const auto unsupported = fault(400, "max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "unsupported_parameter");
  REQUIRE(repair_request(unsupported, cap));
  CHECK(chat(r, kPlain, cap)["max_completion_tokens"] == 1000);
  CHECK(!chat(r, kPlain, cap).contains("max_tokens"));
  REQUIRE(repair_request(unsupported, cap));
  CHECK(!chat(r, kPlain, cap).contains("max_completion_tokens"));
  CHECK(!repair_request(unsupported, cap));

  Repairs stream;
  REQUIRE(repair_request(fault(422, "", "Extra inputs are not permitted: stream_options"), stream));
  CHECK(!chat(r, kPlain, stream).contains("stream_options"));
  CHECK(!repair_request(fault(422, "", "stream_options"), stream));

  Repairs other;
  REQUIRE(repair_request(fault(400, "temperature", "Unsupported value"), other));
  CHECK(!chat(r, kPlain, other).contains("temperature"));
  REQUIRE(repair_request(fault(400, "reasoning.summary", "Your organization must be verified"), other));
  CHECK(!responses(request("gpt-6.1-terra"), other).contains("reasoning"));
  REQUIRE(repair_request(fault(400, "", "thinking: Extra inputs are not permitted"), cap));
  CHECK(!anthropic(request("claude-sonnet-5-5"), cap).contains("thinking"));

  Repairs small;
  REQUIRE(repair_request(fault(400, "", "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens"), small));
  CHECK(anthropic(request("claude-sonnet-5-5"), small)["max_tokens"] == 4096);

  Repairs none;
  CHECK(!repair_request(fault(400, "messages", "bad"), none));
  CHECK(!repair_request(fault(500, "temperature", "bad"), none));
}

TEST_CASE("pictures and documents stand in front of the words, each dialect in its own form") {
  ChatRequest r = request("gpt-6.1-terra");
  const auto bytes = [](const char* text) { return std::make_shared<const std::string>(text); };
  r.messages.back().media = {{"1", "pet.png", "image/png", bytes("cGV0")}, {"2", "a.pdf", "application/pdf", bytes("cGRm")}, {"3", "gone.png", "image/png", nullptr}};
  CHECK(chat(r, kPlain)["messages"].back()["content"] == json::parse(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,cGV0"}},
    {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,cGRm"}},{"type":"text","text":"And?"}])"));
  CHECK(responses(r)["input"].back()["content"] == json::parse(R"([{"type":"input_image","image_url":"data:image/png;base64,cGV0","detail":"auto"},
    {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,cGRm"},{"type":"input_text","text":"And?"}])"));
  r.model = "claude-sonnet-5-5";
  CHECK(anthropic(r)["messages"].back()["content"] == json::parse(R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"cGV0"}},
    {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"cGRm"},"title":"a.pdf"},{"type":"text","text":"And?"}])"));
  CHECK(anthropic(r)["messages"][0]["content"] == "Hi");
  CHECK(media_bytes(r) == 8);
}

TEST_CASE("a picture needs no words, and neighbours that are joined keep theirs") {
  ChatRequest r = request("qwen3");
  r.messages = {{Role::kUser, "", {{"1", "a.png", "image/png", std::make_shared<const std::string>("AA==")}}}, {Role::kUser, "words"}};
  const json body = chat(r, kPlain);
  REQUIRE(body["messages"].size() == 2);
  CHECK(body["messages"][1]["content"].size() == 2);
  r.messages.pop_back();
  CHECK(chat(r, kPlain)["messages"][1]["content"].size() == 1);
}
