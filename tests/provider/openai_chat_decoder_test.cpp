// Rows 49-60, 67, 68 and 71-76 of the table of real streams, and what the ten servers do differently.
#include "provider/openai_chat_decoder.h"

#include "provider/replay.h"

using whinchat::ErrorCode;
using whinchat::provider::OpenAiChatDecoder;
using replay::Reply;

namespace {

void check(const std::string& body, const std::string& expected) { replay::check<OpenAiChatDecoder>(body, expected); }
void check(const Reply& reply, const std::string& expected) { replay::check<OpenAiChatDecoder>(reply, expected); }

std::string data(const std::string& json) { return "data: " + json + "\n\n"; }
// A chunk as OpenAI writes it.
std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return data("{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1763890000,\"model\":\"m1\","
              "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish + "}]}");
}
std::string text(const std::string& json_text) { return chunk("{\"content\":\"" + json_text + "\"}"); }
const std::string kStart = chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}");
const std::string kStop = chunk("{}", "\"stop\"");
const std::string kDone = data("[DONE]");

}  // namespace

TEST_CASE("row 49: a chunk with empty choices and usage gives usage and no text") {
  check(kStart + text("Hi") + kStop +
            data("{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,\"total_tokens\":21,"
                 "\"prompt_tokens_details\":{\"cached_tokens\":4,\"cache_write_tokens\":2},"
                 "\"completion_tokens_details\":{\"reasoning_tokens\":7}}}") + kDone,
        "Hi\nfinish: stop\nusage: in 9 cached 4 written 2 out 12 thought 7");
}

TEST_CASE("row 50: a chunk with null choices or none is ignored") {
  check(data("{\"choices\":null}") + data("{\"object\":\"chat.completion.chunk\"}") +
            data("{\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}") + data("{\"choices\":[null]}") +
            data("{\"choices\":[{\"index\":0}]}") + kStart + text("Hi") + kStop + kDone,
        "Hi\nfinish: stop");
}

TEST_CASE("row 51: an empty delta with finish_reason length is an answer cut at the limit") {
  check(kStart + text("Hi") + chunk("{}", "\"length\"") + kDone, "Hi\nfinish: length");
}

TEST_CASE("row 52: two tool calls interleaved by index are joined each") {
  const auto call = [](int index, const std::string& rest) {
    return chunk("{\"tool_calls\":[{\"index\":" + std::to_string(index) + rest + "}]}");
  };
  check(kStart + call(0, ",\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}") +
            call(1, ",\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{\"}") +
            call(0, ",\"function\":{\"arguments\":\"{\\\"x\\\":\"}") + call(1, ",\"function\":{\"arguments\":\"}\"}") +
            call(0, ",\"function\":{\"arguments\":\"1}\"}") + chunk("{}", "\"tool_calls\"") + kDone,
        "\ncall: a f {\"x\":1}\ncall: b g {}\nfinish: tool_calls");
}

TEST_CASE("row 53: tool deltas without index open a call for each id") {
  check(kStart + chunk("{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}") +
            chunk("{\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}") +
            chunk("{\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":{\"y\":2}}}]}") + kStop + kDone,
        "\ncall: a f {}\ncall: b g {\"y\":2}\nfinish: tool_calls");
}

TEST_CASE("a tool call without an id gets one of nine letters and digits") {
  check(kStart + chunk("{\"tool_calls\":[{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}") + kDone,
        "\ncall: call00001 f {}\nfinish: tool_calls");
}

TEST_CASE("row 54: reasoning in the same delta comes before the text") {
  const std::string body = kStart + chunk("{\"reasoning_content\":\"hm\",\"content\":\"Hi\"}") + kStop + kDone;
  check(body, "Hi\nreasoning: hm\nfinish: stop");
  OpenAiChatDecoder decoder("Testai");
  replay::Collector sink;
  whinchat::provider::ReplyReader reader(decoder, sink, "Testai");
  reader.on_head(200, {});
  reader.on_body(body);
  reader.on_end();
  CHECK(sink.order == "rt");
}

TEST_CASE("reasoning is found under each of its names, once") {
  check(kStart + chunk("{\"reasoning\":\"a\"}") + chunk("{\"reasoning_text\":\"b\"}") +
            chunk("{\"reasoning_content\":\"c\",\"reasoning\":\"c\"}") + text("Hi") + kStop + kDone,
        "Hi\nreasoning: abc\nfinish: stop");
}

TEST_CASE("row 55: an error after text keeps the text") {
  check(kStart + text("Hi") + data("{\"error\":{\"message\":\"x\",\"code\":502}}") + text("never"),
        "Hi\nfinish: unknown\nerror: provider_error");
  check(kStart + text("Hi") + "event: error\ndata: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\"}}\n\n",
        "Hi\nfinish: unknown\nerror: provider_overloaded");
  check(kStart + text("Hi") + chunk("{}", "\"error\"") + kDone, "Hi\nfinish: unknown\nerror: provider_error");
}

TEST_CASE("row 56: [DONE] with a trailing space is accepted") {
  check(kStart + text("Hi") + kStop + "data: [DONE] \n\n", "Hi\nfinish: stop");
}

TEST_CASE("row 57: whatever follows [DONE] is ignored") {
  check(kStart + text("Hi") + kStop + kDone + text("never") + data("junk"), "Hi\nfinish: stop");
}

TEST_CASE("row 58: an event that is no JSON is an error and the text before it stays") {
  check(kStart + text("Hi") + data("{\"choices\":[{") + text("never") + kDone,
        "Hi\nfinish: unknown\nerror: provider_protocol");
}

TEST_CASE("row 59: a whole completion instead of a stream is taken") {
  check(Reply{"{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
              "\"message\":{\"role\":\"assistant\",\"content\":\"H\\u00e9 \\ud83d\\ude00\",\"reasoning\":\"hm\",\"tool_calls\":null}}],"
              "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", 200, "application/json"},
        "H\xC3\xA9 \xF0\x9F\x98\x80\nreasoning: hm\nfinish: stop\nusage: in 1 out 2");
}

TEST_CASE("row 60: status 200 with an error object is an error") {
  check(Reply{"{\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}", 200, "application/json"},
        "\nfinish: unknown\nerror: provider_error");
  check(Reply{"{\"error\":\"model overloaded\"}"}, "\nfinish: unknown\nerror: provider_overloaded");
  check(Reply{"[{\"error\":{\"code\":429,\"message\":\"slow\",\"status\":\"RATE_LIMIT\"}}]", 200, "text/plain"},
        "\nfinish: unknown\nerror: provider_rate_limited");
}

TEST_CASE("row 67: half a surrogate pair is held until the other half comes") {
  check(kStart + text("a\\ud83d") + text("\\ude00b") + kStop + kDone, "a\xF0\x9F\x98\x80" "b\nfinish: stop");
  // Split once more by an empty delta, and with a second field that forces the whole parse.
  check(kStart + text("a\\uD83D") + text("") + chunk("{\"content\":\"\\uDE00b\",\"reasoning\":null,\"tool_calls\":[]}") + kStop + kDone,
        "a\xF0\x9F\x98\x80" "b\nfinish: stop");
}

TEST_CASE("half a surrogate pair that stays alone becomes U+FFFD") {
  check(kStart + text("a\\ud83d") + text("b") + text("\\ude00c") + text("\\ud83d") + kStop + kDone,
        "a\xEF\xBF\xBD" "b\xEF\xBF\xBD" "c\xEF\xBF\xBD\nfinish: stop");
  check(kStart + text("\\ud83d\\ud83d\\ude00 \\\\ud83d") + kStop + kDone,
        "\xEF\xBF\xBD\xF0\x9F\x98\x80 \\ud83d\nfinish: stop");
}

TEST_CASE("row 68: U+FFFD from a server that cuts its own bytes passes through") {
  check(kStart + text("caf\xEF\xBF\xBD") + text("\xEF\xBF\xBD!") + kStop + kDone,
        "caf\xEF\xBF\xBD\xEF\xBF\xBD!\nfinish: stop");
}

TEST_CASE("row 71: usage is found in x_groq and in the choice; the last one counts") {
  check(kStart + text("Hi") + data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
                                   "\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}}") + kDone,
        "Hi\nfinish: stop\nusage: in 3 out 4");
  check(kStart + text("Hi") + data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\","
                                   "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"cached_tokens\":2}}]}") + kDone,
        "Hi\nfinish: stop\nusage: in 3 cached 2 out 4");
  check(kStart + data("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}") +
            data("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":6,\"prompt_cache_hit_tokens\":1}}") + kDone,
        "Hi\nfinish: stop\nusage: in 3 cached 1 out 6");
}

TEST_CASE("row 72: content as an array of parts is told apart into text and thinking") {
  check(kStart + chunk("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},"
                       "{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"reference\",\"reference_ids\":[1]}]}") + kStop + kDone,
        "Hi\nreasoning: hm\nfinish: stop");
}

TEST_CASE("row 74: white space before a JSON body is skipped") {
  check(Reply{"\n\n\n  \n{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}", 200, "application/json"},
        "Hi\nfinish: stop");
  check(Reply{"\n\n : x\n\n\n{\"choices\":[]}"}, "\nfinish: unknown\nerror: provider_truncated");
}

TEST_CASE("row 75: a stream cut in the middle is truncated and keeps its text") {
  check(kStart + text("Hi") + "data: {\"choices\":[{\"del", "Hi\nfinish: unknown\nerror: provider_truncated");
  check("", "\nfinish: unknown\nerror: provider_truncated");
  check(": keep-alive\n\n", "\nfinish: unknown\nerror: provider_truncated");
}

TEST_CASE("row 76: without [DONE] but with a finish reason the answer is complete") {
  check(kStart + text("Hi") + kStop, "Hi\nfinish: stop");
  check(kStart + text("Hi") + "data: [DONE]", "Hi\nfinish: stop");
}

TEST_CASE("a refusal is the answer, with a flag") {
  check(kStart + chunk("{\"refusal\":\"I can\"}") + chunk("{\"refusal\":\"not.\"}") + kStop + kDone, "I cannot.\nfinish: refusal");
}

TEST_CASE("other names for the end are understood") {
  check(kStart + text("Hi") + chunk("{}", "\"eos\"") + kDone, "Hi\nfinish: stop");
  check(kStart + text("Hi") + chunk("{}", "\"model_length\"") + kDone, "Hi\nfinish: length");
  check(kStart + text("Hi") + chunk("{}", "\"content_filter\"") + kDone, "Hi\nfinish: content_filter");
  check(kStart + chunk("{\"content\":\"Hi\"}", "\"\"") + chunk("{\"content\":\"!\"}", "\"stop\""), "Hi!\nfinish: stop");
}

TEST_CASE("a second choice that nobody asked for is left out") {
  check(kStart + text("Hi") + data("{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}}]}") + kStop + kDone, "Hi\nfinish: stop");
}

TEST_CASE("a web page instead of a stream is an error that shows nothing of it") {
  whinchat::Error error;
  const Reply page{"<!doctype html><title>secret-host</title>", 200, "text/html"};
  CHECK(replay::play<OpenAiChatDecoder>(page, {7}, true, &error) == "\nfinish: unknown\nerror: provider_protocol");
  CHECK(error.message.find("secret-host") == std::string::npos);
  CHECK(error.detail.find("doctype") != std::string::npos);
  check(Reply{"\n<html>", 200, "text/event-stream"}, "\nfinish: unknown\nerror: provider_protocol");
}

TEST_CASE("an event over 1 MiB is an error") {
  const Reply big{kStart + text(std::string((1u << 20) + 10, 'x'))};
  CHECK(replay::play<OpenAiChatDecoder>(big, {65536}, true) == "\nfinish: unknown\nerror: provider_protocol");
}

TEST_CASE("nesting without end is refused before it is parsed") {
  const Reply deep{kStart + data("{\"a\":" + std::string(200'000, '['))};
  CHECK(replay::play<OpenAiChatDecoder>(deep, {65536}, true) == "\nfinish: unknown\nerror: provider_protocol");
}

TEST_CASE("when the sink wants no more, nothing more is read") {
  OpenAiChatDecoder decoder("Testai");
  replay::Collector sink;
  sink.pieces_left = 1;
  whinchat::provider::ReplyReader reader(decoder, sink, "Testai");
  reader.on_head(200, {});
  CHECK(!reader.on_body(kStart + text("one") + text("two") + kStop + kDone));
  reader.on_end();
  CHECK(sink.all_text == "one");
  CHECK(decoder.stopped());
  CHECK(!decoder.outcome().error);
}
