// Inside store/ only: the columns that make a Conversation, for every query that gives some.
#pragma once

#include "model/conversation.h"
#include "store/connection.h"

// For a query whose conversation table is named c.
#define CONVERSATION_COLUMNS                                                                                    \
  "c.id, c.title, c.title_source, c.pinned, c.archived, c.deleted_ms, c.provider, c.model, c.draft, c.head_id," \
  " (SELECT t.id FROM turn t INDEXED BY turn_running WHERE t.conversation_id = c.id AND t.state = 'running'"    \
  "  ORDER BY t.created_ms DESC LIMIT 1),"                                                                      \
  " c.created_ms, c.updated_ms, c.revision, c.seq"

namespace whinchat::store {

inline constexpr int kConversationSeqColumn = 14;

inline Conversation conversation_of(const Row& row) {
  Conversation out;
  out.id = row.text(0);
  out.title = row.text(1);
  out.title_source = from_wire_name<TitleSource>(row.text(2)).value_or(TitleSource::kNone);
  out.pinned = row.flag(3);
  out.archived = row.flag(4);
  out.deleted_ms = row.integer_or_null(5);
  out.provider = row.text(6);
  out.model = row.text(7);
  out.draft = row.text(8);
  out.head_id = row.text_or_null(9);
  out.running_turn_id = row.text_or_null(10);
  out.created_ms = row.integer(11);
  out.updated_ms = row.integer(12);
  out.revision = row.integer(13);
  return out;
}

}  // namespace whinchat::store
