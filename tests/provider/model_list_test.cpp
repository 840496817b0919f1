// Lists as ten servers give them.
#include "provider/model_list.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace whinchat::provider;
using whinchat::ErrorCode;

namespace {

std::vector<ModelInfo> list(std::string_view body) { return parse_model_list(body, "Testai").value().models; }
std::string ids(const std::vector<ModelInfo>& models) {
  std::string out;
  for (const ModelInfo& m : models) out += m.id + " ";
  return out;
}

}  // namespace

TEST_CASE("limits, prices and dates are read where each server puts them") {
  const auto openrouter = list(R"({"data":[{"id":"a/b","name":"A: B","context_length":1000,"top_provider":{"max_completion_tokens":50},
      "pricing":{"prompt":"0.000002","completion":"0.00001","input_cache_read":"0.0000001"}}]})");
  REQUIRE(openrouter.size() == 1);
  CHECK(openrouter[0].name == "A: B");
  CHECK(openrouter[0].context_tokens == 1000);
  CHECK(openrouter[0].output_tokens_max == 50);
  CHECK(openrouter[0].input_price == doctest::Approx(2));
  CHECK(openrouter[0].output_price == doctest::Approx(10));
  CHECK(openrouter[0].cached_input_price == doctest::Approx(0.1));

  const auto anthropic = parse_model_list(R"({"data":[{"id":"claude-x","type":"model","display_name":"Claude X","max_input_tokens":7,"max_tokens":3,
      "lifecycle":"active","retires_at":"2027-02-03T00:00:00Z"},{"id":"gone","lifecycle":"retired"}],"has_more":true,"last_id":"claude-x"})", "Testai");
  REQUIRE(anthropic->models.size() == 1);
  CHECK(anthropic->models[0].name == "Claude X");
  CHECK(anthropic->models[0].context_tokens == 7);
  CHECK(anthropic->models[0].output_tokens_max == 3);
  CHECK(anthropic->models[0].shutdown_date == "2027-02-03");
  CHECK(anthropic->has_more);
  CHECK(anthropic->last_id == "claude-x");

  const auto llama = list(R"({"models":[{"name":"x"}],"object":"list","data":[{"id":"/m/Qwen3-8B-Q4.gguf","owned_by":"llamacpp","meta":{"n_ctx":4096}}]})");
  REQUIRE(llama.size() == 1);
  CHECK(llama[0].id == "/m/Qwen3-8B-Q4.gguf");
  CHECK(llama[0].name == "Qwen3-8B-Q4");
  CHECK(llama[0].context_tokens == 4096);

  const auto studio = list(R"({"models":[{"type":"llm","key":"q/qwen3","display_name":"Qwen 3","max_context_length":32768},{"type":"embedding","key":"e"}]})");
  REQUIRE(studio.size() == 1);
  CHECK(studio[0].id == "q/qwen3");
  CHECK(studio[0].context_tokens == 32768);
}

TEST_CASE("bare arrays, Gemini's prefix, Groq's inactive ones and odd entries are understood") {
  CHECK(ids(list(R"([{"id":"a"},{"id":"b","active":false},{"id":"models/gemini-4-argon"},{"id":5},null,7,{"id":""},"c"])")) == "a gemini-4-argon c ");
  CHECK(list(R"({"data":[]})").empty());
}

TEST_CASE("what is no list is an error") {
  for (const char* body : {"", "<html>", "{}", "7", R"({"data":"x"})", R"({"error":{"message":"x"}})"}) {
    CAPTURE(body);
    const auto page = parse_model_list(body, "Testai");
    REQUIRE(!page);
    CHECK(page.error().code == ErrorCode::kProviderProtocol);
  }
}

TEST_CASE("OpenAI's list keeps what one can chat with, known models first, without retired ones") {
  std::vector<ModelInfo> live;
  for (const char* id : {"text-embedding-3-large", "whisper-1", "gpt-4o-transcribe", "tts-1", "gpt-image-2", "gpt-realtime-2", "omni-moderation-latest",
                         "dall-e-3", "sora-3", "babbage-002", "davinci-002", "gpt-3.5-turbo-instruct", "gpt-9-new", "gpt-4", "gpt-4-0613",
                         "gpt-4o", "gpt-4o-2024-08-06", "gpt-6-luna", "gpt-6.1-terra", "gpt-6-luna"}) {
    ModelInfo m;
    m.id = id;
    live.push_back(m);
  }
  ModelInfo ended;
  ended.id = "gpt-old";
  ended.shutdown_date = "2026-01-01";
  live.push_back(ended);
  const auto merged = merge_models(Vendor::kOpenAi, live, "2026-11-23");
  CHECK(ids(merged) == "gpt-6.1-terra gpt-6-luna gpt-4o gpt-4o-2024-08-06 gpt-9-new ");
  CHECK(merged[0].name == "GPT-6.1 Terra");
  CHECK(merged[0].input_price == 1);
  CHECK(merged[2].shutdown_date == "2027-01-14");
  CHECK(merged[3].name == "GPT-4o (2024-08-06)");
  CHECK(merged[4].name == "gpt-9-new");
}

TEST_CASE("a live figure goes before the table's") {
  ModelInfo m;
  m.id = "claude-sonnet-5-5";
  m.context_tokens = 5;
  const auto merged = merge_models(Vendor::kAnthropic, {m}, "2026-11-23");
  REQUIRE(merged.size() == 1);
  CHECK(merged[0].context_tokens == 5);
  CHECK(merged[0].output_tokens_max == 128'000);
}

TEST_CASE("at a third server a name like a retired model's is kept") {
  ModelInfo m;
  m.id = "gpt-4";
  CHECK(merge_models(Vendor::kOther, {m}, "2026-11-23").size() == 1);
  m.id = "nomic-embed-text";
  CHECK(merge_models(Vendor::kOther, {m}, "2026-11-23").empty());
}

TEST_CASE("without a live list the table offers current models only") {
  for (const Vendor vendor : {Vendor::kOpenAi, Vendor::kAnthropic}) {
    const auto models = table_models(vendor, "2026-11-23");
    CHECK(models.size() == 4);
    for (const ModelInfo& m : models) CHECK(!is_retired(*find_model(vendor, m.id), "2026-11-23"));
  }
  CHECK(table_models(Vendor::kOther, "2026-11-23").empty());
}
