// Rows 69 and 70 of the table of real streams, and the other events of the Responses API.
#include "provider/openai_responses_decoder.h"

#include "provider/replay.h"

using replay::Reply;
using whinchat::provider::OpenAiResponsesDecoder;

namespace {

void check(const std::string& body, const std::string& expected) { replay::check<OpenAiResponsesDecoder>(body, expected); }
void check(const Reply& reply, const std::string& expected) { replay::check<OpenAiResponsesDecoder>(reply, expected); }

// An event; rest begins with a comma.
std::string event(const std::string& type, const std::string& rest = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":1" + rest + "}\n\n";
}
std::string text(const std::string& json_text) {
  return event("response.output_text.delta", ",\"item_id\":\"i\",\"output_index\":0,\"content_index\":0,\"delta\":\"" + json_text +
                                                 "\",\"logprobs\":[],\"obfuscation\":\"x\"");
}
const std::string kCreated = event("response.created", ",\"response\":{\"id\":\"r\",\"model\":\"m1\",\"status\":\"in_progress\",\"output\":[]}");
const std::string kUsage = "\"usage\":{\"input_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":12,"
                           "\"output_tokens_details\":{\"reasoning_tokens\":7},\"total_tokens\":21}";
const std::string kCompleted = event("response.completed", ",\"response\":{\"status\":\"completed\",\"output\":[]," + kUsage + "}");
const std::string kUsageShown = "\nusage: in 9 cached 4 out 12 thought 7";

}  // namespace

TEST_CASE("responses: text, reasoning summary and usage arrive; unknown events are skipped") {
  check(kCreated + event("response.in_progress") + event("response.reasoning_summary_part.added", ",\"summary_index\":0") +
            event("response.reasoning_summary_text.delta", ",\"summary_index\":0,\"delta\":\"one\"") +
            event("response.reasoning_summary_part.added", ",\"summary_index\":1") +
            event("response.reasoning_summary_text.delta", ",\"summary_index\":1,\"delta\":\"two\"") +
            event("response.something.new", ",\"delta\":\"no\"") + text("Hi ") + text("\\\"you\\\"\\n") +
            event("response.output_text.done", ",\"text\":\"Hi\"") + kCompleted,
        "Hi \"you\"\n\nreasoning: one\n\ntwo\nfinish: stop" + kUsageShown);
}

TEST_CASE("row 69: response.incomplete is text with a reason") {
  check(kCreated + text("Hi") + event("response.incomplete", ",\"response\":{\"status\":\"incomplete\",\"incomplete_details\":"
                                                             "{\"reason\":\"max_output_tokens\"}," + kUsage + "}"),
        "Hi\nfinish: length" + kUsageShown);
  check(kCreated + text("Hi") + event("response.incomplete", ",\"response\":{\"incomplete_details\":{\"reason\":\"content_filter\"}}"),
        "Hi\nfinish: content_filter");
}

TEST_CASE("row 70: response.failed after deltas keeps the text and is an error") {
  check(kCreated + text("Hi") + event("response.failed", ",\"response\":{\"status\":\"failed\",\"error\":"
                                                         "{\"code\":\"server_error\",\"message\":\"x\"}}"),
        "Hi\nfinish: unknown\nerror: provider_error");
  check(kCreated + event("error", ",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\",\"param\":null"),
        "\nfinish: unknown\nerror: provider_rate_limited");
  check(kCreated + event("error", ",\"error\":{\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\",\"message\":\"m\"}"),
        "\nfinish: unknown\nerror: context_too_long");
}

TEST_CASE("responses: a refusal is the answer, with a flag") {
  check(kCreated + event("response.refusal.delta", ",\"delta\":\"No.\"") + kCompleted, "No.\nfinish: refusal" + kUsageShown);
}

TEST_CASE("responses: function calls are joined by output index and the closing event has the last word") {
  const auto item = [](int index, const std::string& id) {
    return event("response.output_item.added", ",\"output_index\":" + std::to_string(index) +
                 ",\"item\":{\"type\":\"function_call\",\"call_id\":\"" + id + "\",\"name\":\"f\",\"arguments\":\"\"}");
  };
  const auto delta = [](int index, const std::string& part) {
    return event("response.function_call_arguments.delta", ",\"output_index\":" + std::to_string(index) + ",\"delta\":\"" + part + "\"");
  };
  check(kCreated + item(0, "a") + item(1, "b") + delta(0, "{\\\"x\\\"") + delta(1, "{}") + delta(0, ":1}") +
            event("response.function_call_arguments.done", ",\"output_index\":1,\"arguments\":\"{\\\"y\\\":2}\"") + kCompleted,
        "\ncall: a f {\"x\":1}\ncall: b f {\"y\":2}\nfinish: tool_calls" + kUsageShown);
}

TEST_CASE("responses: without a terminal event the answer is truncated, [DONE] or not") {
  check(kCreated + text("Hi"), "Hi\nfinish: unknown\nerror: provider_truncated");
  check(kCreated + text("Hi") + "data: [DONE]\n\n", "Hi\nfinish: unknown\nerror: provider_truncated");
  check(kCreated + text("Hi") + kCompleted + "data: [DONE]\n\n", "Hi\nfinish: stop" + kUsageShown);
}

TEST_CASE("responses: a whole response instead of a stream is taken") {
  check(Reply{"{\"object\":\"response\",\"status\":\"completed\",\"model\":\"m1\",\"error\":null,\"output\":["
              "{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"hm\"}]},"
              "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\"}]}]," + kUsage + "}", 200, "application/json"},
        "Hi\nreasoning: hm\nfinish: stop" + kUsageShown);
  check(Reply{"{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}", 200, "application/json"},
        "\nfinish: unknown\nerror: provider_error");
  check(Reply{"{\"error\":{\"message\":\"x\"}}", 200, "application/json"}, "\nfinish: unknown\nerror: provider_error");
}

TEST_CASE("responses: text that comes only with the terminal event is not lost") {
  check(kCreated + event("response.completed", ",\"response\":{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":"
                                               "[{\"type\":\"output_text\",\"text\":\"Hi\"}]}]}"),
        "Hi\nfinish: stop");
}

TEST_CASE("responses: a surrogate pair cut between deltas is joined") {
  check(kCreated + text("\\ud83d") + text("\\ude00") + kCompleted, "\xF0\x9F\x98\x80\nfinish: stop" + kUsageShown);
}
