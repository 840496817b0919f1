// The one table of routes: what there is, who may call it, and what it costs.
#pragma once

#include <span>
#include <string_view>

#include "api/context.h"
#include "auth/identity.h"
#include "http/message.h"

namespace whinchat::api {

enum class Access {
  kAnyone,          // signed in or not; cross-origin rules apply all the same
  kUser,            // whoever is signed in (in open mode: everybody); others get 401
  kAdmin,           // administrators; users get 403
  kOperator,        // loopback, or the bearer of METRICS_TOKEN; others get 404
};

enum class Counted { kNo, kChat, kReport };  // kChat: one hit of the shared chat limits; kReport: of the reports

// kArchive: application/zip or JSON, for imports. kReport: what browsers send on their own, from anywhere, in types of its own.
// kFile: application/octet-stream, whatever the file is.
enum class BodyKind { kNone, kJson, kMaybeJson, kArchive, kReport, kFile };  // kMaybeJson: there may be none at all

// One request on its way to a handler: what was asked, and by whom.
struct Call {
  const http::Request& request;
  auth::Identity who;
};

struct Route {
  std::string_view method;
  std::string_view path;            // "/api/turns/:id/events": a part with ':' is any one segment, found by request.param("id")
  Access access;
  uint8_t scope;                    // what an API token needs for it; 0: no token may
  Counted counted;
  BodyKind body;
  size_t body_bytes_max;
  http::Response (*handle)(Context&, const Call&);
  std::string_view summary;         // for /api/openapi.json
};

std::span<const Route> routes();

using RouteParams = std::vector<std::pair<std::string, std::string>>;

// The route of a request, or null; allow: the methods that the path has ("GET, HEAD"), empty when the path is unknown;
// params, when asked for: the named parts of the path.
const Route* find_route(std::string_view method, std::string_view path, std::string& allow, RouteParams* params = nullptr);

// The handlers, one file per subject.
http::Response handle_chat(Context&, const Call&);
http::Response handle_chat_stream(Context&, const Call&);
http::Response handle_csp_report(Context&, const Call&);
http::Response handle_health(Context&, const Call&);
http::Response handle_ready(Context&, const Call&);
http::Response handle_models(Context&, const Call&);
http::Response handle_rate_limit(Context&, const Call&);
http::Response handle_metrics(Context&, const Call&);
http::Response handle_admin_metrics(Context&, const Call&);
http::Response handle_openapi(Context&, const Call&);
http::Response handle_list_conversations(Context&, const Call&);
http::Response handle_create_conversation(Context&, const Call&);
http::Response handle_get_conversation(Context&, const Call&);
http::Response handle_update_conversation(Context&, const Call&);
http::Response handle_delete_conversation(Context&, const Call&);
http::Response handle_empty_trash(Context&, const Call&);
http::Response handle_restore_conversation(Context&, const Call&);
http::Response handle_fork_conversation(Context&, const Call&);
http::Response handle_delete_message(Context&, const Call&);
http::Response handle_changes(Context&, const Call&);
http::Response handle_search(Context&, const Call&);
http::Response handle_get_settings(Context&, const Call&);
http::Response handle_put_settings(Context&, const Call&);
http::Response handle_export_conversation(Context&, const Call&);
http::Response handle_export_all(Context&, const Call&);
http::Response handle_import(Context&, const Call&);
http::Response handle_start_turn(Context&, const Call&);
http::Response handle_get_turn(Context&, const Call&);
http::Response handle_stop_turn(Context&, const Call&);
http::Response handle_turn_events(Context&, const Call&);
http::Response handle_transcribe(Context&, const Call&);
http::Response handle_upload_attachment(Context&, const Call&);
http::Response handle_get_attachment(Context&, const Call&);
http::Response handle_delete_attachment(Context&, const Call&);
http::Response handle_usage(Context&, const Call&);
http::Response handle_admin_usage(Context&, const Call&);
http::Response handle_list_plans(Context&, const Call&);
http::Response handle_put_plan(Context&, const Call&);
http::Response handle_delete_plan(Context&, const Call&);

http::Response handle_session(Context&, const Call&);
http::Response handle_login(Context&, const Call&);
http::Response handle_setup(Context&, const Call&);
http::Response handle_register(Context&, const Call&);
http::Response handle_logout(Context&, const Call&);
http::Response handle_sessions(Context&, const Call&);
http::Response handle_end_session(Context&, const Call&);
http::Response handle_end_other_sessions(Context&, const Call&);
http::Response handle_rename(Context&, const Call&);
http::Response handle_password(Context&, const Call&);
http::Response handle_delete_account(Context&, const Call&);
http::Response handle_totp_begin(Context&, const Call&);
http::Response handle_totp_confirm(Context&, const Call&);
http::Response handle_totp_disable(Context&, const Call&);
http::Response handle_tokens(Context&, const Call&);
http::Response handle_make_token(Context&, const Call&);
http::Response handle_delete_token(Context&, const Call&);
http::Response handle_admin_users(Context&, const Call&);
http::Response handle_admin_create_user(Context&, const Call&);
http::Response handle_admin_change_user(Context&, const Call&);
http::Response handle_admin_delete_user(Context&, const Call&);
http::Response handle_admin_invites(Context&, const Call&);
http::Response handle_admin_make_invite(Context&, const Call&);
http::Response handle_admin_delete_invite(Context&, const Call&);
http::Response handle_admin_audit(Context&, const Call&);
http::Response handle_admin_providers(Context&, const Call&);
http::Response handle_admin_put_key(Context&, const Call&);
http::Response handle_admin_delete_key(Context&, const Call&);

// What the limits count by: the account of whoever signed in, else the client's address, IPv6 by /64.
std::string limit_key(const http::Request& request);
std::string limit_key(const http::Request& request, const auth::Identity& who);

}  // namespace whinchat::api
