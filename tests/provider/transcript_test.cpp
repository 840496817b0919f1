// Whole streams as ten servers write them (tests/data/provider), in every split. The shapes are the servers' own, the words
// are not.
#include <fstream>
#include <sstream>

#include "provider/anthropic_decoder.h"
#include "provider/openai_chat_decoder.h"
#include "provider/openai_responses_decoder.h"
#include "provider/replay.h"

using namespace whinchat::provider;

namespace {

std::string transcript(const std::string& name) {
  std::ifstream file("../data/provider/" + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "run in the folder tests/provider");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("transcript: OpenAI, Chat Completions") {
  replay::check<OpenAiChatDecoder>(transcript("openai_chat.sse"),
                                   "Caf\xC3\xA9 \"au lait\"\n\nfinish: stop\nusage: in 20 cached 0 out 15 thought 8");
}
TEST_CASE("transcript: Azure's first chunk has no choices") {
  replay::check<OpenAiChatDecoder>(transcript("azure.sse"), "Hello there\nfinish: stop\nusage: in 9 out 3");
}
TEST_CASE("transcript: OpenRouter fails in the middle") {
  replay::check<OpenAiChatDecoder>(transcript("openrouter.sse"), "Yes\nreasoning: Let me see.\nfinish: unknown\nerror: provider_error");
}
TEST_CASE("transcript: Groq keeps usage in its own field") {
  replay::check<OpenAiChatDecoder>(transcript("groq.sse"), "Quick.\nreasoning: Hm.\nfinish: stop\nusage: in 80 out 21");
}
TEST_CASE("transcript: Mistral sends parts") {
  replay::check<OpenAiChatDecoder>(transcript("mistral.sse"), "Oui.\nreasoning: Oui?\nfinish: length\nusage: in 5 out 4");
}
TEST_CASE("transcript: DeepSeek keeps the connection alive with comments") {
  replay::check<OpenAiChatDecoder>(transcript("deepseek.sse"), "then\nreasoning: First\nfinish: stop\nusage: in 30 cached 20 out 6 thought 2");
}
TEST_CASE("transcript: llama-server, Chat Completions") {
  replay::check<OpenAiChatDecoder>(transcript("llama_server.sse"),
                                   "Hello caf\xC3\xA9 \xF0\x9F\x98\x80.\nreasoning: thinking\nfinish: stop\nusage: in 12 cached 3 out 19");
}
TEST_CASE("transcript: OpenAI, Responses") {
  replay::check<OpenAiResponsesDecoder>(transcript("openai_responses.sse"),
                                        "Hello \xE2\x80\x93 you\nreasoning: **Greeting**\nfinish: stop\nusage: in 37 cached 0 written 0 out 11 thought 6");
}
TEST_CASE("transcript: Anthropic") {
  replay::check<AnthropicDecoder>(transcript("anthropic.sse"),
                                  "Hello! \xF0\x9F\x98\x80\n\nreasoning: A greeting.\nfinish: stop\nusage: in 25 cached 0 written 0 out 15 thought 6");
}
TEST_CASE("transcript: llama-server opens the next block before it closes the last") {
  replay::check<AnthropicDecoder>(transcript("llama_server_messages.sse"), "Hello\nreasoning: thinking\nfinish: stop\nusage: in 12 cached 0 out 19");
}
