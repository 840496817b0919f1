// What providers say when they fail, in all their shapes, and what a person and the log get to see of it.
#include "provider/upstream_error.h"

#include <doctest/doctest.h>

#include "base/utf8.h"

using namespace whinchat;
using namespace whinchat::provider;

namespace {

std::string code_of(int status, std::string_view body) {
  return std::string(wire_name(fault_error(fault_from_body(status, body), "Testai").code));
}

}  // namespace

TEST_CASE("each status and code has its meaning") {
  const auto openai = [](const char* code) { return std::string("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"") + code + "\"}}"; };
  const auto anthropic = [](const char* type, const char* message) {
    return std::string("{\"type\":\"error\",\"error\":{\"type\":\"") + type + "\",\"message\":\"" + message + "\"}}";
  };
  CHECK(code_of(400, openai("unsupported_parameter")) == "provider_rejected");
  CHECK(code_of(400, openai("context_length_exceeded")) == "context_too_long");
  CHECK(code_of(400, openai("exceed_context_size_error")) == "context_too_long");
  CHECK(code_of(400, anthropic("invalid_request_error", "prompt is too long: 9 > 8")) == "context_too_long");
  CHECK(code_of(400, anthropic("invalid_request_error", "Your credit balance is too low")) == "provider_quota");
  CHECK(code_of(401, openai("invalid_api_key")) == "provider_auth");
  CHECK(code_of(401, "") == "provider_auth");
  CHECK(code_of(402, anthropic("billing_error", "pay")) == "provider_quota");
  CHECK(code_of(403, anthropic("permission_error", "no")) == "provider_auth");
  CHECK(code_of(404, openai("model_not_found")) == "model_not_found");
  CHECK(code_of(404, anthropic("not_found_error", "model: claude-x")) == "model_not_found");
  CHECK(code_of(404, "<html>nothing here</html>") == "provider_error");
  CHECK(code_of(413, anthropic("request_too_large", "big")) == "context_too_long");
  CHECK(code_of(422, "{\"detail\":[{\"loc\":[\"body\",\"x\"],\"msg\":\"extra\",\"type\":\"e\"}]}") == "provider_rejected");
  CHECK(code_of(429, openai("rate_limit_exceeded")) == "provider_rate_limited");
  CHECK(code_of(429, openai("insufficient_quota")) == "provider_quota");
  CHECK(code_of(429, openai("credit_balance_exhausted")) == "provider_quota");
  CHECK(code_of(500, openai("server_error")) == "provider_error");
  CHECK(code_of(503, openai("slow_down")) == "provider_overloaded");
  CHECK(code_of(503, "{\"error\":{\"message\":\"Loading model\",\"type\":\"unavailable_error\",\"code\":503}}") == "provider_overloaded");
  CHECK(code_of(504, anthropic("timeout_error", "slow")) == "timeout");
  CHECK(code_of(529, anthropic("overloaded_error", "busy")) == "provider_overloaded");
  CHECK(code_of(307, "") == "provider_error");
}

TEST_CASE("row 73: every known shape of an error gives its message") {
  const auto message = [](std::string_view body) { return fault_from_body(400, body).message; };
  CHECK(message(R"({"error":{"message":"m"}})") == "m");
  CHECK(message(R"({"error":"m"})") == "m");
  CHECK(message(R"({"message":"m"})") == "m");
  CHECK(message(R"({"detail":"m"})") == "m");
  CHECK(message(R"({"detail":[{"loc":["body","stream_options"],"msg":"m","type":"extra_forbidden"}]})") == "m");
  CHECK(message(R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])") == "m");
  CHECK(message(R"({"object":"error","message":"m","type":"x","param":null,"code":"3280"})") == "m");
  CHECK(message("<html>m") == "<html>m");
  CHECK(fault_from_body(422, R"({"detail":[{"loc":["body","stream_options"],"msg":"m"}]})").param == "stream_options");
  CHECK(fault_from_body(400, R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])").type == "INVALID_ARGUMENT");
  CHECK(fault_from_body(401, R"({"error":{"message":"m","code":401}})").code == "401");
}

TEST_CASE("odd bodies never break the reading") {
  for (const char* body : {"", "[]", "[[]]", "null", "7", "{}", "{\"error\":null}", "{\"error\":[]}", "{\"error\":{\"message\":{}}}", "{\"detail\":{}}", "{\"detail\":[7]}", "\xFF\xFE"}) {
    CAPTURE(body);
    const Error error = fault_error(fault_from_body(500, body), "Testai");
    CHECK(error.code == ErrorCode::kProviderError);
    CHECK(!error.message.empty());
  }
}

TEST_CASE("a person sees the provider's name and nothing of its body") {
  const std::string secret = "http://10.0.0.9/internal key sk-abcdefghijklmnop";
  for (const int status : {302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529}) {
    const Error error = fault_error(fault_from_body(status, "{\"error\":{\"message\":\"" + secret + "\",\"type\":\"x\"}}"), "Testai");
    CAPTURE(error.message);
    CHECK(error.message.find("10.0.0.9") == std::string::npos);
    CHECK(error.message.find("sk-") == std::string::npos);
    CHECK((error.message.find("Testai") != std::string::npos || error.code == ErrorCode::kContextTooLong));
    CHECK(error.message.back() == '.');
    CHECK(error.detail.find("abcdefghijklmnop") == std::string::npos);
    CHECK(error.detail.find("status " + std::to_string(status)) == 0);
  }
}

TEST_CASE("the time to wait is passed on where waiting helps") {
  CHECK(fault_error(fault_from_body(429, "{}"), "Testai", 61).retry_after_s == 61);
  CHECK(fault_error(fault_from_body(503, "{}"), "Testai", 61).retry_after_s == 61);
  CHECK(!fault_error(fault_from_body(400, "{}"), "Testai", 61).retry_after_s);
  CHECK(!fault_error(fault_from_body(402, "{}"), "Testai", 61).retry_after_s);
}

TEST_CASE("log lines are short, on one line, whole code points, without keys") {
  const std::string key = "my-very-own-unusual-key";
  const std::string out = redact_for_log("a " + key + " b\nc Authorization: Bearer abcdefghijklmnop sk-ant-api03-abcdefghijklmnop", key);
  CHECK(out.find(key) == std::string::npos);
  CHECK(out.find("abcdefghijklmnop") == std::string::npos);
  CHECK(out.find('\n') == std::string::npos);
  std::string cafes;
  while (cafes.size() < 3000) cafes += "\xC3\xA9";
  const std::string cut = redact_for_log("x" + cafes, "");
  CHECK(cut.size() <= kErrorDetailBytesMax);
  CHECK(cut.size() > kErrorDetailBytesMax - 4);
  CHECK(is_valid_utf8(cut));
}
