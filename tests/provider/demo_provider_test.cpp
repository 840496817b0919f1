// The demo: honest about what it is, whole Markdown, word by word.
#include "provider/demo_provider.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "io/fiber.h"
#include "io/loop.h"
#include "provider/replay.h"

using namespace whinchat;
using namespace whinchat::provider;

namespace {

ChatOutcome ask(const std::string& question, replay::Collector& sink, std::optional<int> max_tokens = {}, int cancel_after_ms = -1) {
  ChatRequest request;
  request.messages = {{Role::kUser, question}};
  request.max_tokens = max_tokens;
  ChatOutcome outcome;
  std::atomic<bool> done{false};
  io::LoopGroup loops(1);
  DemoProvider demo;
  const io::FiberRef fiber = io::spawn(loops.at(0), [&] {
    outcome = demo.stream(request, sink);
    done = true;
  });
  for (int ms = 0; !done && ms < 60'000; ms += 5) {
    if (cancel_after_ms >= 0 && ms >= cancel_after_ms) fiber.cancel();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  REQUIRE(done);
  return outcome;
}

}  // namespace

TEST_CASE("every demo answer says what it is, how to get a real one, and quotes the question harmlessly") {
  for (const char* question : {"Hello", "code please", "a table", "", "<script>alert(1)</script> [x](http://evil) ![y](z)", "na\xC3\xAFve \xF0\x9F\x98\x80"}) {
    const std::string text = demo_answer(question, 0);
    CAPTURE(text);
    CHECK(text.find("not a language model") != std::string::npos);
    CHECK(text.find("OPENAI_API_KEY") != std::string::npos);
    CHECK(text.find("Ollama") != std::string::npos);
    CHECK(text.find("<script>") == std::string::npos);
    if (text.find("evil") != std::string::npos) CHECK(text.find("\\[x\\](http://evil)") != std::string::npos);  // brackets that are no link
    CHECK(is_valid_utf8(text));
  }
  CHECK(demo_answer("show me code", 0).find("```") != std::string::npos);
  CHECK(demo_answer("show me a table", 0).find("|---|") != std::string::npos);
  CHECK(demo_answer("<attached-file name=\"a.py\">\ncode\n</attached-file>\n\nHello", 0) == demo_answer("Hello", 0));
  std::string long_question;
  while (long_question.size() < 1000) long_question += "\xF0\x9F\x98\x80";
  CHECK(is_valid_utf8(demo_answer(long_question, 1)));
}

TEST_CASE("the demo streams its whole text in many pieces and counts them") {
  replay::Collector sink;
  const ChatOutcome outcome = ask("Hello", sink);
  CHECK(!outcome.error);
  CHECK(outcome.finish == FinishReason::kStop);
  CHECK(sink.all_text == demo_answer("Hello", 0));
  CHECK(outcome.usage.output_tokens > 20);
  CHECK(outcome.usage.estimated);
}

TEST_CASE("the demo keeps to the cap and stops when it is cancelled") {
  replay::Collector capped;
  CHECK(ask("Hello", capped, 3).finish == FinishReason::kLength);
  CHECK(capped.all_text.size() < 60);
  replay::Collector stopped;
  const ChatOutcome outcome = ask("demo:slow demo:long", stopped, {}, 50);
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == ErrorCode::kCancelled);
  CHECK(stopped.all_text.size() < 1000);
}
