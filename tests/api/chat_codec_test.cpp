// The rows of the table of bad inputs that concern the body: what is refused, what is accepted, and with which words.
#include "api/chat_codec.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/limits.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

struct Row {
  const char* what;
  std::string body;
  const char* error = nullptr;  // the exact message, where clients know it
};

std::string repeat(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string with_message(const std::string& text) { return R"({"message":")" + text + R"("})"; }
std::string with(const std::string& members) { return R"({"message":"a",)" + members + "}"; }

std::string with_history(size_t items) {
  std::string list;
  for (size_t i = 0; i < items; ++i) list += std::string(i ? "," : "") + R"({"role":"user","content":"a"})";
  return with("\"history\":[" + list + "]");
}

void check_refused(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto input = parse_chat_input(row.body);
    REQUIRE_FALSE(input.ok());
    CHECK(input.error().code == ErrorCode::kInvalidRequest);
    CHECK(input.error().message.size() > 10);
    CHECK_FALSE(input.error().retry_after_s.has_value());
    if (row.error) CHECK(input.error().message == row.error);
  }
}

void check_accepted(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto input = parse_chat_input(row.body);
    REQUIRE(input.ok());
    CHECK_FALSE(input->message.empty());
  }
}

}  // namespace

TEST_CASE("a body without a message of text is refused, in the guide's words where it has some") {
  check_refused({
      {"empty body", ""},
      {"only white space", " \r\n\t"},
      {"null", "null", "Message required"},
      {"a list", "[]", "Message required"},
      {"a string", "\"x\"", "Message required"},
      {"a number", "1", "Message required"},
      {"an empty object", "{}", "Message required"},
      {"no message", R"({"model":"m"})", "Message required"},
      {"empty message", with_message(""), "Message required"},
      {"white space", with_message(" \\n\\t "), "Message required"},
      {"white space of Unicode", with_message("\u00a0\u2003\u3000"), "Message required"},
      {"message null", R"({"message":null})", "Message required"},
      {"message 5", R"({"message":5})"},
      {"message true", R"({"message":true})"},
      {"message list", R"({"message":[]})"},
      {"message object", R"({"message":{}})"},
      {"Message with a capital", R"({"Message":"a"})", "Message required"},
  });
}

TEST_CASE("messages are counted in code points: 10,000 pass, one more does not") {
  const std::string emoji = "\U0001F426";
  check_accepted({{"ASCII", with_message(std::string(10'000, 'a'))}, {"four bytes each", with_message(repeat(emoji, 10'000))}});
  check_refused({{"ASCII", with_message(std::string(10'001, 'a')), "Message too long (max 10,000 characters)"},
                 {"four bytes each", with_message(repeat(emoji, 10'001)), "Message too long (max 10,000 characters)"},
                 {"far too long", with_message(std::string(900'000, 'a'))}});
}

TEST_CASE("text that is no sound JSON is refused") {
  check_refused({
      {"depth 500,000", std::string(500'000, '[')},
      {"depth 17 in an unknown field", with("\"x\":" + std::string(17, '[') + std::string(17, ']'))},
      {"a megabyte of objects", "[" + repeat("{},", 333'000) + "{}]"},
      {"too many values", with("\"x\":[" + repeat("1,", 4'096) + "1]")},
      {"duplicate key", R"({"message":"a","message":"b"})"},
      {"byte that is no UTF-8", with_message("\xff")},
      {"overlong form", with_message("\xc0\xaf")},
      {"surrogate in UTF-8", with_message("\xed\xa0\x80")},
      {"lone surrogate", with_message("\\ud800")},
      {"NUL escape", with_message("a\\u0000b")},
      {"NUL byte", with_message(std::string("a\0b", 3))},
      {"1e999", with("\"temperature\":1e999")},
      {"NaN", with("\"temperature\":NaN")},
      {"Infinity", with("\"temperature\":Infinity")},
      {"trailing comma", R"({"message":"a",})"},
      {"comment", R"({"message":"a"/* b */})"},
      {"single quotes", "{'message':'a'}"},
      {"byte order mark", "\xef\xbb\xbf{\"message\":\"a\"}"},
      {"truncated", R"({"message":"a)"},
      {"garbage after it", R"({"message":"a"} x)"},
      {"two values", R"({"message":"a"}{"message":"b"})"},
      {"raw line feed in a string", with_message("a\nb")},
  });
}

TEST_CASE("the history is checked item by item") {
  check_accepted({{"50 items", with_history(50)},
                  {"none", with("\"history\":[]")},
                  {"null", with("\"history\":null")},
                  {"empty content", with(R"("history":[{"role":"assistant","content":""}])")},
                  {"100,000 characters", with(R"("history":[{"role":"user","content":")" + std::string(100'000, 'a') + "\"}]")}});
  check_refused({
      {"51 items", with_history(51), "Conversation history too long (max 50 messages)"},
      {"an object", with("\"history\":{}")},
      {"a string", with("\"history\":\"hello\"")},
      {"item is text", with("\"history\":[\"a\"]")},
      {"item is null", with("\"history\":[null]")},
      {"item is a list", with("\"history\":[[]]")},
      {"no role", with(R"("history":[{"content":"a"}])")},
      {"no content", with(R"("history":[{"role":"user"}])")},
      {"content null", with(R"("history":[{"role":"assistant","content":null}])")},
      {"content list", with(R"("history":[{"role":"user","content":[{"type":"text","text":"a"}]}])")},
      {"role number", with(R"("history":[{"role":1,"content":"a"}])")},
      {"tool", with(R"("history":[{"role":"tool","content":"a"}])")},
      {"developer", with(R"("history":[{"role":"developer","content":"a"}])")},
      {"root", with(R"("history":[{"role":"root","content":"a"}])")},
      {"USER", with(R"("history":[{"role":"USER","content":"a"}])")},
      {"empty role", with(R"("history":[{"role":"","content":"a"}])")},
      {"100,001 characters", with(R"("history":[{"role":"user","content":")" + std::string(100'001, 'a') + "\"}]"),
       "An item of the history is too long (max 100,000 characters)"},
      {"the last item is wrong", with(R"("history":[{"role":"user","content":"a"},{"role":"x","content":"b"}])")},
  });
}

TEST_CASE("a history keeps its order and roles, a system message included") {
  const auto input = parse_chat_input(
      with(R"("history":[{"role":"system","content":"s"},{"role":"user","content":"u","name":"x"},{"role":"assistant","content":"b"}])"));
  REQUIRE(input.ok());
  REQUIRE(input->history.size() == 3);
  CHECK(input->history[0].role == provider::Role::kSystem);
  CHECK(input->history[1].role == provider::Role::kUser);
  CHECK(input->history[2].role == provider::Role::kAssistant);
  CHECK(input->history[1].content == "u");
}

TEST_CASE("providers and models are names, not paths or header lines") {
  check_refused({
      {"provider empty", with(R"("provider":"")")},
      {"provider number", with(R"("provider":7)")},
      {"provider with a space", with(R"("provider":"open ai")")},
      {"provider of 65 bytes", with("\"provider\":\"" + std::string(65, 'a') + "\"")},
      {"model way up", with(R"("model":"../../v1/files")")},
      {"model with a line break", with(R"("model":"gpt\r\nX: y")")},
      {"model with a query", with(R"("model":"a?b=c")")},
      {"model with a percent sign", with(R"("model":"a%2e%2e")")},
      {"model empty", with(R"("model":"")")},
      {"model list", with(R"("model":["a"])")},
      {"model of 201 bytes", with("\"model\":\"" + std::string(201, 'a') + "\"")},
      {"model of 10 KB", with("\"model\":\"" + std::string(10'240, 'a') + "\"")},
      {"model in Cyrillic", with(R"("model":"gрt")")},
  });
  const auto input = parse_chat_input(with(R"("provider":"ollama","model":"hf.co/org/Some-Model_1.5:Q4_K_M@x+y")"));
  REQUIRE(input.ok());
  CHECK(input->provider == "ollama");
  CHECK(input->model == "hf.co/org/Some-Model_1.5:Q4_K_M@x+y");
}

TEST_CASE("null means the same as absent, as the guide's client sends it") {
  const auto input = parse_chat_input(with(R"("provider":null,"model":null,"history":null,"max_tokens":null,"temperature":null)"));
  REQUIRE(input.ok());
  CHECK(input->provider.empty());
  CHECK(input->model.empty());
  CHECK(input->history.empty());
  CHECK_FALSE(input->max_tokens.has_value());
  CHECK_FALSE(input->temperature.has_value());
}

TEST_CASE("max_tokens and temperature have their ranges") {
  const std::string most = std::to_string(limits::kOutputTokensMax);
  check_refused({
      {"-1", with("\"max_tokens\":-1")},
      {"0", with("\"max_tokens\":0")},
      {"1e9", with("\"max_tokens\":1e9")},
      {"1000000000", with("\"max_tokens\":1000000000")},
      {"2^64 - 1", with("\"max_tokens\":18446744073709551615")},
      {"2^63 + 1", with("\"max_tokens\":9223372036854775809")},
      {"2^32 + 5", with("\"max_tokens\":4294967301")},
      {"1.5", with("\"max_tokens\":1.5")},
      {"text", with("\"max_tokens\":\"x\"")},
      {"true", with("\"max_tokens\":true")},
      {"one too many", with("\"max_tokens\":" + std::to_string(limits::kOutputTokensMax + 1))},
      {"temperature -1", with("\"temperature\":-1")},
      {"temperature 3", with("\"temperature\":3")},
      {"temperature 2.0001", with("\"temperature\":2.0001")},
      {"temperature hot", with("\"temperature\":\"hot\"")},
      {"temperature false", with("\"temperature\":false")},
  });
  check_accepted({{"the most", with("\"max_tokens\":" + most)}, {"2", with("\"temperature\":2")}, {"0", with("\"temperature\":0")}});
  const auto input = parse_chat_input(with("\"max_tokens\":7,\"temperature\":0.25"));
  REQUIRE(input.ok());
  CHECK(input->max_tokens == 7);
  CHECK(input->temperature == 0.25);
}

TEST_CASE("fields that nobody knows are ignored, those that would steer the call included") {
  const auto plain = parse_chat_input(with(R"("model":"m")"));
  const auto loaded = parse_chat_input(
      with(R"("model":"m","base_url":"http://evil.test","api_base":"x","api_key":"sk-1","headers":{"a":"b"},"organization":"o","stream":true,"n":9)"));
  REQUIRE(plain.ok());
  REQUIRE(loaded.ok());
  CHECK(loaded->message == plain->message);
  CHECK(loaded->model == plain->model);
  CHECK(loaded->provider.empty());
  CHECK(loaded->history.empty());
}

TEST_CASE("no error repeats what the client sent") {
  for (const char* body : {R"({"message":"a","model":"secret<word>"})", R"({"message":"a","provider":"secret<word>"})",
                           R"({"message":"a","history":[{"role":"secret<word>","content":"a"}]})"}) {
    const auto input = parse_chat_input(body);
    REQUIRE_FALSE(input.ok());
    CHECK(input.error().message.find("secret") == std::string::npos);
  }
}

// --- what goes out -------------------------------------------------------------------------------------------------------

namespace {

// The one event of the text, read as a browser reads it.
json event_of(const std::string& text) {
  REQUIRE(text.starts_with("data: "));
  REQUIRE(text.ends_with("\n\n"));
  REQUIRE(text.find('\n') == text.size() - 2);  // one line: the guide's client reads line by line
  return json::parse(text.substr(6));
}

chat::TurnResult answered() {
  chat::TurnResult turn;
  turn.outcome.model = "m-1";
  turn.outcome.finish = provider::FinishReason::kLength;
  turn.outcome.usage.input_tokens = 11;
  turn.outcome.usage.output_tokens = 5;
  turn.outcome.usage.cached_input_tokens = 0;
  return turn;
}

}  // namespace

TEST_CASE("a piece of the answer is one line of an event stream, whatever is in it") {
  std::string out;
  append_chunk_event(out, "chunk", "a \"quote\"\r\n\ndata: {\"type\":\"done\"}\n\n\\ \x01 \u2028 \U0001F426", "m\"1");
  const json event = event_of(out);
  CHECK(event == json{{"type", "chunk"}, {"content", "a \"quote\"\r\n\ndata: {\"type\":\"done\"}\n\n\\ \x01 \u2028 \U0001F426"}, {"model", "m\"1"}});
}

TEST_CASE("done tells usage and why the answer ended") {
  std::string out;
  append_done_event(out, answered());
  const json event = event_of(out);
  CHECK(event["type"] == "done");
  CHECK(event["model"] == "m-1");
  CHECK(event["finish_reason"] == "length");
  CHECK(event["usage"] == json{{"prompt_tokens", 11}, {"completion_tokens", 5}, {"total_tokens", 16}, {"input_tokens", 11},
                               {"output_tokens", 5}, {"cached_tokens", 0}});
}

TEST_CASE("usage that was never told is null, half of it is shown without a total, an estimate says so") {
  chat::TurnResult turn = answered();
  turn.outcome.usage = {};
  std::string out;
  append_done_event(out, turn);
  CHECK(event_of(out)["usage"].is_null());
  turn.outcome.usage.output_tokens = 5;
  turn.outcome.usage.estimated = true;
  out.clear();
  append_done_event(out, turn);
  CHECK(event_of(out)["usage"] == json{{"completion_tokens", 5}, {"output_tokens", 5}, {"estimated", true}});
}

TEST_CASE("an error event has a sentence, a code, and when to come back") {
  Error error{ErrorCode::kProviderOverloaded, "The provider is busy.", "internal host 10.0.0.7", 12};
  std::string out;
  append_error_event(out, error, nullptr);
  CHECK(event_of(out) == json{{"type", "error"}, {"error", "The provider is busy."}, {"code", "provider_overloaded"}, {"retry_after", 12}});
  const chat::TurnResult turn = answered();
  out.clear();
  error.retry_after_s.reset();
  append_error_event(out, error, &turn);
  CHECK(event_of(out)["usage"]["output_tokens"] == 5);
  CHECK_FALSE(event_of(out).contains("retry_after"));
}

TEST_CASE("a whole answer has the guide's keys and more") {
  const json plain = json::parse(answer_json(answered(), "Hi \"there\"", ""));
  CHECK(plain["message"] == "Hi \"there\"");
  CHECK(plain["model"] == "m-1");
  CHECK(plain["usage"]["total_tokens"] == 16);
  CHECK(plain["finish_reason"] == "length");
  CHECK_FALSE(plain.contains("reasoning"));
  CHECK(json::parse(answer_json(answered(), "", "thought"))["reasoning"] == "thought");
}
