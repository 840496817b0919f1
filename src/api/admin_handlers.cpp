// What administrators see and change: users, invites, the audit. Nothing here reads what people write.
#include <nlohmann/json.hpp>

#include "api/account_json.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"

namespace whinchat::api {

namespace {

using auth::client_of;
using nlohmann::ordered_json;

constexpr int kInviteHours = 72;

// The value of ?cursor=; "" when there is none.
std::string_view cursor_of(const http::Request& request) {
  for (const std::string_view pair : split_list(request.query, '&')) {
    if (pair.starts_with("cursor=")) return pair.substr(7);
  }
  return {};
}

std::string id_of(const Call& call) {
  const std::string_view id = call.request.param("id");
  return is_id(id) ? std::string(id) : std::string();
}

std::optional<UserRole> role_in(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  return *name == "admin" ? UserRole::kAdmin : UserRole::kUser;
}

ordered_json admin_user_json(const User& user) {
  return {{"id", user.id}, {"name", user.name}, {"role", role_name(user.role)}, {"plan_id", user.plan_id}, {"disabled", user.disabled},
          {"has_password", user.has_password}, {"totp_enabled", user.totp_enabled}, {"created_at", rfc3339(user.created_ms)},
          {"last_seen_at", time_or_null(user.last_seen_ms)}};
}

ordered_json invite_json(const Invite& invite) {
  ordered_json out{{"id", invite.id}, {"role", role_name(invite.role)}, {"plan_id", invite.plan_id}, {"created_at", rfc3339(invite.created_ms)},
                   {"expires_at", rfc3339(invite.expires_ms)}, {"used_at", nullptr}, {"user_id", nullptr}};
  if (!invite.user_id.empty()) out["user_id"] = invite.user_id;
  return out;
}

std::string invite_link(const Context& context, const http::Request& request, const auth::MadeInvite& made) {
  return page_link(context, request, "/register#invite=" + std::string(made.secret.reveal()));
}

}  // namespace

http::Response handle_admin_users(Context& context, const Call& call) {
  const std::string_view cursor = cursor_of(call.request);
  if (!cursor.empty() && !is_id(cursor)) return error_response(400, ErrorCode::kInvalidRequest, "The cursor is not one of this list.");
  auto users = context.accounts.users(cursor);
  if (!users.ok()) return error_response(users.error());
  ordered_json list = ordered_json::array();
  const bool more = users->size() > limits::kAdminPage;
  if (more) users->resize(limits::kAdminPage);
  for (const store::UserSummary& row : *users) {
    ordered_json out = admin_user_json(row.user);
    out["conversations"] = row.conversations;
    out["usage_month"] = {{"messages", row.month_messages}, {"tokens", row.month_tokens}, {"cost_micros", row.month_cost_micros}};
    list.push_back(std::move(out));
  }
  return json_answer({{"users", std::move(list)}, {"next_cursor", more ? ordered_json(users->back().user.id) : ordered_json(nullptr)}});
}

http::Response handle_admin_create_user(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  auth::UserDraft draft;
  draft.name = fields.required("name", 1024);
  if (auto password = fields.text("password", kNewPasswordBytes)) draft.password = Secret(*password);
  draft.role = role_in(fields.choice("role", {"user", "admin"})).value_or(UserRole::kUser);
  draft.plan_id = fields.text("plan_id", 64).value_or("");
  if (!fields.ok()) return error_response(fields.error());
  const bool needs_link = !draft.password;
  auto user = context.accounts.create_user(call.who, std::move(draft), client_of(call.request));
  if (!user.ok()) return error_response(user.error());
  ordered_json out = admin_user_json(*user);
  if (needs_link) {
    Invite wanted;
    wanted.role = user->role;
    wanted.plan_id = user->plan_id;
    wanted.user_id = user->id;
    auto made = context.accounts.make_invite(call.who, std::move(wanted), kInviteHours, client_of(call.request));
    if (!made.ok()) return error_response(made.error());
    out["invite_url"] = invite_link(context, call.request, *made);
  }
  return json_answer(out, 201);
}

http::Response handle_admin_change_user(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  auth::UserChanges changes;
  changes.role = role_in(fields.choice("role", {"user", "admin"}));
  changes.plan_id = fields.text("plan_id", 64);
  changes.disabled = fields.flag("disabled");
  if (auto password = fields.text("password", kNewPasswordBytes)) changes.password = Secret(*password);
  changes.drop_second_factor = !fields.flag("totp_enabled").value_or(true);
  if (!fields.ok()) return error_response(fields.error());
  auto user = context.accounts.change_user(call.who, id_of(call), changes, client_of(call.request));
  if (!user.ok()) return error_response(user.error());
  return json_answer(admin_user_json(*user));
}

http::Response handle_admin_delete_user(Context& context, const Call& call) {
  if (auto gone = context.accounts.delete_user(call.who, id_of(call), client_of(call.request)); !gone) return error_response(gone.error());
  return no_content();
}

http::Response handle_admin_invites(Context& context, const Call&) {
  auto invites = context.accounts.invites();
  if (!invites.ok()) return error_response(invites.error());
  ordered_json list = ordered_json::array();
  for (const Invite& invite : *invites) list.push_back(invite_json(invite));
  return json_answer({{"invites", std::move(list)}});
}

http::Response handle_admin_make_invite(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  Invite wanted;
  wanted.role = role_in(fields.choice("role", {"user", "admin"})).value_or(UserRole::kUser);
  wanted.plan_id = fields.text("plan_id", 64).value_or("");
  wanted.user_id = fields.text("user_id", 64).value_or("");
  const auto hours = fields.integer("hours", 1, limits::kInviteHoursMax);
  if (!fields.ok()) return error_response(fields.error());
  if (!wanted.user_id.empty()) {
    auto user = context.accounts.user(is_id(wanted.user_id) ? wanted.user_id : "");
    if (!user.ok()) return error_response(400, ErrorCode::kInvalidRequest, "There is no such user.");
    wanted.role = user->role;
    wanted.plan_id = user->plan_id;
  }
  auto made = context.accounts.make_invite(call.who, std::move(wanted), static_cast<int>(hours.value_or(kInviteHours)), client_of(call.request));
  if (!made.ok()) return error_response(made.error());
  return json_answer({{"id", made->invite.id}, {"url", invite_link(context, call.request, *made)}, {"expires_at", rfc3339(made->invite.expires_ms)}}, 201);
}

http::Response handle_admin_delete_invite(Context& context, const Call& call) {
  if (auto gone = context.accounts.delete_invite(call.who, id_of(call), client_of(call.request)); !gone) return error_response(gone.error());
  return no_content();
}

http::Response handle_admin_providers(Context& context, const Call&) {
  ordered_json list = ordered_json::array();
  const auto text_or_null = [](const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); };
  for (const provider::KeyState& row : context.providers.key_states()) {
    const char* from = row.source == provider::KeySource::kSettings ? "environment" : row.source == provider::KeySource::kStored ? "stored" : nullptr;
    list.push_back({{"id", row.id}, {"name", row.name}, {"key_from", from ? ordered_json(from) : ordered_json(nullptr)}, {"last4", text_or_null(row.last4)},
                    {"base_url", text_or_null(row.base_url)}});
  }
  return json_answer(list);
}

http::Response handle_admin_put_key(Context& context, const Call& call) {
  FieldReader fields(call.request.body);
  const Secret key = fields.secret("key", limits::kProviderKeyBytes);
  if (!fields.ok()) return error_response(fields.error());
  auto put = context.provider_keys.put(call.who, call.request.param("id"), key, client_of(call.request));
  return put ? no_content() : error_response(put.error());
}

http::Response handle_admin_delete_key(Context& context, const Call& call) {
  auto gone = context.provider_keys.remove(call.who, call.request.param("id"), client_of(call.request));
  return gone ? no_content() : error_response(gone.error());
}

http::Response handle_admin_audit(Context& context, const Call& call) {
  const std::string_view cursor = cursor_of(call.request);
  const auto before = cursor.empty() ? std::optional<int64_t>(0) : parse_integer(cursor);
  if (!before || *before < 0) return error_response(400, ErrorCode::kInvalidRequest, "The cursor is not one of this list.");
  auto entries = context.accounts.audit(*before);
  if (!entries.ok()) return error_response(entries.error());
  const bool more = entries->size() > limits::kAdminPage;
  if (more) entries->resize(limits::kAdminPage);
  ordered_json list = ordered_json::array();
  const auto text_or_null = [](const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); };
  for (const AuditEntry& row : *entries) {
    list.push_back({{"id", std::to_string(row.id)}, {"at", rfc3339(row.at_ms)}, {"actor", text_or_null(row.actor)}, {"action", row.action},
                    {"target", text_or_null(row.target)}, {"ip", text_or_null(row.ip)}, {"detail", row.detail}});
  }
  return json_answer({{"entries", std::move(list)}, {"next_cursor", more ? ordered_json(std::to_string(entries->back().id)) : ordered_json(nullptr)}});
}

}  // namespace whinchat::api
