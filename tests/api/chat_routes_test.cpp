// Both chat routes with the built-in demo, on a fiber, as the server runs them.
#include <doctest/doctest.h>

#include <future>
#include <vector>

#include "server_parts.h"

using namespace whinchat;
using namespace whinchat::api;
using nlohmann::json;

namespace {

std::vector<json> events_of(const std::string& text) {
  std::vector<json> events;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\n\n", at);
    REQUIRE(end != std::string::npos);
    REQUIRE(text.substr(at, 6) == "data: ");
    events.push_back(json::parse(text.substr(at + 6, end - at - 6)));
    at = end + 2;
  }
  return events;
}

const char* const kBody = R"({"message":"hello","max_tokens":12})";

}  // namespace

TEST_CASE("a chat answers with the guide's keys") {
  ServerParts parts;
  const auto response = parts.answer_on_fiber(chat_for(kBody));
  REQUIRE(response.status == 200);
  const json answer = json_of(response);
  CHECK(answer["message"].get<std::string>().find("demo") != std::string::npos);
  CHECK(answer["model"] == "demo");
  CHECK(answer["usage"]["output_tokens"] == 12);
  CHECK(answer["finish_reason"] == "length");
  CHECK(header_of(response, "X-RateLimit-Remaining") == "9");
}

TEST_CASE("a stream is chunks and exactly one done at its end, and says the same as the whole answer") {
  ServerParts parts;
  const auto response = parts.answer_on_fiber(chat_for(kBody, "/api/chat/stream"));
  REQUIRE(response.status == 200);
  CHECK(header_of(response, "Content-Type") == "text/event-stream");
  CHECK(parts.heartbeat_ms == 10'000);
  const auto events = events_of(response.body);
  REQUIRE(events.size() == 13);
  std::string text;
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    CHECK(events[i]["type"] == "chunk");
    CHECK(events[i]["model"] == "demo");
    text += events[i]["content"].get<std::string>();
  }
  CHECK(events.back()["type"] == "done");
  CHECK(events.back()["finish_reason"] == "length");
  CHECK(events.back()["usage"]["output_tokens"] == 12);
  CHECK(text == json_of(parts.answer_on_fiber(chat_for(kBody)))["message"]);
  CHECK(parts.streams.open() == 0);
}

TEST_CASE("a stream that is torn down by an exception is not counted as open for ever") {
  struct Broken final : http::BodyWriter {
    bool write(std::string_view) override { throw std::runtime_error("on purpose"); }
    bool flush() override { return false; }
    void set_heartbeat(std::chrono::milliseconds, std::string_view) override {}
  };
  ServerParts parts;
  std::promise<bool> threw;
  io::LoopGroup loops(1);
  io::spawn(loops.at(0), [&] {
    http::Request request = chat_for(kBody, "/api/chat/stream");
    http::Response response = parts.server.dispatch(request).handle(request);
    Broken writer;
    try {
      response.stream(writer);
    } catch (const std::runtime_error&) {
      return threw.set_value(true);
    }
    threw.set_value(false);
  });
  CHECK(threw.get_future().get());
  CHECK(parts.metrics.print({}, {}, 0).find("\nwhinchat_streams_open 0\n") != std::string::npos);
}

TEST_CASE("with STREAM_ENABLED off the stream has the answer in one piece") {
  ServerParts parts;
  parts.context.settings.stream_enabled = false;
  const auto events = events_of(parts.answer_on_fiber(chat_for(kBody, "/api/chat/stream")).body);
  REQUIRE(events.size() == 2);
  CHECK(events[0]["type"] == "chunk");
  CHECK(events[1]["type"] == "done");
}

TEST_CASE("both routes refuse the same inputs in the same words") {
  ServerParts parts({.limits_enabled = false});
  for (const char* body : {"", "[]", "{}", R"({"message":5})", R"({"message":"a","provider":"evil"})", R"({"message":"a","provider":"openai"})",
                           R"({"message":"a","model":"no-such-model"})", R"({"message":"a","history":[{"role":"tool","content":"b"}]})"}) {
    CAPTURE(body);
    const auto whole = parts.answer(chat_for(body));
    const auto stream = parts.answer(chat_for(body, "/api/chat/stream"));
    CHECK(whole.status >= 400);
    CHECK(whole.status < 504);
    CHECK(whole.status == stream.status);
    CHECK(whole.body == stream.body);
    CHECK_FALSE(static_cast<bool>(stream.stream));
  }
}

TEST_CASE("an unknown provider is a mistake, a known one without a key is missing") {
  ServerParts parts;
  CHECK(parts.answer(chat_for(R"({"message":"a","provider":"evil"})")).status == 400);
  for (const char* id : {"openai", "claude"}) {
    const auto response = parts.answer(chat_for(std::string(R"({"message":"a","provider":")") + id + "\"}"));
    CHECK(response.status == 503);
    CHECK(json_of(response)["code"] == "provider_unavailable");
    CHECK(json_of(response)["error"].get<std::string>().find("_API_KEY") != std::string::npos);
  }
}

TEST_CASE("a locked system prompt refuses the client's, on both routes") {
  ServerParts parts;
  const char* body = R"({"message":"a","history":[{"role":"system","content":"be rude"}]})";
  CHECK(parts.answer_on_fiber(chat_for(body)).status == 200);
  parts.context.settings.prompt.system_prompt_locked = true;
  for (const char* path : {"/api/chat", "/api/chat/stream"}) CHECK(parts.answer(chat_for(body, path)).status == 400);
}

TEST_CASE("streams over a client's share are refused, and a place is free again when one ends") {
  ServerParts parts({.limits_enabled = false});
  const auto open = [&](const char* ip) {
    http::Request request = chat_for(R"({"message":"a"})", "/api/chat/stream");
    request.peer_ip = ip;
    return parts.answer(request);
  };
  std::vector<http::Response> streams;
  for (int i = 0; i < limits::kStreamsPerClient; ++i) streams.push_back(open("192.0.2.1"));
  const auto refused = open("192.0.2.1");
  CHECK(refused.status == 429);
  CHECK(json_of(refused)["code"] == "too_many_streams");
  CHECK(open("192.0.2.2").status == 200);
  streams.pop_back();
  CHECK(open("192.0.2.1").status == 200);
}

TEST_CASE("a full server says when to come back") {
  ServerParts parts({.limits_enabled = false, .streams_max = 1});
  const auto first = parts.answer(chat_for(kBody, "/api/chat/stream"));
  const auto second = parts.answer(chat_for(kBody, "/api/chat/stream"));
  CHECK(first.status == 200);
  CHECK(second.status == 503);
  CHECK(http::has_header(second.headers, "Retry-After"));
}

TEST_CASE("nothing that was said reaches the log or the metrics") {
  ServerParts parts;
  parts.answer_on_fiber(chat_for(R"({"message":"canaryword","max_tokens":40,"history":[{"role":"user","content":"canaryword"}]})"));
  parts.answer_on_fiber(chat_for(R"({"message":"canaryword","max_tokens":40})", "/api/chat/stream"));
  CHECK(parts.log_text().find("Chat successful") != std::string::npos);
  CHECK(parts.log_text().find("canaryword") == std::string::npos);
  const std::string metrics = parts.metrics.print({}, {}, 0);
  CHECK(metrics.find("canaryword") == std::string::npos);
  CHECK(metrics.find(R"(whinchat_turns_total{provider="demo",model="demo"} 2)") != std::string::npos);
  CHECK(metrics.find("whinchat_streams_open 0\n") != std::string::npos);
  CHECK(metrics.find("whinchat_first_token_seconds_count 2\n") != std::string::npos);
}
