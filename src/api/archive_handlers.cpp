// Export and import: one conversation, everything, and the files of other programs.
#include "api/conversation_codec.h"
#include "api/disposition.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "chat/archive_export.h"
#include "chat/archive_import.h"
#include "io/offload.h"
#include "store/conversations.h"

namespace whinchat::api {

namespace {

using chat::ArchiveText;
using http::Response;

// The rest of a text whose first piece was asked for before the head was sent. A text that breaks off lacks its end (a
// ZIP's directory, JSON's brackets), so that nobody takes it for the whole.
void send_text(Context& context, ArchiveText& text, std::string piece, http::BodyWriter& writer) {
  for (;;) {
    if (!piece.empty() && (!writer.write(piece) || !writer.flush())) return;
    auto next = context.database.read([&](store::Connection& c) { return text.next(c); });
    if (!next.ok()) {
      context.log.warning("archive", "An export broke off", {{"code", wire_name(next.error().code)}, {"detail", next.error().detail}});
      return;
    }
    if (!*next) return;
    piece = std::move(**next);
  }
}

// What leaves, as the audit has it: whose it is or which conversation, and in which form.
struct Exported {
  std::string_view action;
  std::string_view target;
  std::string_view detail;
};

void note_export(Context& context, const Call& call, const Exported& what) {
  auto noted = context.accounts.note(call.who, what.action, what.target, what.detail, auth::client_of(call.request));
  if (noted) return;
  context.log.warning("archive", "The audit could not be written", {{"detail", noted.error().detail}});  // reading goes on with a full disk
}

Response attachment(Context& context, const Call& call, const Exported& what, std::unique_ptr<ArchiveText> text, std::string_view type, std::string_view name) {
  auto ticket = context.exports.enter(call.who.user_id, limits::kExportsPerUser);
  if (!ticket.ok()) return error_response(Error{ErrorCode::kTooManyStreams, "Another export is running. Please wait for it.", "", 10});
  auto first = context.database.read([&](store::Connection& c) { return text->next(c); });
  if (!first.ok()) return error_response(first.error());
  note_export(context, call, what);
  Response response;
  response.headers = {{"Content-Type", std::string(type)}, {"Content-Disposition", disposition(name)}, {"Cache-Control", "no-store"}};
  response.stream = [&context, text = std::shared_ptr<ArchiveText>(std::move(text)), piece = first->value_or(""),
                     ticket = std::make_shared<quota::StreamGate::Ticket>(std::move(ticket).value())](http::BodyWriter& writer) {
    send_text(context, *text, piece, writer);
  };
  return response;
}

std::string today(const Context& context) { return rfc3339(context.clock.now().epoch_ms).substr(0, 10); }

}  // namespace

Response handle_export_conversation(Context& context, const Call& call) {
  const std::string id(call.request.param("id"));
  auto format = query_text(call.request, "format");
  if (!format.ok()) return error_response(format.error());
  const std::string wanted = format->value_or("json");
  if (wanted != "json" && wanted != "markdown") return error_response(400, ErrorCode::kInvalidRequest, "\"format\" must be json or markdown.");
  if (!is_id(id)) return error_response(404, ErrorCode::kNotFound, "This conversation does not exist.");
  auto conversation = context.database.read([&](store::Connection& c) { return store::find_conversation(c, call.who.user_id, id, store::Trash::kShown); });
  if (!conversation.ok()) return error_response(conversation.error());
  const std::string name = chat::file_name_of(conversation->title);
  const Exported what{"conversation exported", id, wanted};
  if (wanted == "markdown") {
    return attachment(context, call, what, chat::markdown_export(call.who.user_id, id), "text/markdown; charset=utf-8", name + ".md");
  }
  return attachment(context, call, what, chat::json_export(call.who.user_id, id), "application/json", name + ".json");
}

Response handle_export_all(Context& context, const Call& call) {
  const Exported what{"everything exported", call.who.user_id, ""};
  return attachment(context, call, what, chat::zip_export(call.who.user_id, context.clock.now().epoch_ms), "application/zip", "whinchat-" + today(context) + ".zip");
}

Response handle_import(Context& context, const Call& call) {
  auto preview = query_flag(call.request, "preview");
  if (!preview.ok()) return error_response(preview.error());
  if (call.request.body.empty()) return error_response(400, ErrorCode::kInvalidRequest, "The file is empty.");
  auto done = io::offload(context.archivists(), [&] {
    return chat::import_archive(context.database, call.who.user_id, call.request.body, *preview, context.clock.now().epoch_ms);
  });
  if (!done) return error_response(Error{ErrorCode::kUnavailable, "The server is busy. Please try again.", "the archive workers' queue is full", 5});
  if (!done->ok()) return error_response(done->error());
  const chat::ImportReport& report = done->value();
  context.log.info("archive", *preview ? "An import was looked at" : "An import ended",
                   {{"format", chat::wire_name(report.format)}, {"conversations", report.conversations}, {"messages", report.messages},
                    {"imported", report.imported}, {"skipped", report.skipped_conversations}, {"request_id", call.request.request_id}});
  return json_response(import_json(report));
}

}  // namespace whinchat::api
