#include "server_parts.h"

#include <future>

#include "auth/name_rules.h"
#include "base/ids.h"
#include "base/seal.h"
#include "store/accounts_sessions.h"

namespace whinchat::api {

namespace {

std::unique_ptr<Log> open_log(const TemporaryFolder& folder) {
  LogOptions options;
  options.file = folder / "app.log";
  options.console = false;
  return Log::open(options).value();
}
auth::AuthSettings auth_settings(const ServerPartsOptions& options, const TemporaryFolder& folder) {
  auth::AuthSettings settings;
  settings.mode = options.mode;
  settings.open_to_all = options.open_to_all;
  settings.setup_token_file = folder / "setup-token";
  return settings;
}
quota::RateLimiterOptions limiter_options(const ServerPartsOptions& options) {
  return {{{options.per_minute, 60}, {options.per_hour, 3600}, {options.per_day, 86'400}}, quota::Strategy::kFixedWindow, options.limits_enabled};
}
provider::RegistryOptions registry_options(const ServerPartsOptions& options) {
  provider::RegistryOptions own = options.providers;
  own.local_discovery = false;
  return own;
}

}  // namespace

http::Request request_for(std::string method, std::string path, http::Headers headers, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.target = path;
  request.path = path.substr(0, path.find('?'));
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.peer_ip = request.client_ip = "127.0.0.1";
  request.host = "localhost:5000";
  request.request_id = "0123456789abcdef";
  return request;
}

http::Request chat_for(std::string body, std::string path) {
  return request_for("POST", std::move(path), {{"Content-Type", "application/json"}}, std::move(body));
}

ServerParts::ServerParts(ServerPartsOptions options)
    : log(open_log(folder)),
      client(http::Client::create({}).value()),
      accounts(auth_settings(options, folder), auth::SecretBox(Secret("a sealing key for the tests")), *database, clock, *log),
      limiter(limiter_options(options)),
      streams(options.streams_max),
      providers(registry_options(options), *client, *log),
      provider_keys(accounts, *database, providers, clock, *log),
      turns(chat::TurnParts{*database, providers, clock, *log, turn_loops, {}}),
      history(metrics, *database, clock, *log, [] { return Gauges{}; }),
      context{{}, clock, *log, metrics, StaticFiles(""), limiter, streams, providers, *client, *database, usage, changes, accounts, provider_keys, [] { return http::ServerStats{3, 2, 1}; }} {
  context.settings.version = "1.2.3";
  context.settings.origins.ports = {5000, 5443};
  context.settings.limit_per_minute = options.per_minute;
  context.settings.limit_per_hour = options.per_hour;
  context.settings.limit_per_day = options.per_day;
  database->on_change([this](const std::vector<std::string>& user_ids) { changes.notify(user_ids); });
  context.turns = &turns;
  context.history = &history;
  accounts.on_user_end([this](std::string_view user_id) { turns.stop_all_of(user_id); });
  turns.start();
  server = make_server_options(context);
  auto started = accounts.start();
  REQUIRE(started.ok());
  if (*started) setup_token = (*started)->reveal();
}


http::Response ServerParts::answer(http::Request request) {
  http::Dispatch dispatch = server.dispatch(request);
  http::Response response = dispatch.instead ? std::move(*dispatch.instead) : dispatch.handle(request);
  server.decorate(request, response);
  return response;
}

http::Response ServerParts::answer_on_fiber(const http::Request& request) {
  std::promise<http::Response> done;
  io::LoopGroup loops(1);
  io::spawn(loops.at(0), [&] {
    http::Request own = request;  // lives until the stream has ended, as on a connection
    http::Dispatch dispatch = server.dispatch(own);
    http::Response response = dispatch.instead ? std::move(*dispatch.instead) : dispatch.handle(own);
    CollectingWriter writer(&streamed_bytes);
    if (response.stream) response.stream(writer);
    response.stream = nullptr;
    heartbeat_ms = writer.heartbeat_ms;
    if (response.body.empty()) response.body = std::move(writer.text);
    done.set_value(std::move(response));
  });
  auto future = done.get_future();
  REQUIRE(future.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  return future.get();
}

std::string ServerParts::add_user(const std::string& name, UserRole role) {
  auto made = database->write([&](store::Connection& c) { return store::insert_user(c, {name, auth::name_key(name), "", role, "", false}, clock.now().epoch_ms); });
  REQUIRE(made.ok());
  return made->id;
}

http::Headers ServerParts::browser_of(const std::string& user_id) {
  const Secret token = make_token();
  const int64_t now = clock.now().epoch_ms;
  const Session session{make_id(now), user_id, now, now, now + 7 * 86'400'000LL, now + 30 * 86'400'000LL, "127.0.0.0/24", "test"};
  auto put = database->write([&](store::Connection& c) { return store::insert_session(c, session, secret_hash(token.reveal())); });
  REQUIRE(put.ok());
  session_id = session.id;
  return {{"Cookie", "sid_5000=" + std::string(token.reveal())}, {"Sec-Fetch-Site", "same-origin"}};
}

http::Headers ServerParts::program_of(const std::string& user_id, uint8_t scopes) {
  auth::Identity who;
  who.user_id = user_id;
  auto made = accounts.make_token(who, "test", scopes, std::nullopt, {});
  REQUIRE(made.ok());
  session_id = made->token.id;
  return {{"Authorization", "Bearer " + std::string(made->secret.reveal())}};
}

nlohmann::json json_of(const http::Response& response) { return nlohmann::json::parse(response.body); }
std::string header_of(const http::Response& response, std::string_view name) { return std::string(http::find_header(response.headers, name)); }

}  // namespace whinchat::api
