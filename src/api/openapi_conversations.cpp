// What the routes of conversations, changes, search and settings take and answer.
#include <nlohmann/json.hpp>

#include "api/openapi_shapes.h"

namespace whinchat::api {

namespace {

using nlohmann::ordered_json;

constexpr RouteShape kShapes[] = {
    {"GET", "/api/conversations", 200, "application/json", "ConversationList", "", "cursor limit archived deleted"},
    {"POST", "/api/conversations", 201, "application/json", "Conversation", "NewConversation", ""},
    {"GET", "/api/conversations/:id", 200, "application/json", "OpenedConversation", "", ""},
    {"PATCH", "/api/conversations/:id", 200, "application/json", "Conversation", "ConversationChange", ""},
    {"DELETE", "/api/conversations/:id", 204, "", "", "", "forever"},
    {"DELETE", "/api/conversations", 200, "application/json", "Removed", "", "deleted"},
    {"POST", "/api/conversations/:id/restore", 200, "application/json", "Conversation", "", ""},
    {"POST", "/api/conversations/:id/fork", 201, "application/json", "Conversation", "Fork", ""},
    {"DELETE", "/api/conversations/:id/messages/:message_id", 204, "", "", "", ""},
    {"GET", "/api/changes", 200, "application/json", "Changes", "", "since wait"},
    {"GET", "/api/conversations/:id/export", 200, "application/octet-stream", "", "", "format"},
    {"GET", "/api/export", 200, "application/zip", "", "", ""},
    {"POST", "/api/import", 200, "application/json", "ImportReport", "", "preview"},
    {"POST", "/api/attachments", 201, "application/json", "Attachment", "", "id name type"},
    {"GET", "/api/attachments/:id", 200, "application/octet-stream", "", "", ""},
    {"DELETE", "/api/attachments/:id", 204, "", "", "", ""},
    {"GET", "/api/settings", 200, "application/json", "StoredSettings", "", ""},
    {"PUT", "/api/settings", 200, "application/json", "SettingsRevision", "StoredSettings", ""},
    {"GET", "/api/search", 200, "application/json", "SearchResults", "", "q cursor"},
};

// Written down as JSON: a tree of initializer lists is thirty times as much code. In an object every field is required,
// unless it stands behind "maybe".
constexpr const char* kSchemas = R"({
"Conversation": {
  "id": "string", "title": "string", "title_source": ["none", "auto", "manual"], "pinned": "boolean", "archived": "boolean", "deleted_at": "time?",
  "provider": "string", "model": "string", "head_id": "string?", "running_turn_id": "string?", "created_at": "time", "updated_at": "time",
  "revision": "integer", "maybe": {"draft": "string"}},
"ConversationList": {"conversations": "[Conversation]", "next_cursor": "string?", "revision": "integer"},
"Message": {
  "id": "string", "parent_id": "string?", "role": ["user", "assistant", "system"], "kind": ["message", "summary"], "content": "string",
  "reasoning": "string", "provider": "string", "model": "string", "state": ["done", "running", "stopped", "interrupted", "failed"],
  "turn_id": "string?", "error": "object?", "usage": "Usage", "cost_micros": "integer?", "finish_reason": "string", "created_at": "time",
  "maybe": {"attachments": "[Attachment]"}},
"Attachment": {"id": "string", "kind": ["image", "text", "pdf"], "type": "string", "name": "string", "bytes": "integer"},
"Turn": {
  "id": "string", "conversation_id": "string", "kind": ["ask", "regenerate", "continue"],
  "state": ["running", "done", "stopped", "interrupted", "failed"], "user_message_id": "string?", "message_id": "string", "provider": "string",
  "model": "string", "created_at": "time", "finished_at": "time?", "usage": "Usage", "cost_micros": "integer?", "finish_reason": "string",
  "error": "object?", "position": "integer"},
"OpenedConversation": {"conversation": "Conversation", "turns": "[Turn]", "messages": "[Message]"},
"NewConversation": {"maybe": {"id": "string", "title": "string", "provider": "string", "model": "string"}},
"ConversationChange": {"maybe": {"title": "string", "pinned": "boolean", "archived": "boolean", "draft": "string", "provider": "string",
  "model": "string", "head_id": "string"}},
"Fork": {"message_id": "string"},
"Removed": {"removed": "integer"},
"Changes": {"revision": "integer", "reset": "boolean", "conversations": "[Conversation]"},
"SnippetPart": {"text": "string", "mark": "boolean"},
"SearchResult": {"conversation_id": "string", "title": "string", "message_id": "string?", "role": "string?", "created_at": "time",
  "snippet": "[SnippetPart]"},
"SearchResults": {"results": "[SearchResult]", "next_cursor": "string?", "complete": "boolean"},
"ImportReport": {"format": ["whinchat", "chatgpt", "claude"], "conversations": "integer", "messages": "integer", "already_here": "integer",
  "imported": "integer", "messages_added": "integer", "prompts_new": "integer", "instructions_new": "boolean", "skipped_conversations": "integer", "skipped_messages": "integer",
  "skipped": "[SkippedConversation]", "titles": "[string]"},
"SavedPrompt": {"id": "string", "name": "string", "text": "string"},
"Settings": {"maybe": {"instructions": "string", "prompts": "[SavedPrompt]"}},
"StoredSettings": {"settings": "Settings", "revision": "integer"},
"SettingsRevision": {"revision": "integer"},
"SkippedConversation": {"title": "string", "reason": "string"}
})";

ordered_json reference(const std::string& schema) {
  ordered_json out;
  out["$ref"] = "#/components/schemas/" + schema;
  return out;
}

// "string", "time?" (or null), "[Message]" and "[integer]" (lists), "Usage" (another schema), or a list of words.
ordered_json field_of(const ordered_json& kind) {
  ordered_json out;
  if (kind.is_array()) {
    out["type"] = "string";
    out["enum"] = kind;
    return out;
  }
  std::string word = kind.get<std::string>();
  if (word.starts_with('[')) {
    out["type"] = "array";
    out["items"] = field_of(word.substr(1, word.size() - 2));
    return out;
  }
  if (word[0] >= 'A' && word[0] <= 'Z') return reference(word);
  const bool nullable = word.ends_with('?');
  if (nullable) word.pop_back();
  const std::string type = word == "time" ? "string" : word;
  if (nullable) {
    out["type"].push_back(type);
    out["type"].push_back("null");
  } else {
    out["type"] = type;
  }
  if (word == "time") out["format"] = "date-time";
  return out;
}

ordered_json schema_of(const ordered_json& fields) {
  ordered_json out;
  out["type"] = "object";
  for (const auto& [name, kind] : fields.items()) {
    if (name == "maybe") {
      for (const auto& [optional, its_kind] : kind.items()) out["properties"][optional] = field_of(its_kind);
      continue;
    }
    out["required"].push_back(name);
    out["properties"][name] = field_of(kind);
  }
  return out;
}

}  // namespace

std::optional<RouteShape> conversation_shape(const Route& route) {
  for (const RouteShape& shape : kShapes) {
    if (shape.method == route.method && shape.path == route.path) return shape;
  }
  return std::nullopt;
}

void add_conversation_schemas(ordered_json& schemas) { add_schemas(schemas, kSchemas); }

void add_schemas(ordered_json& schemas, std::string_view in_short) {
  const ordered_json all = ordered_json::parse(in_short);
  for (const auto& [name, fields] : all.items()) schemas[name] = schema_of(fields);
}

}  // namespace whinchat::api
