// GET /api/search
#include "api/conversation_codec.h"
#include "api/error_response.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "base/limits.h"
#include "store/search.h"

namespace whinchat::api {

http::Response handle_search(Context& context, const Call& call) {
  auto query = query_text(call.request, "q");
  if (!query.ok()) return error_response(query.error());
  if (!*query) return error_response(400, ErrorCode::kInvalidRequest, "\"q\" is missing: what to look for.");
  auto cursor = query_integer(call.request, "cursor", 1, INT64_MAX);
  if (!cursor.ok()) return error_response(cursor.error());
  auto page = context.database.read([&](store::Connection& c) {
    return store::search(c, call.who.user_id, **query, cursor->value_or(0), limits::kSearchPage);
  });
  if (!page.ok()) return error_response(page.error());
  return json_response(search_json(*page));
}

}  // namespace whinchat::api
