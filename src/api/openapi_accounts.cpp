// The shapes of accounts and administration. As text: built in code they would be ten times the size.
#include <array>

#include "api/openapi_shapes.h"

namespace whinchat::api {

namespace {

constexpr std::string_view kJson = "application/json";

constexpr std::array kShapes = {
    RouteShape{"GET", "/api/session", 200, kJson, "Session", ""},
    RouteShape{"POST", "/api/login", 200, kJson, "Session", "Login"},
    RouteShape{"POST", "/api/setup", 201, kJson, "Session", "SetUp"},
    RouteShape{"POST", "/api/register", 201, kJson, "Session", "Registration"},
    RouteShape{"POST", "/api/logout", 204, kJson, "", ""},
    RouteShape{"GET", "/api/sessions", 200, kJson, "Sessions", ""},
    RouteShape{"DELETE", "/api/sessions", 204, kJson, "", ""},
    RouteShape{"DELETE", "/api/sessions/:id", 204, kJson, "", ""},
    RouteShape{"PATCH", "/api/account", 200, kJson, "User", "NewName"},
    RouteShape{"DELETE", "/api/account", 204, kJson, "", "OwnPassword"},
    RouteShape{"POST", "/api/account/password", 204, kJson, "", "NewPassword"},
    RouteShape{"POST", "/api/account/totp", 200, kJson, "TotpSecret", ""},
    RouteShape{"POST", "/api/account/totp/confirm", 200, kJson, "RecoveryCodes", "TotpCode"},
    RouteShape{"POST", "/api/account/totp/disable", 204, kJson, "", "OwnPassword"},
    RouteShape{"GET", "/api/tokens", 200, kJson, "Tokens", ""},
    RouteShape{"POST", "/api/tokens", 201, kJson, "Token", "NewToken"},
    RouteShape{"DELETE", "/api/tokens/:id", 204, kJson, "", ""},
    RouteShape{"GET", "/api/admin/users", 200, kJson, "AdminUsers", "", "cursor"},
    RouteShape{"POST", "/api/admin/users", 201, kJson, "AdminUser", "NewUser"},
    RouteShape{"PATCH", "/api/admin/users/:id", 200, kJson, "AdminUser", "UserChanges"},
    RouteShape{"DELETE", "/api/admin/users/:id", 204, kJson, "", ""},
    RouteShape{"GET", "/api/admin/invites", 200, kJson, "Invites", ""},
    RouteShape{"POST", "/api/admin/invites", 201, kJson, "MadeInvite", "NewInvite"},
    RouteShape{"DELETE", "/api/admin/invites/:id", 204, kJson, "", ""},
    RouteShape{"GET", "/api/admin/providers", 200, kJson, "ProviderKeys", ""},
    RouteShape{"PUT", "/api/admin/providers/:id/key", 204, kJson, "", "NewKey"},
    RouteShape{"DELETE", "/api/admin/providers/:id/key", 204, kJson, "", ""},
    RouteShape{"GET", "/api/admin/audit", 200, kJson, "Audit", "", "cursor"},
};

constexpr std::string_view kSchemas = R"(,
"User":{"type":"object","required":["id","name","role","plan"],"properties":{"id":{"type":"string"},"name":{"type":"string"},
  "role":{"type":"string","enum":["user","admin"]},
  "plan":{"type":"object","required":["id","name"],"properties":{"id":{"type":"string"},"name":{"type":"string"}}},
  "totp_enabled":{"type":"boolean"},"has_password":{"type":"boolean"},"created_at":{"type":"string"}}},
"Session":{"type":"object","required":["mode","setup_required","registration","user","session_id"],"properties":{
  "mode":{"type":"string","enum":["open","accounts"]},"setup_required":{"type":"boolean"},
  "registration":{"type":"string","enum":["closed","invite"]},"user":{"anyOf":[{"$ref":"#/components/schemas/User"},{"type":"null"}]},
  "session_id":{"type":["string","null"]},"features":{"type":"object"}}},
"Login":{"type":"object","required":["name","password"],"properties":{"name":{"type":"string"},"password":{"type":"string"},"code":{"type":"string"}}},
"SetUp":{"type":"object","required":["token","name","password"],"properties":{"token":{"type":"string"},"name":{"type":"string"},
  "password":{"type":"string","minLength":8,"maxLength":256}}},
"Registration":{"type":"object","required":["invite","name","password"],"properties":{"invite":{"type":"string"},"name":{"type":"string"},
  "password":{"type":"string","minLength":8,"maxLength":256}}},
"Sessions":{"type":"object","required":["sessions"],"properties":{"sessions":{"type":"array","items":{"type":"object","required":["id","current"],
  "properties":{"id":{"type":"string"},"current":{"type":"boolean"},"created_at":{"type":"string"},"last_seen_at":{"type":"string"},
  "ip":{"type":"string"},"user_agent":{"type":"string"}}}}}},
"NewName":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1,"maxLength":64}}},
"OwnPassword":{"type":"object","required":["password"],"properties":{"password":{"type":"string"}}},
"NewPassword":{"type":"object","required":["current","new"],"properties":{"current":{"type":"string"},
  "new":{"type":"string","minLength":8,"maxLength":256}}},
"TotpSecret":{"type":"object","required":["secret","uri"],"properties":{"secret":{"type":"string"},"uri":{"type":"string"}}},
"TotpCode":{"type":"object","required":["code"],"properties":{"code":{"type":"string"}}},
"RecoveryCodes":{"type":"object","required":["recovery_codes"],"properties":{"recovery_codes":{"type":"array","items":{"type":"string"}}}},
"Scopes":{"type":"array","minItems":1,"items":{"type":"string","enum":["chat","read","write"]}},
"Token":{"type":"object","required":["id","name","scopes"],"properties":{"id":{"type":"string"},"name":{"type":"string"},
  "scopes":{"$ref":"#/components/schemas/Scopes"},"created_at":{"type":"string"},"expires_at":{"type":["string","null"]},
  "last_used_at":{"type":["string","null"]},"last4":{"type":"string"},"token":{"type":"string","description":"shown once, when it is made"}}},
"Tokens":{"type":"object","required":["tokens"],"properties":{"tokens":{"type":"array","items":{"$ref":"#/components/schemas/Token"}}}},
"NewToken":{"type":"object","required":["name","scopes"],"properties":{"name":{"type":"string"},"scopes":{"$ref":"#/components/schemas/Scopes"},
  "expires_days":{"type":["integer","null"]}}},
"AdminUser":{"type":"object","required":["id","name","role","plan_id","disabled"],"properties":{"id":{"type":"string"},"name":{"type":"string"},
  "role":{"type":"string","enum":["user","admin"]},"plan_id":{"type":"string"},"disabled":{"type":"boolean"},"has_password":{"type":"boolean"},
  "totp_enabled":{"type":"boolean"},"created_at":{"type":"string"},"last_seen_at":{"type":["string","null"]},"conversations":{"type":"integer"},
  "usage_month":{"type":"object","properties":{"messages":{"type":"integer"},"tokens":{"type":"integer"},"cost_micros":{"type":"integer"}}},
  "invite_url":{"type":"string","description":"shown once, for a user made without a password"}}},
"AdminUsers":{"type":"object","required":["users","next_cursor"],"properties":{
  "users":{"type":"array","items":{"$ref":"#/components/schemas/AdminUser"}},"next_cursor":{"type":["string","null"]}}},
"NewUser":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"password":{"type":["string","null"]},
  "role":{"type":"string","enum":["user","admin"]},"plan_id":{"type":"string"}}},
"UserChanges":{"type":"object","properties":{"role":{"type":"string","enum":["user","admin"]},"plan_id":{"type":"string"},
  "disabled":{"type":"boolean"},"password":{"type":"string"},
  "totp_enabled":{"type":"boolean","description":"false takes the second factor away"}}},
"Invites":{"type":"object","required":["invites"],"properties":{"invites":{"type":"array","items":{"type":"object",
  "required":["id","role","plan_id","expires_at"],"properties":{"id":{"type":"string"},"role":{"type":"string"},"plan_id":{"type":"string"},
  "created_at":{"type":"string"},"expires_at":{"type":"string"},"used_at":{"type":["string","null"]},"user_id":{"type":["string","null"]}}}}}},
"NewInvite":{"type":"object","properties":{"role":{"type":"string","enum":["user","admin"]},"plan_id":{"type":"string"},
  "hours":{"type":["integer","null"]},"user_id":{"type":["string","null"],"description":"a link with which this user chooses a new password"}}},
"MadeInvite":{"type":"object","required":["id","url","expires_at"],"properties":{"id":{"type":"string"},"url":{"type":"string"},"expires_at":{"type":"string"}}},
"ProviderKeys":{"type":"array","items":{"type":"object","required":["id","name","key_from","last4","base_url"],"properties":{
  "id":{"type":"string"},"name":{"type":"string"},"key_from":{"enum":["environment","stored",null]},"last4":{"type":["string","null"]},
  "base_url":{"type":["string","null"]}}}},
"NewKey":{"type":"object","required":["key"],"properties":{"key":{"type":"string"}}},
"Audit":{"type":"object","required":["entries","next_cursor"],"properties":{"entries":{"type":"array","items":{"type":"object",
  "required":["id","at","action"],"properties":{"id":{"type":"string"},"at":{"type":"string"},"actor":{"type":["string","null"]},
  "action":{"type":"string"},"target":{"type":["string","null"]},"ip":{"type":["string","null"]},"detail":{"type":"string"}}}},
  "next_cursor":{"type":["string","null"]}}})";

}  // namespace

std::optional<RouteShape> account_shape(const Route& route) {
  for (const RouteShape& shape : kShapes) {
    if (shape.method == route.method && shape.path == route.path) return shape;
  }
  return std::nullopt;
}

std::string_view account_schemas() { return kSchemas; }

}  // namespace whinchat::api
