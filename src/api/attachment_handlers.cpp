// Files beside messages: taking them, giving them back to their owner, removing what was not sent.
#include <nlohmann/json.hpp>

#include "api/attachment_limits.h"
#include "api/conversation_codec.h"
#include "api/disposition.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/crypto.h"
#include "base/ids.h"
#include "base/limits.h"
#include "chat/attachment_rules.h"
#include "io/offload.h"
#include "store/attachments.h"

namespace whinchat::api {

namespace {

using http::Response;
using store::Connection;

Error not_found() { return {ErrorCode::kNotFound, "This file does not exist.", ""}; }

struct Upload {
  std::string id;
  std::string name;
  std::string type;
};

Result<Upload> read_query(const Context& context, const http::Request& request) {
  auto id = query_text(request, "id");
  if (!id.ok()) return std::move(id).error();
  if (*id && !is_id(**id)) return Error{ErrorCode::kInvalidRequest, "\"id\" must be a UUID of version 7 in lower case.", ""};
  auto name = query_text(request, "name");
  if (!name.ok()) return std::move(name).error();
  auto type = query_text(request, "type");
  if (!type.ok()) return std::move(type).error();
  return Upload{id->value_or(make_id(context.clock.now().epoch_ms)), name->value_or(""), type->value_or("")};
}

struct Judged {
  Attachment attachment;
  store::Sha256 sha256;
};

std::string quoted_hash(std::string_view sha256) { return "\"" + to_hex(sha256) + "\""; }

}  // namespace

nlohmann::ordered_json attachment_limits() {
  nlohmann::ordered_json out{{"per_message", limits::kAttachmentsPerMessage}, {"message_bytes_max", limits::kAttachmentMessageBytes}};
  for (const AttachmentKind kind : {AttachmentKind::kImage, AttachmentKind::kText, AttachmentKind::kPdf}) {
    out["bytes_max"][std::string(wire_name(kind))] = chat::attachment_bytes_max(kind);
  }
  out["image_types"] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
  return out;
}

Response handle_upload_attachment(Context& context, const Call& call) {
  auto upload = read_query(context, call.request);
  if (!upload.ok()) return error_response(upload.error());
  const std::string& bytes = call.request.body;
  // Judging and hashing megabytes takes milliseconds.
  auto done = io::offload(context.body_readers(), [&]() -> Result<Judged> {
    auto attachment = chat::judge_file(upload->name, upload->type, bytes);
    if (!attachment.ok()) return std::move(attachment).error();
    return Judged{std::move(attachment).value(), sha256(bytes)};
  });
  if (!done) return error_response(Error{ErrorCode::kUnavailable, "The server is busy. Please try again.", "the queue of files to be judged is full", 2});
  Result<Judged>& judged = *done;
  if (!judged.ok()) return error_response(judged.error());
  judged->attachment.id = upload->id;
  judged->attachment.created_ms = context.clock.now().epoch_ms;
  auto stored = context.database.write([&](Connection& c) {
    return store::insert_attachment(c, call.who.user_id, judged->attachment, bytes, judged->sha256);
  });
  if (!stored.ok()) return error_response(stored.error());
  std::string out;
  append_attachment(out, stored->attachment);
  return json_response(out + "\n", stored->is_new ? 201 : 200);
}

// Pictures under their own type, so that a page can show them; everything else as bytes that no browser runs or shows. The standard
// headers (nosniff, same-origin, sandbox) do the rest. A browser asks each time whether they are still the same, and whether it still may see them.
Response handle_get_attachment(Context& context, const Call& call) {
  const std::string id(call.request.param("id"));
  if (!is_id(id)) return error_response(not_found());
  auto file = context.database.read([&](Connection& c) { return store::read_attachment(c, call.who.user_id, id); });
  if (!file.ok()) return error_response(file.error());
  const bool image = file->attachment.kind == AttachmentKind::kImage;
  const std::string tag = quoted_hash(file->sha256);
  Response response;
  response.headers = {{"ETag", tag}, {"Cache-Control", "private, no-cache"}};
  if (call.request.header("If-None-Match") == tag) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"Content-Type", image ? file->attachment.media_type : "application/octet-stream"});
  response.headers.push_back({"Content-Disposition", disposition(file->attachment.name)});
  response.body = std::move(file->data);
  return response;
}

Response handle_delete_attachment(Context& context, const Call& call) {
  const std::string id(call.request.param("id"));
  if (!is_id(id)) return error_response(not_found());
  auto gone = context.database.write([&](Connection& c) { return store::delete_attachment(c, call.who.user_id, id); });
  return gone.ok() ? no_content() : error_response(gone.error());
}

}  // namespace whinchat::api
