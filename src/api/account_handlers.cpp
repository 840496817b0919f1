// Signing in and out, and what people see and change about themselves.
#include <nlohmann/json.hpp>

#include "api/account_json.h"
#include "api/attachment_limits.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "auth/totp.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/ledger.h"

namespace whinchat::api {

namespace {

using auth::client_of;
using nlohmann::ordered_json;

constexpr int64_t kCookieEnds = 0;

// The name of a plan for people; the id when it is gone.
std::string plan_name(Context& context, const std::string& plan_id) {
  auto plan = context.database.read([&](store::Connection& c) { return store::find_plan(c, plan_id); });
  return plan.ok() && *plan ? (*plan)->name : plan_id;
}

ordered_json session_json(Context& context, const User* user, std::string_view session_id) {
  const bool open = context.accounts.settings().mode == auth::AuthMode::kOpen;
  ordered_json out{{"mode", open ? "open" : "accounts"},
                   {"setup_required", context.accounts.setup_required()},
                   {"registration", open ? "closed" : "invite"},
                   {"user", nullptr},
                   {"session_id", nullptr},
                   {"features", {{"accounts", !open}, {"stream", context.settings.stream_enabled}}}};
  out["features"]["attachments"] = attachment_limits();
  if (user) out["user"] = user_json(*user, plan_name(context, user->plan_id));
  if (!session_id.empty()) out["session_id"] = session_id;
  return out;
}

// Without accounts there is nobody to sign in.
std::optional<http::Response> refuse_open_mode(const Context& context) {
  if (context.accounts.settings().mode == auth::AuthMode::kAccounts) return std::nullopt;
  return error_response(403, ErrorCode::kNotAllowed, "This server works without accounts (AUTH_MODE=open).");
}

// A password in a plain request over a network can be read on the way: SESSION_COOKIE_SECURE forbids it.
std::optional<http::Response> refuse_plain_http(const Context& context, const http::Request& request) {
  if (!context.settings.secure_login_only || auth::is_secure_cookie(context.accounts.settings().cookies, request)) return std::nullopt;
  const auto host = parse_host_port(request.host);
  if (host.ok() && auth::is_local_host(*host)) return std::nullopt;
  return error_response(403, ErrorCode::kNotAllowed, "Signing in is possible over https:// only (SESSION_COOKIE_SECURE).");
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

http::Response end_cookie(Context& context, const http::Request& request, http::Response response) {
  response.headers.push_back({"Set-Cookie", auth::set_cookie(context.accounts.settings().cookies, request, "", kCookieEnds)});
  response.headers.push_back({"Clear-Site-Data", "\"cache\", \"storage\""});
  return response;
}

// An id from the path; anything that is none finds nothing.
std::string id_of(const Call& call) {
  const std::string_view id = call.request.param("id");
  return is_id(id) ? std::string(id) : std::string();
}

}  // namespace

ordered_json user_json(const User& user, std::string_view plan_name) {
  return {{"id", user.id}, {"name", user.name}, {"role", role_name(user.role)}, {"plan", {{"id", user.plan_id}, {"name", plan_name}}},
          {"totp_enabled", user.totp_enabled}, {"has_password", user.has_password}, {"created_at", rfc3339(user.created_ms)}};
}

std::string_view role_name(UserRole role) { return role == UserRole::kAdmin ? "admin" : "user"; }

ordered_json time_or_null(std::optional<int64_t> epoch_ms) { return epoch_ms ? ordered_json(rfc3339(*epoch_ms)) : ordered_json(nullptr); }

http::Response json_answer(const ordered_json& json, int status) {
  return json_response(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n", status);
}

http::Response signed_in_response(Context& context, const http::Request& request, const auth::SignedIn& in, int status) {
  http::Response response = json_answer(session_json(context, &in.user, in.session_id), status);
  const auth::AuthSettings& settings = context.accounts.settings();
  response.headers.push_back({"Set-Cookie", auth::set_cookie(settings.cookies, request, in.token.reveal(), settings.absolute_ms / 1000)});
  return response;
}

std::string page_link(const Context& context, const http::Request& request, std::string_view page_and_fragment) {
  const auto& origins = context.settings.origins.public_origins;
  const std::string origin = origins.empty() ? (request.secure ? "https://" : "http://") + request.host : origins.front();
  return origin + context.settings.base_path.substr(0, context.settings.base_path.size() - 1) + std::string(page_and_fragment);
}

// --- signing in and out ------------------------------------------------------------------------------------------------

http::Response handle_session(Context& context, const Call& call) {
  if (!call.who.signed_in()) return json_answer(session_json(context, nullptr, ""));
  auto user = context.accounts.user(call.who.user_id);
  if (!user.ok()) return user.error().code == ErrorCode::kUnauthorized ? json_answer(session_json(context, nullptr, "")) : error_response(user.error());
  return json_answer(session_json(context, &*user, call.who.session_id));
}

http::Response handle_login(Context& context, const Call& call) {
  if (auto refused = refuse_open_mode(context)) return *refused;
  if (auto refused = refuse_plain_http(context, call.request)) return *refused;
  FieldReader fields(call.request.body);
  const std::string name = fields.required("name", 1024);
  const Secret password = fields.secret("password", limits::kPasswordBytesMax);
  const std::string code = without_spaces(fields.text("code", 64).value_or(""));
  if (!fields.ok()) return error_response(fields.error());
  auto in = context.accounts.log_in(name, password, code, client_of(call.request));
  if (!in.ok()) return error_response(in.error());
  return signed_in_response(context, call.request, *in, 200);
}

http::Response handle_setup(Context& context, const Call& call) {
  if (!context.accounts.setup_required()) return error_response(404, ErrorCode::kNotFound, "This server is set up already.");
  if (auto refused = refuse_plain_http(context, call.request)) return *refused;
  FieldReader fields(call.request.body);
  const Secret token = fields.secret("token", 256);
  const std::string name = fields.required("name", 1024);
  const Secret password = fields.secret("password", kNewPasswordBytes);
  if (!fields.ok()) return error_response(fields.error());
  auto in = context.accounts.set_up(token, name, password, client_of(call.request));
  if (!in.ok()) return error_response(in.error());
  return signed_in_response(context, call.request, *in, 201);
}

http::Response handle_register(Context& context, const Call& call) {
  if (context.accounts.settings().mode == auth::AuthMode::kOpen) {
    return error_response(403, ErrorCode::kRegistrationClosed, "This server works without accounts (AUTH_MODE=open).");
  }
  if (auto refused = refuse_plain_http(context, call.request)) return *refused;
  FieldReader fields(call.request.body);
  const Secret invite = fields.secret("invite", 256);
  const std::string name = fields.required("name", 1024);
  const Secret password = fields.secret("password", kNewPasswordBytes);
  if (!fields.ok()) return error_response(fields.error());
  auto in = context.accounts.register_user(invite, name, password, client_of(call.request));
  if (!in.ok()) return error_response(in.error());
  return signed_in_response(context, call.request, *in, 201);
}

http::Response handle_logout(Context& context, const Call& call) {
  if (auto out = context.accounts.log_out(call.who, client_of(call.request)); !out) return error_response(out.error());
  return end_cookie(context, call.request, no_content());
}

// --- sessions ----------------------------------------------------------------------------------------------------------

http::Response handle_sessions(Context& context, const Call& call) {
  auto sessions = context.accounts.sessions(call.who);
  if (!sessions.ok()) return error_response(sessions.error());
  ordered_json list = ordered_json::array();
  for (const Session& session : *sessions) {
    list.push_back({{"id", session.id}, {"current", session.id == call.who.session_id}, {"created_at", rfc3339(session.created_ms)},
                    {"last_seen_at", rfc3339(session.last_seen_ms)}, {"ip", session.ip}, {"user_agent", session.user_agent}});
  }
  return json_answer({{"sessions", std::move(list)}});
}

http::Response handle_end_session(Context& context, const Call& call) {
  const std::string id = id_of(call);
  if (auto ended = context.accounts.end_session(call.who, id, client_of(call.request)); !ended) return error_response(ended.error());
  if (id == call.who.session_id) return end_cookie(context, call.request, no_content());
  return no_content();
}

http::Response handle_end_other_sessions(Context& context, const Call& call) {
  if (auto ended = context.accounts.end_other_sessions(call.who, client_of(call.request)); !ended) return error_response(ended.error());
  return no_content();
}

// --- oneself -----------------------------------------------------------------------------------------------------------

http::Response handle_rename(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const std::string name = fields.required("name", 1024);
  if (!fields.ok()) return error_response(fields.error());
  auto user = context.accounts.rename(call.who, name, client_of(call.request));
  if (!user.ok()) return error_response(user.error());
  return json_answer(user_json(*user, plan_name(context, user->plan_id)));
}

http::Response handle_password(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const Secret current = fields.secret("current", limits::kPasswordBytesMax);
  const Secret next = fields.secret("new", kNewPasswordBytes);
  if (!fields.ok()) return error_response(fields.error());
  auto in = context.accounts.change_password(call.who, current, next, client_of(call.request));
  if (!in.ok()) return error_response(in.error());
  http::Response response = signed_in_response(context, call.request, *in, 204);
  response.body.clear();
  std::erase_if(response.headers, [](const http::Header& header) { return header.name == "Content-Type"; });
  return response;
}

http::Response handle_delete_account(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const Secret password = fields.secret("password", limits::kPasswordBytesMax);
  if (!fields.ok()) return error_response(fields.error());
  if (auto gone = context.accounts.delete_account(call.who, password, client_of(call.request)); !gone) return error_response(gone.error());
  return end_cookie(context, call.request, no_content());
}

http::Response handle_totp_begin(Context& context, const Call& call) {
  auto user = context.accounts.user(call.who.user_id);
  if (!user.ok()) return error_response(user.error());
  auto secret = context.accounts.begin_totp(call.who);
  if (!secret.ok()) return error_response(secret.error());
  return json_answer({{"secret", *secret}, {"uri", auth::totp_uri(user->name, *secret)}});
}

http::Response handle_totp_confirm(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const std::string code = without_spaces(fields.required("code", 64));
  if (!fields.ok()) return error_response(fields.error());
  auto codes = context.accounts.confirm_totp(call.who, code, client_of(call.request));
  if (!codes.ok()) return error_response(codes.error());
  return json_answer({{"recovery_codes", *codes}});
}

http::Response handle_totp_disable(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const Secret password = fields.secret("password", limits::kPasswordBytesMax);
  if (!fields.ok()) return error_response(fields.error());
  if (auto off = context.accounts.disable_totp(call.who, password, client_of(call.request)); !off) return error_response(off.error());
  return no_content();
}

// --- API tokens --------------------------------------------------------------------------------------------------------

namespace {

ordered_json token_json(const ApiToken& token) {
  return {{"id", token.id}, {"name", token.name}, {"scopes", split_list(token.scopes, ' ')}, {"created_at", rfc3339(token.created_ms)},
          {"expires_at", time_or_null(token.expires_ms)}, {"last_used_at", time_or_null(token.last_used_ms)}, {"last4", token.last4}};
}

}  // namespace

http::Response handle_tokens(Context& context, const Call& call) {
  auto tokens = context.accounts.tokens(call.who);
  if (!tokens.ok()) return error_response(tokens.error());
  ordered_json list = ordered_json::array();
  for (const ApiToken& token : *tokens) list.push_back(token_json(token));
  return json_answer({{"tokens", std::move(list)}});
}

http::Response handle_make_token(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const std::string name = fields.required("name", 1024);
  const std::vector<std::string> wanted = fields.texts("scopes", 8);
  const auto days = fields.integer("expires_days", 1, limits::kTokenDaysMax);
  if (!fields.ok()) return error_response(fields.error());
  uint8_t scopes = 0;
  for (const std::string& scope : wanted) {
    if (auth::scope_named(scope) == 0) return error_response(400, ErrorCode::kInvalidRequest, "The scopes are chat, read and write.");
    scopes |= auth::scope_named(scope);
  }
  auto made = context.accounts.make_token(call.who, name, scopes, days ? std::optional<int>(static_cast<int>(*days)) : std::nullopt, client_of(call.request));
  if (!made.ok()) return error_response(made.error());
  ordered_json out = token_json(made->token);
  out["token"] = std::string(made->secret.reveal());
  return json_answer(out, 201);
}

http::Response handle_delete_token(Context& context, const Call& call) {
  if (auto gone = context.accounts.delete_token(call.who, id_of(call), client_of(call.request)); !gone) return error_response(gone.error());
  return no_content();
}

}  // namespace whinchat::api
