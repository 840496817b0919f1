// Rows 61-66 of the table of real streams, and the other events of the Messages API.
#include "provider/anthropic_decoder.h"

#include "provider/replay.h"

using replay::Reply;
using whinchat::provider::AnthropicDecoder;

namespace {

void check(const std::string& body, const std::string& expected) { replay::check<AnthropicDecoder>(body, expected); }
void check(const Reply& reply, const std::string& expected) { replay::check<AnthropicDecoder>(reply, expected); }

std::string event(const std::string& type, const std::string& rest = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
}
std::string block(int index, const std::string& json) {
  return event("content_block_start", ",\"index\":" + std::to_string(index) + ",\"content_block\":" + json);
}
std::string delta(int index, const std::string& json) {
  return event("content_block_delta", ",\"index\":" + std::to_string(index) + ",\"delta\":" + json);
}
std::string text(const std::string& json_text, int index = 0) {
  return delta(index, "{\"type\":\"text_delta\",\"text\":\"" + json_text + "\"}");
}
std::string close_block(int index) { return event("content_block_stop", ",\"index\":" + std::to_string(index)); }
std::string end(const std::string& reason, const std::string& more = "", int out = 5) {
  return event("message_delta", ",\"delta\":{\"stop_reason\":\"" + reason + "\",\"stop_sequence\":null" + more +
                                    "},\"usage\":{\"output_tokens\":" + std::to_string(out) + "}") + event("message_stop");
}
const std::string kStart =
    event("message_start", ",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c1\",\"content\":[],"
                           "\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":3,"
                           "\"cache_read_input_tokens\":20,\"output_tokens\":1}}");
const std::string kText = block(0, "{\"type\":\"text\",\"text\":\"\"}");
const std::string kIn = "\nusage: in 33 cached 20 written 3 out ";

}  // namespace

TEST_CASE("anthropic: text, thinking and usage arrive, the prompt counted whole") {
  check(kStart + block(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}") +
            delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}") + delta(0, "{\"type\":\"signature_delta\",\"signature\":\"s\"}") +
            close_block(0) + block(1, "{\"type\":\"text\",\"text\":\"\"}") + text("H\\u00e9 ", 1) + text("you\\n", 1) + close_block(1) +
            event("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9,\"output_tokens_details\":{\"thinking_tokens\":4}}") +
            event("message_stop"),
        "H\xC3\xA9 you\n\nreasoning: hm\nfinish: stop" + kIn + "9 thought 4");
}

TEST_CASE("row 61: a ping before message_start is ignored") {
  check(event("ping") + kStart + kText + text("Hi") + close_block(0) + end("end_turn"), "Hi\nfinish: stop" + kIn + "5");
}

TEST_CASE("row 62: unknown events, deltas and blocks are ignored") {
  check(kStart + event("message_note", ",\"x\":1") + block(0, "{\"type\":\"hologram\"}") + delta(0, "{\"type\":\"light_delta\",\"text\":\"no\"}") +
            delta(0, "{\"type\":\"citations_delta\",\"citation\":{}}") + close_block(0) + block(1, "{\"type\":\"text\",\"text\":\"\"}") +
            text("Hi", 1) + "data: 7\n\n" + end("end_turn"),
        "Hi\nfinish: stop" + kIn + "5");
}

TEST_CASE("row 63: overloaded_error after text keeps the text") {
  check(kStart + kText + text("Hi") +
            event("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\""),
        "Hi\nfinish: unknown" + kIn + "1\nerror: provider_overloaded");
}

TEST_CASE("row 64: usage is cumulative, not added up") {
  check(kStart + kText + text("Hi") +
            event("message_delta", ",\"delta\":{\"stop_reason\":null},\"usage\":{\"output_tokens\":5}") + end("end_turn", "", 9),
        "Hi\nfinish: stop" + kIn + "9");
}

TEST_CASE("row 65: blocks are told apart by index even when they overlap") {
  check(kStart + block(0, "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}") +
            block(1, "{\"type\":\"tool_use\",\"id\":\"b\",\"name\":\"g\",\"input\":{}}") +
            delta(1, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"y\\\":\"}") +
            delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\\\":1}\"}") +
            delta(1, "{\"type\":\"input_json_delta\",\"partial_json\":\"2}\"}") + close_block(0) + close_block(1) + end("tool_use"),
        "\ncall: a f {\"x\":1}\ncall: b g {\"y\":2}\nfinish: tool_calls" + kIn + "5");
}

TEST_CASE("row 66: a tool's input cut inside an escape is joined, an empty one is {}") {
  check(kStart + block(0, "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}") +
            delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}") +
            delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\\\":\\\"\\\\\"}") +
            delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"n\\\"}\"}") + close_block(0) +
            block(1, "{\"type\":\"tool_use\",\"id\":\"b\",\"name\":\"g\",\"input\":{}}") + close_block(1) + end("tool_use"),
        "\ncall: a f {\"x\":\"\\n\"}\ncall: b g {}\nfinish: tool_calls" + kIn + "5");
}

TEST_CASE("anthropic: each stop reason has its meaning") {
  const std::string head = kStart + kText + text("Hi");
  check(head + end("max_tokens"), "Hi\nfinish: length" + kIn + "5");
  check(head + end("stop_sequence"), "Hi\nfinish: stop" + kIn + "5");
  check(head + end("model_context_window_exceeded"), "Hi\nfinish: context_window" + kIn + "5");
  check(head + end("refusal", ",\"stop_details\":{\"type\":\"refusal\",\"explanation\":\"Not that.\"}"), "Hi\nfinish: refusal" + kIn + "5");
  check(kStart + end("refusal", ",\"stop_details\":{\"type\":\"refusal\",\"explanation\":\"Not that.\"}"),
        "Not that.\nfinish: refusal" + kIn + "5");
}

TEST_CASE("anthropic: a stream without message_stop is truncated unless a stop reason came") {
  check(kStart + kText + text("Hi"), "Hi\nfinish: unknown" + kIn + "1\nerror: provider_truncated");
  check(kStart + kText + text("Hi") + "data: [DONE]\n\n", "Hi\nfinish: unknown" + kIn + "1\nerror: provider_truncated");
  check(kStart + kText + text("Hi") + event("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{}"),
        "Hi\nfinish: stop" + kIn + "1");
}

TEST_CASE("anthropic: a whole message instead of a stream is taken, blocks picked by type") {
  check(Reply{"{\"type\":\"message\",\"model\":\"c1\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"s\"},"
              "{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}",
              200, "application/json"},
        "Hi\nfinish: stop\nusage: in 1 out 2");
  check(Reply{"{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}", 200, "application/json"},
        "\nfinish: unknown\nerror: provider_error");
}

TEST_CASE("anthropic: a surrogate pair cut between deltas is joined") {
  check(kStart + kText + text("\\ud83d") + text("\\ude00") + end("end_turn"), "\xF0\x9F\x98\x80\nfinish: stop" + kIn + "5");
}
