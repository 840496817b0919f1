// Everything that the routes need, made of the real parts: limiter, stream gate, log to a file, providers, client. Requests
// go through the server's own options, without sockets. The clock stands still until told otherwise.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "../base/temporary_folder.h"
#include "api/pipeline.h"
#include "api/routes.h"
#include "chat/turn_manager.h"
#include "../store/test_database.h"
#include "io/loop.h"

namespace whinchat::api {

http::Request request_for(std::string method, std::string path, http::Headers headers = {}, std::string body = "");
http::Request chat_for(std::string body = R"({"message":"hello"})", std::string path = "/api/chat");

// What a stream writes, as one text.
class CollectingWriter final : public http::BodyWriter {
 public:
  explicit CollectingWriter(std::atomic<size_t>* count = nullptr) : count_(count) {}
  bool write(std::string_view bytes) override {
    text.append(bytes);
    if (count_) *count_ = text.size();
    return true;
  }
  bool flush() override { return true; }
  void set_heartbeat(std::chrono::milliseconds silence, std::string_view bytes) override {
    heartbeat_ms = silence.count();
    heartbeat = bytes;
  }
  std::string text;
  long long heartbeat_ms = 0;
  std::string heartbeat;

 private:
  std::atomic<size_t>* count_;
};

struct ServerPartsOptions {
  int per_minute = 10;
  int per_hour = 100;
  int per_day = 500;
  bool limits_enabled = true;
  auth::AuthMode mode = auth::AuthMode::kOpen;
  bool open_to_all = true;  // so that requests may come from anywhere
  int streams_max = limits::kStreamsOpen;
  provider::RegistryOptions providers = {};
};

class ServerParts {
 public:
  explicit ServerParts(ServerPartsOptions options = {});

  // The whole way of a request: judged, handled if it comes to that, and given its headers. A stream is not run.
  http::Response answer(http::Request request);
  // The same on a fiber, for what waits (the demo provider does), with the stream's text as the body.
  http::Response answer_on_fiber(const http::Request& request);

  // A user without a password, straight into the database: the new id.
  std::string add_user(const std::string& name, UserRole role = UserRole::kUser);
  // The headers of a browser in which this user is signed in: a session of its own for each call.
  http::Headers browser_of(const std::string& user_id);
  // The headers of a program with an API token of this user.
  http::Headers program_of(const std::string& user_id, uint8_t scopes);

  std::string log_text() const { return folder.read("app.log"); }

  TemporaryFolder folder;
  ManualClock clock;
  std::unique_ptr<Log> log;
  std::unique_ptr<http::Client> client;
  store::TestDatabase database;
  chat::UsageTally usage{*database, clock, *log};
  store::ChangeHub changes;
  auth::Accounts accounts;
  std::string setup_token;
  std::string session_id;  // of the last browser_of() or program_of()
  Metrics metrics;
  quota::RateLimiter limiter;
  quota::StreamGate streams;
  provider::Registry providers;
  auth::ProviderKeys provider_keys;
  io::LoopGroup turn_loops{1};
  chat::TurnManager turns;
  MetricsHistory history;
  Context context;
  http::ServerOptions server;
  std::atomic<size_t> streamed_bytes{0};   // of the stream that runs
  std::atomic<long long> heartbeat_ms{0};  // of the last stream; several requests may run at once
};

nlohmann::json json_of(const http::Response& response);
std::string header_of(const http::Response& response, std::string_view name);

}  // namespace whinchat::api
