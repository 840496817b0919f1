// The sliced events and the parsed ones tell the same, and those that make up a stream are sliced.
#include "provider/openai_chat_skim.h"

#include "provider/openai_chat_decoder.h"
#include "provider/replay.h"

using whinchat::provider::OpenAiChatDecoder;
using whinchat::provider::skim_openai_chat;
using whinchat::provider::SkimmedChunk;

namespace {

bool is_sliced(const std::string& json) {
  SkimmedChunk chunk;
  return skim_openai_chat(json, chunk);
}

// What an answer tells whose one event this is.
std::string told(const std::string& json, bool fast) {
  const replay::Reply reply{"data: " + json + "\n\ndata: [DONE]\n\n"};
  return replay::play<OpenAiChatDecoder>(reply, {reply.body.size()}, fast);
}

std::string counts(const std::string& usage) { return "{\"choices\":[],\"usage\":" + usage + "}"; }

}  // namespace

TEST_CASE("every event of a plain stream is sliced, the counts at its end too") {
  CHECK(is_sliced(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"));
  CHECK(is_sliced(R"({"choices":[{"index":0,"delta":{"content":"a\nb"},"logprobs":null,"finish_reason":null}],"usage":null})"));
  CHECK(is_sliced(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"));
  CHECK(is_sliced(counts(R"({"prompt_tokens":11,"completion_tokens":8,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}})")));
  CHECK(is_sliced(counts(R"({"prompt_tokens":11,"completion_tokens":8,"prompt_tokens_details":null})")));
}

TEST_CASE("counts mean the same sliced and parsed, however odd they are") {
  for (const char* usage : {
           R"({"prompt_tokens":11,"completion_tokens":8})", R"({"prompt_tokens":0,"completion_tokens":0})", R"({})", "null", "[]", "7", R"("x")",
           R"({"prompt_tokens":1,"prompt_tokens":2})", R"({"prompt_tokens":1,"prompt_tokens":null})", R"({"prompt_tokens":null,"completion_tokens":3})",
           R"({"prompt_tokens":-1})", R"({"prompt_tokens":1.9})", R"({"prompt_tokens":1e2})", R"({"prompt_tokens":"5"})", R"({"prompt_tokens":true})",
           R"({"prompt_tokens":999999999999})", R"({"prompt_tokens":1000000000000})", R"({"prompt_tokens":1000000000001})", R"({"prompt_tokens":99999999999999999999})",
           R"({"prompt_tokens_details":{"cached_tokens":4},"prompt_cache_hit_tokens":5,"cached_tokens":6})",
           R"({"prompt_cache_hit_tokens":5,"cached_tokens":6})", R"({"cached_tokens":6})",
           R"({"prompt_tokens_details":{"cached_tokens":4},"prompt_tokens_details":{}})", R"({"prompt_tokens_details":null,"prompt_tokens_details":{"cached_tokens":4}})",
           R"({"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":2,"deep":{"a":1}}})", R"({"prompt_tokens_details":[]})",
           R"({"completion_tokens_details":{"reasoning_tokens":7,"accepted_prediction_tokens":0}})", R"({"completion_tokens_details":{"reasoning_tokens":7,"reasoning_tokens":8}})",
           R"({"total_time":0.25,"queue_time":null,"service":"x"})", R"({"prompt_tokens":012})"}) {
    CAPTURE(usage);
    CHECK(told(counts(usage), true) == told(counts(usage), false));
    const std::string twice = "{\"usage\":{\"prompt_tokens\":3},\"choices\":[],\"usage\":" + std::string(usage) + "}";
    CHECK(told(twice, true) == told(twice, false));
    const std::string beside = R"({"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}],"usage":)" + std::string(usage) + "}";
    CHECK(told(beside, true) == told(beside, false));
  }
}

TEST_CASE("what is not plain is left to the parser") {
  CHECK_FALSE(is_sliced(R"({"choices":[]})"));
  CHECK_FALSE(is_sliced(R"({"choices":[],"usage":{"prompt_tokens":1}} x)"));
  CHECK_FALSE(is_sliced(R"({"choices":[],"usage":{"prompt_tokens":1)"));
  CHECK_FALSE(is_sliced(R"({"error":{"message":"no"},"usage":{"prompt_tokens":1}})"));
  CHECK_FALSE(is_sliced(R"({"choices":[{"index":0,"delta":{"tool_calls":[]}}],"usage":{"prompt_tokens":1}})"));
  CHECK_FALSE(is_sliced(R"({"choices":[{"index":0,"usage":{"prompt_tokens":1}}],"usage":{"prompt_tokens":2}})"));
  CHECK_FALSE(is_sliced(R"({"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}],"usage":{"prompt_tokens":2}})"));
}
