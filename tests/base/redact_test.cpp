#include "base/redact.h"

#include <doctest/doctest.h>

using namespace whinchat;

TEST_CASE("keys are known by their beginning") {
  CHECK(redact_secrets("key sk-abcdef0123456789 end") == "key sk-[redacted] end");
  CHECK(redact_secrets("sk-ant-api03-AbC_dEf-123456") == "sk-ant-[redacted]");
  CHECK(redact_secrets("(sk-proj-AbCdEf123456)") == "(sk-proj-[redacted])");
  CHECK(redact_secrets("gsk_0123456789abc xai-0123456789abc AIzaSyA0123456789") == "gsk_[redacted] xai-[redacted] AIza[redacted]");
}

TEST_CASE("authorization is taken out in all its spellings") {
  CHECK(redact_secrets("Authorization: Bearer abc.def.ghi") == "Authorization: [redacted]");
  CHECK(redact_secrets("authorization: Basic dXNlcjpwYXNz\r\nAccept: x") == "authorization: [redacted]\r\nAccept: x");
  CHECK(redact_secrets("sent 'Bearer abcdefgh12345' upstream") == "sent 'Bearer [redacted]' upstream");
  CHECK(redact_secrets("x-api-key: k3y, host: a") == "x-api-key: [redacted], host: a");
  CHECK(redact_secrets("Cookie: sid=1; theme=dark") == "Cookie: [redacted]");
  CHECK(redact_secrets("Set-Cookie: sid=abc; Path=/") == "Set-Cookie: [redacted]");
}

TEST_CASE("values behind telling names are taken out") {
  CHECK(redact_secrets("OPENAI_API_KEY=whatever and more") == "OPENAI_API_KEY=[redacted] and more");
  CHECK(redact_secrets("{\"password\":\"a b\\\"c\",\"x\":1}") == "{\"password\":\"[redacted]\",\"x\":1}");
  CHECK(redact_secrets("{\"api_key\": \"abc\"}") == "{\"api_key\": \"[redacted]\"}");
  CHECK(redact_secrets("password = hunter2; next") == "password = [redacted]; next");
  CHECK(redact_secrets("{\"token\":\"unfinished") == "{\"token\":\"[redacted]");
}

TEST_CASE("query strings and user info leave URLs") {
  CHECK(redact_secrets("GET /api/models?key=abc&x=1 200") == "GET /api/models?[redacted] 200");
  CHECK(redact_secrets("http://user:pw@proxy:3128/ refused") == "http://[redacted]@proxy:3128/ refused");
  CHECK(redact_secrets("http://u:p@ss@proxy/") == "http://[redacted]@proxy/");
}

TEST_CASE("ordinary words stay") {
  for (const char* text : {"risk-averse task-list", "sk-short", "max_tokens=1000", "really? yes=no", "What is 2+2?", "bearer of bad news",
                           "basic idea", "tokens: 15", "http://localhost:5000/chat", "cookie consent", "mail a@b.c", "monkey=1", ""}) {
    CAPTURE(text);
    CHECK(redact_secrets(text) == text);
  }
}

TEST_CASE("a known secret goes wherever it stands, whatever it looks like") {
  const std::vector<Secret> exact = {Secret("plain words here"), Secret("zzzzzz"), Secret("dev")};
  CHECK(redact_secrets("<plain words here><plain words here>", exact) == "<[redacted]><[redacted]>");
  CHECK(redact_secrets("xzzzzzzx", exact) == "x[redacted]x");
  CHECK(redact_secrets("developer", exact) == "developer");  // too short to be told from a word
}

TEST_CASE("secret names") {
  for (const char* name : {"Authorization", "proxy-authorization", "cookie", "Set-Cookie", "x-api-key", "GROQ_API_KEY", "password", "METRICS_TOKEN"}) {
    CAPTURE(name);
    CHECK(is_secret_name(name));
  }
  for (const char* name : {"tokens", "max_tokens", "key", "status", "cookies_seen", ""}) {
    CAPTURE(name);
    CHECK_FALSE(is_secret_name(name));
  }
}
