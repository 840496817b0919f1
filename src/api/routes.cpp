#include "api/routes.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace whinchat::api {

namespace {

using A = Access;
using C = Counted;
using B = BodyKind;
using namespace auth;  // scopes
using namespace limits;

constexpr std::array kRoutes = {
    //    method  path                 who         token        counts     body                        handler             summary
    Route{"POST", "/api/chat",         A::kUser,   kScopeChat,  C::kChat,  B::kJson, kChatBodyBytes,   handle_chat,        "Ask and get the whole answer"},
    Route{"POST", "/api/chat/stream",  A::kUser,   kScopeChat,  C::kChat,  B::kJson, kChatBodyBytes,   handle_chat_stream, "Ask and get the answer as server-sent events"},
    Route{"GET",  "/api/health",       A::kAnyone, kScopeAll,   C::kNo,    B::kNone, 0,                handle_health,      "Is the server alive, and which providers are configured"},
    Route{"GET",  "/api/ready",        A::kAnyone, kScopeAll,   C::kNo,    B::kNone, 0,                handle_ready,       "Should new requests be sent here (503 while shutting down)"},
    Route{"GET",  "/api/models",       A::kUser,   kScopeChat,  C::kNo,    B::kNone, 0,                handle_models,      "Models by provider"},
    Route{"GET",  "/api/rate-limit",   A::kUser,   kScopeChat,  C::kNo,    B::kNone, 0,                handle_rate_limit,  "The chat limits, and what is left of them for the caller"},
    Route{"POST", "/api/csp-report",   A::kAnyone, kScopeAll,   C::kReport, B::kReport, kReportBodyBytes, handle_csp_report, "What a browser reports about its Content-Security-Policy"},
    Route{"GET",  "/api/openapi.json", A::kAnyone, kScopeAll,   C::kNo,    B::kNone, 0,                handle_openapi,     "This description"},
    Route{"POST", "/api/conversations/:id/turns", A::kUser, kScopeChat, C::kChat, B::kJson, kChatBodyBytes, handle_start_turn, "Ask, ask for another answer, or let an answer go on; it outlives the request"},
    Route{"GET",  "/api/turns/:id",    A::kUser,   kScopeChat,  C::kNo,    B::kNone, 0,                handle_get_turn,    "How a turn stands"},
    Route{"DELETE", "/api/turns/:id",  A::kUser,   kScopeChat,  C::kNo,    B::kNone, 0,                handle_stop_turn,   "Stop a running turn; what has been written stays"},
    Route{"GET",  "/api/turns/:id/events", A::kUser, kScopeChat, C::kNo,   B::kNone, 0,                handle_turn_events, "Follow a turn's answer from any position on, as server-sent events"},
    Route{"POST", "/api/transcriptions", A::kUser, kScopeChat,  C::kChat,  B::kFile, kSpeechBytes,     handle_transcribe,  "Have a recording written down"},
    Route{"POST", "/api/attachments",  A::kUser,   kScopeChat,  C::kNo,    B::kFile, kAttachmentBytes, handle_upload_attachment, "Upload a file, to be named in a turn"},
    Route{"GET",  "/api/attachments/:id", A::kUser, kScopeRead, C::kNo,    B::kNone, 0,                handle_get_attachment, "The bytes of an own file"},
    Route{"DELETE", "/api/attachments/:id", A::kUser, kScopeChat, C::kNo,  B::kNone, 0,                handle_delete_attachment, "Remove a file that was not sent"},
    Route{"GET",  "/api/usage",        A::kUser,   kScopeRead,  C::kNo,    B::kNone, 0,                handle_usage,       "Own usage by day and model, and the plan"},
    Route{"GET",  "/api/admin/usage",  A::kAdmin,  0,           C::kNo,    B::kNone, 0,                handle_admin_usage, "Everybody's usage by day, by user and by model"},
    Route{"GET",  "/api/admin/metrics", A::kAdmin, 0,         C::kNo,    B::kNone, 0,                handle_admin_metrics, "How the server does and did: the last hour, day or week, at once or as server-sent events"},
    Route{"GET",  "/api/admin/plans",  A::kAdmin,  0,           C::kNo,    B::kNone, 0,                handle_list_plans,  "All plans and what they allow"},
    Route{"PUT",  "/api/admin/plans/:id", A::kAdmin, 0,         C::kNo,    B::kJson, kOtherBodyBytes,  handle_put_plan,    "Make a plan or change it"},
    Route{"DELETE", "/api/admin/plans/:id", A::kAdmin, 0,       C::kNo,    B::kNone, 0,                handle_delete_plan, "Delete a plan that nobody has"},

    Route{"GET",    "/api/session",  A::kAnyone, kScopeAll, C::kNo, B::kNone,      0,               handle_session,  "How to sign in here, and who is signed in"},
    Route{"POST",   "/api/login",    A::kAnyone, 0,         C::kNo, B::kJson,      kOtherBodyBytes, handle_login,    "Sign in with a name and a password"},
    Route{"POST",   "/api/setup",    A::kAnyone, 0,         C::kNo, B::kJson,      kOtherBodyBytes, handle_setup,    "Make the first administrator with the link printed at the start"},
    Route{"POST",   "/api/register", A::kAnyone, 0,         C::kNo, B::kJson,      kOtherBodyBytes, handle_register, "Make an account, or choose a new password, with an invite"},
    Route{"POST",   "/api/logout",   A::kAnyone, 0,         C::kNo, B::kMaybeJson, kOtherBodyBytes, handle_logout,   "End this session"},
    Route{"GET",    "/api/sessions",              A::kUser, 0, C::kNo, B::kNone,      0,               handle_sessions,           "Where this account is signed in"},
    Route{"DELETE", "/api/sessions",              A::kUser, 0, C::kNo, B::kNone,      0,               handle_end_other_sessions, "End all other sessions of this account"},
    Route{"DELETE", "/api/sessions/:id",          A::kUser, 0, C::kNo, B::kNone,      0,               handle_end_session,        "End one session of this account"},
    Route{"PATCH",  "/api/account",               A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_rename,             "Take another name"},
    Route{"DELETE", "/api/account",               A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_delete_account,     "Delete the account and everything in it"},
    Route{"POST",   "/api/account/password",      A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_password,           "Change the password; every other session ends"},
    Route{"POST",   "/api/account/totp",          A::kUser, 0, C::kNo, B::kMaybeJson, kOtherBodyBytes, handle_totp_begin,         "Get a secret for an authenticator app"},
    Route{"POST",   "/api/account/totp/confirm",  A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_totp_confirm,       "Switch the second factor on with a first code"},
    Route{"POST",   "/api/account/totp/disable",  A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_totp_disable,       "Switch the second factor off"},
    Route{"GET",    "/api/tokens",                A::kUser, 0, C::kNo, B::kNone,      0,               handle_tokens,             "API tokens of this account"},
    Route{"POST",   "/api/tokens",                A::kUser, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_make_token,         "Make an API token; it is shown once"},
    Route{"DELETE", "/api/tokens/:id",            A::kUser, 0, C::kNo, B::kNone,      0,               handle_delete_token,       "Revoke an API token"},

    Route{"GET",    "/api/admin/users",       A::kAdmin, 0, C::kNo, B::kNone,      0,               handle_admin_users,         "Users, in order of creation"},
    Route{"POST",   "/api/admin/users",       A::kAdmin, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_admin_create_user,   "Make a user; without a password the answer has a link to choose one"},
    Route{"PATCH",  "/api/admin/users/:id",   A::kAdmin, 0, C::kNo, B::kJson,      kOtherBodyBytes, handle_admin_change_user,   "Change a user's role, plan or password, or disable the user"},
    Route{"DELETE", "/api/admin/users/:id",   A::kAdmin, 0, C::kNo, B::kNone,      0,               handle_admin_delete_user,   "Delete a user and everything of the user"},
    Route{"GET",    "/api/admin/invites",     A::kAdmin, 0, C::kNo, B::kNone,      0,               handle_admin_invites,       "Invites that can still be used"},
    Route{"POST",   "/api/admin/invites",     A::kAdmin, 0, C::kNo, B::kMaybeJson, kOtherBodyBytes, handle_admin_make_invite,   "Make an invite; its link is shown once"},
    Route{"DELETE", "/api/admin/invites/:id", A::kAdmin, 0, C::kNo, B::kNone,      0,               handle_admin_delete_invite, "Withdraw an invite"},
    Route{"GET",    "/api/admin/providers",         A::kAdmin, 0, C::kNo, B::kNone, 0,               handle_admin_providers,  "Providers, and where their keys come from; never a key"},
    Route{"PUT",    "/api/admin/providers/:id/key", A::kAdmin, 0, C::kNo, B::kJson, kOtherBodyBytes, handle_admin_put_key,    "Store a provider's key, encrypted"},
    Route{"DELETE", "/api/admin/providers/:id/key", A::kAdmin, 0, C::kNo, B::kNone, 0,               handle_admin_delete_key, "Forget a provider's stored key"},
    Route{"GET",    "/api/admin/audit",       A::kAdmin, 0, C::kNo, B::kNone,      0,               handle_admin_audit,         "What was done to accounts, keys and limits, newest first"},

    Route{"GET",  "/metrics",          A::kOperator, 0,         C::kNo,    B::kNone, 0,                handle_metrics,     "Counters for Prometheus"},

    Route{"GET",    "/api/conversations",             A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_list_conversations,   "Conversations: pinned ones first, then the newest"},
    Route{"POST",   "/api/conversations",             A::kUser, kScopeWrite, C::kNo, B::kJson, kConversationBodyBytes, handle_create_conversation,  "Make a conversation"},
    Route{"GET",    "/api/conversations/:id",         A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_get_conversation,     "One conversation with all its messages"},
    Route{"PATCH",  "/api/conversations/:id",         A::kUser, kScopeWrite, C::kNo, B::kJson, kConversationBodyBytes, handle_update_conversation,  "Rename, pin, archive, keep a draft, choose the branch that is shown"},
    Route{"DELETE", "/api/conversations/:id",         A::kUser, kScopeWrite, C::kNo, B::kNone, 0,                     handle_delete_conversation,  "Put a conversation into the trash, where it can be restored for 30 days; or remove it from there for good (forever=true)"},
    Route{"DELETE", "/api/conversations",             A::kUser, kScopeWrite, C::kNo, B::kNone, 0,                     handle_empty_trash,          "Empty the trash (deleted=true): what is in it is removed for good"},
    Route{"POST",   "/api/conversations/:id/restore", A::kUser, kScopeWrite, C::kNo, B::kNone, 0,                     handle_restore_conversation, "Take a conversation out of the trash"},
    Route{"POST",   "/api/conversations/:id/fork",    A::kUser, kScopeWrite, C::kNo, B::kJson, kConversationBodyBytes, handle_fork_conversation,    "A new conversation with a copy of one branch up to a message"},
    Route{"DELETE", "/api/conversations/:id/messages/:message_id", A::kUser, kScopeWrite, C::kNo, B::kNone, 0,         handle_delete_message,       "Delete a question with its answers, or one of several answers, for good"},
    Route{"GET",    "/api/changes",                   A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_changes,              "What has changed since a revision: at once, by long poll, or as server-sent events"},
    Route{"GET",    "/api/search",                    A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_search,               "Search in all own titles and messages"},
    Route{"GET",    "/api/settings",                  A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_get_settings,         "What a person keeps for every device: instructions and saved prompts"},
    Route{"PUT",    "/api/settings",                  A::kUser, kScopeWrite, C::kNo, B::kJson, kSettingsBodyBytes,    handle_put_settings,         "Replace these settings, if they still have the named revision (409 with what is stored otherwise)"},
    Route{"GET",    "/api/conversations/:id/export",  A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_export_conversation,  "One conversation as a file: Markdown or JSON"},
    Route{"GET",    "/api/export",                    A::kUser, kScopeRead,  C::kNo, B::kNone, 0,                     handle_export_all,           "All own conversations as a ZIP"},
    Route{"POST",   "/api/import",                    A::kUser, kScopeWrite, C::kNo, B::kArchive, kArchiveBodyBytes,  handle_import,               "Take in a ZIP or JSON of Whinchat, ChatGPT or Claude, or look what is in it"},
};

// Does the path fit the pattern, segment by segment? Named parts go to params.
bool fits(std::string_view pattern, std::string_view path, RouteParams* params) {
  const size_t fixed = pattern.find(':');
  if (fixed == std::string_view::npos) return pattern == path;
  if (!path.starts_with(pattern.substr(0, fixed))) return false;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = pattern.substr(0, std::min(pattern.find('/', 1), pattern.size()));
    const std::string_view found = path.substr(0, std::min(path.find('/', 1), path.size()));
    if (wanted.starts_with("/:")) {
      if (found.size() < 2 || found[0] != '/') return false;
      if (params) params->emplace_back(wanted.substr(2), found.substr(1));
    } else if (wanted != found) {
      return false;
    }
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(found.size());
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

const Route* find_route(std::string_view method, std::string_view path, std::string& allow, RouteParams* params) {
  allow.clear();
  const Route* found = nullptr;
  for (const Route& route : kRoutes) {
    if (!fits(route.path, path, nullptr)) continue;
    if (!allow.empty()) allow += ", ";
    allow += route.method;
    if (route.method == "GET") allow += ", HEAD";
    if (route.method == method || (route.method == "GET" && method == "HEAD")) found = &route;
  }
  if (found && params) fits(found->path, path, params);
  return found;
}

}  // namespace whinchat::api
