// The routes of conversations: the list, one with its messages, and what a person changes.
#include "api/conversation_codec.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/changes.h"
#include "store/conversations.h"
#include "store/message_removal.h"
#include "store/messages.h"
#include "store/turns.h"

namespace whinchat::api {

namespace {

using http::Response;
using store::Connection;

Error not_found() { return {ErrorCode::kNotFound, "This conversation does not exist.", ""}; }

// The id in the path; nothing that is none may reach a query.
Result<std::string> id_of(const Call& call) {
  const std::string_view id = call.request.param("id");
  if (!is_id(id)) return not_found();
  return std::string(id);
}

int64_t now_of(const Context& context) { return context.clock.now().epoch_ms; }

struct ListQuery {
  store::ConversationFilter filter;
  std::optional<store::ConversationCursor> after;
  int limit = limits::kConversationPage;
};

Result<ListQuery> read_list_query(const http::Request& request) {
  ListQuery query;
  auto archived = query_flag(request, "archived");
  if (!archived.ok()) return std::move(archived).error();
  auto deleted = query_flag(request, "deleted");
  if (!deleted.ok()) return std::move(deleted).error();
  auto limit = query_integer(request, "limit", 1, limits::kConversationPageMax);
  if (!limit.ok()) return std::move(limit).error();
  auto cursor = query_text(request, "cursor");
  if (!cursor.ok()) return std::move(cursor).error();
  if (*cursor) {
    query.after = parse_cursor(**cursor);
    if (!query.after) return Error{ErrorCode::kInvalidRequest, "\"cursor\" is none that this server gave.", ""};
  }
  query.filter = {*archived, *deleted};
  query.limit = static_cast<int>(limit->value_or(limits::kConversationPage));
  return query;
}

// A conversation as it is opened: all but the messages behind the first page.
struct Opened {
  Conversation conversation;
  std::vector<Turn> turns;
  store::MessagePage page;
};

Result<Opened> open_conversation(Connection& c, const std::string& user_id, const std::string& id) {
  auto conversation = store::find_conversation(c, user_id, id, store::Trash::kShown);
  if (!conversation.ok()) return std::move(conversation).error();
  auto turns = store::turns_of_conversation(c, id);
  if (!turns.ok()) return std::move(turns).error();
  auto page = store::list_messages(c, id, 0, limits::kMessagePage);
  if (!page.ok()) return std::move(page).error();
  return Opened{std::move(conversation).value(), std::move(turns).value(), std::move(page).value()};
}

void append_messages(std::string& out, const store::MessagePage& page, bool& first) {
  for (const Message& message : page.messages) {
    if (!first) out += ',';
    first = false;
    append_message(out, message);
  }
}

// {"conversation":..,"turns":[..],"messages":[ and the first page; the end is for the caller.
std::string beginning_of(const Opened& opened, bool& first) {
  std::string out = "{\"conversation\":";
  append_conversation(out, opened.conversation, true);
  out += ",\"turns\":[";
  for (size_t i = 0; i < opened.turns.size(); ++i) {
    if (i > 0) out += ',';
    append_turn(out, opened.turns[i]);
  }
  out += "],\"messages\":[";
  append_messages(out, opened.page, first);
  return out;
}

// What does not fit into one page is read and sent page by page: no conversation has to fit into memory.
void send_rest(Context& context, const std::string& id, std::string out, int64_t next, http::BodyWriter& writer) {
  bool first = false;
  while (next != 0) {
    if (!writer.write(out) || !writer.flush()) return;
    auto page = context.database.read([&](Connection& c) { return store::list_messages(c, id, next, limits::kMessagePage); });
    if (!page.ok()) return;  // the text stays open: no client takes half of it for the whole
    out.clear();
    append_messages(out, *page, first);
    next = page->next;
  }
  writer.write(out + "]}\n");
}


Result<Conversation> read_new_conversation(const Context& context, const http::Request& request) {
  FieldReader fields(request.body);
  Conversation wanted;
  wanted.created_ms = wanted.updated_ms = now_of(context);
  wanted.id = fields.id("id").value_or(make_id(wanted.created_ms));
  wanted.title = fields.line("title", limits::kTitleCodePoints).value_or("");
  wanted.title_source = wanted.title.empty() ? TitleSource::kNone : TitleSource::kManual;
  wanted.provider = fields.name("provider").value_or("");
  wanted.model = fields.name("model").value_or("");
  if (!fields.ok()) return fields.error();
  return wanted;
}

Result<store::ConversationChange> read_change(const http::Request& request) {
  FieldReader fields(request.body);
  store::ConversationChange change;
  change.title = fields.line("title", limits::kTitleCodePoints);
  change.pinned = fields.flag("pinned");
  change.archived = fields.flag("archived");
  change.draft = fields.text("draft", limits::kDraftCodePoints);
  change.provider = fields.name("provider");
  change.model = fields.name("model");
  change.head_id = fields.id("head_id");
  const bool any = change.title || change.pinned || change.archived || change.draft || change.provider || change.model || change.head_id;
  if (!any) fields.refuse("Say what to change: title, pinned, archived, draft, provider, model or head_id.");
  if (!fields.ok()) return fields.error();
  return change;
}

Response one_conversation(const Result<Conversation>& conversation, int status = 200) {
  if (!conversation.ok()) return error_response(conversation.error());
  return json_response(conversation_json(*conversation), status);
}

}  // namespace

Response handle_list_conversations(Context& context, const Call& call) {
  auto query = read_list_query(call.request);
  if (!query.ok()) return error_response(query.error());
  int64_t revision = 0;
  auto page = context.database.read([&](Connection& c) -> Result<store::ConversationPage> {
    // The revision first: whoever asks for changes since then may see one twice, never none.
    auto now = store::revision_of(c, call.who.user_id);
    if (!now.ok()) return std::move(now).error();
    revision = *now;
    return store::list_conversations(c, call.who.user_id, query->filter, query->after, query->limit);
  });
  if (!page.ok()) return error_response(page.error());
  return json_response(conversations_json(*page, revision));
}

Response handle_create_conversation(Context& context, const Call& call) {
  auto wanted = read_new_conversation(context, call.request);
  if (!wanted.ok()) return error_response(wanted.error());
  auto made = context.database.write([&](Connection& c) { return store::create_conversation(c, call.who.user_id, *wanted); });
  if (!made.ok()) return error_response(made.error());
  return json_response(conversation_json(made->conversation), made->is_new ? 201 : 200);
}

Response handle_get_conversation(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  auto opened = context.database.read([&](Connection& c) { return open_conversation(c, call.who.user_id, *id); });
  if (!opened.ok()) return error_response(opened.error());
  bool first = true;
  std::string out = beginning_of(*opened, first);
  if (opened->page.next == 0) return json_response(out + "]}\n");
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.stream = [&context, id = *id, out = std::move(out), next = opened->page.next](http::BodyWriter& writer) mutable {
    send_rest(context, id, std::move(out), next, writer);
  };
  return response;
}

Response handle_update_conversation(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  auto change = read_change(call.request);
  if (!change.ok()) return error_response(change.error());
  return one_conversation(context.database.write([&](Connection& c) {
    return store::update_conversation(c, call.who.user_id, *id, *change, now_of(context));
  }));
}

Response handle_delete_conversation(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  auto forever = query_flag(call.request, "forever");
  if (!forever.ok()) return error_response(forever.error());
  auto done = context.database.write([&](Connection& c) {
    if (*forever) return store::remove_conversation(c, call.who.user_id, *id);
    return store::delete_conversation(c, call.who.user_id, *id, now_of(context));
  });
  return done.ok() ? no_content() : error_response(done.error());
}

Response handle_empty_trash(Context& context, const Call& call) {
  auto deleted = query_flag(call.request, "deleted");
  if (!deleted.ok()) return error_response(deleted.error());
  if (!*deleted) return error_response(400, ErrorCode::kInvalidRequest, "Only the trash can be emptied: say deleted=true.");
  // One conversation a job, as long ones take their time; what is deleted meanwhile stays.
  const int64_t until_ms = now_of(context);
  int removed = 0;
  while (removed < limits::kConversationsPerUser) {
    auto gone = context.database.write([&](Connection& c) { return store::empty_trash(c, call.who.user_id, until_ms, limits::kPurgeGroup); });
    if (!gone.ok()) return error_response(gone.error());
    if (*gone == 0) break;
    removed += *gone;
  }
  return json_response("{\"removed\":" + std::to_string(removed) + "}\n");
}

Response handle_restore_conversation(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  return one_conversation(context.database.write([&](Connection& c) {
    return store::restore_conversation(c, call.who.user_id, *id, now_of(context));
  }));
}

Response handle_fork_conversation(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  FieldReader fields(call.request.body);
  const auto message_id = fields.id("message_id");
  if (!message_id) fields.refuse("\"message_id\" is missing: the message at which to branch off.");
  if (!fields.ok()) return error_response(fields.error());
  return one_conversation(context.database.write([&](Connection& c) {
    return store::fork_conversation(c, call.who.user_id, *id, *message_id, now_of(context));
  }), 201);
}

Response handle_delete_message(Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id.ok()) return error_response(id.error());
  const std::string message_id(call.request.param("message_id"));
  if (!is_id(message_id)) return error_response(Error{ErrorCode::kNotFound, "This message does not exist.", ""});
  auto done = context.database.write([&](Connection& c) { return store::remove_message(c, call.who.user_id, *id, message_id, now_of(context)); });
  return done.ok() ? no_content() : error_response(done.error());
}

}  // namespace whinchat::api
