#include "chat/archive_formats.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace whinchat;
using namespace whinchat::chat;
using nlohmann::json;

namespace {

constexpr int64_t kNow = 1'800'000'000'000;

ArchivedConversation read(const json& conversation) {
  const auto format = format_of(conversation);
  REQUIRE(format.has_value());
  auto out = read_archived(*format, conversation, kNow);
  REQUIRE(out.ok());
  return std::move(out).value();
}

// "role:content<parent" of each, in the order they are stored.
std::string outline(const ArchivedConversation& archived) {
  std::string out;
  for (const auto& message : archived.conversation.messages) {
    out += std::string(wire_name(message.message.role)).substr(0, 1) + ":" + message.message.content + "<" + message.parent_source.value_or("-") + " ";
  }
  return out;
}

json chatgpt_node(const char* id, const char* parent, const char* role, json content, json more = json::object()) {
  json message = {{"id", id}, {"author", {{"role", role}}}, {"create_time", 1700000000.5}, {"content", std::move(content)}, {"recipient", "all"}};
  message.update(more);
  return {{"id", id}, {"parent", parent ? json(parent) : json()}, {"children", json::array()}, {"message", message}};
}

json text(const char* words) { return {{"content_type", "text"}, {"parts", {words}}}; }

json chatgpt() {
  json in = {{"title", "Birds\n of Europe"}, {"create_time", 1700000000.25}, {"update_time", 1700000100.0}, {"conversation_id", "c-1"}, {"current_node", "a2"}};
  json& mapping = in["mapping"];
  mapping["root"] = {{"id", "root"}, {"message", nullptr}, {"parent", nullptr}, {"children", {"sys"}}};
  mapping["sys"] = chatgpt_node("sys", "root", "system", text(""), {{"metadata", {{"is_visually_hidden_from_conversation", true}}}});
  mapping["q"] = chatgpt_node("q", "sys", "user", {{"content_type", "multimodal_text"}, {"parts", {{{"content_type", "image_asset_pointer"}}, "What bird?"}}});
  mapping["q"]["children"] = {"a1", "t"};
  mapping["a1"] = chatgpt_node("a1", "q", "assistant", text("A wren"), {{"metadata", {{"model_slug", "gpt-4o"}}}});
  mapping["t"] = chatgpt_node("t", "q", "assistant", {{"content_type", "thoughts"}, {"thoughts", {{{"summary", "Look"}, {"content", "small, brown"}}}}});
  mapping["call"] = chatgpt_node("call", "t", "assistant", {{"content_type", "code"}, {"text", "search()"}}, {{"recipient", "browser"}});
  mapping["tool"] = chatgpt_node("tool", "call", "tool", text("result"));
  mapping["a2"] = chatgpt_node("a2", "tool", "assistant", text("A finch"));
  return in;
}

}  // namespace

TEST_CASE("ChatGPT: branches stay, hidden nodes and tools go, what follows them hangs on what came before") {
  const auto read_in = read(chatgpt());
  CHECK(outline(read_in) == "u:[image]\n\nWhat bird?<- a:A wren<q a:A finch<q ");
  const Conversation& conversation = read_in.conversation.conversation;
  CHECK(read_in.conversation.source == "chatgpt:c-1");
  CHECK(conversation.title == "Birds  of Europe");
  CHECK(conversation.created_ms == 1'700'000'000'250);
  CHECK(conversation.updated_ms == 1'700'000'100'000);
  CHECK(read_in.conversation.head_source == "a2");
  CHECK(read_in.conversation.messages[1].message.model == "gpt-4o");
  CHECK(read_in.conversation.messages[1].message.provider == "openai");
  CHECK(read_in.conversation.messages[2].message.reasoning == "Look\n\nsmall, brown");
  CHECK(read_in.skipped_messages == 4);
}

TEST_CASE("ChatGPT: circles are cut open, missing parents and nodes of any shape are survived") {
  json in = chatgpt();
  in["mapping"]["x"] = chatgpt_node("x", "y", "user", text("ring x"));
  in["mapping"]["y"] = chatgpt_node("y", "x", "user", text("ring y"));
  in["mapping"]["z"] = chatgpt_node("z", "nowhere", "user", text("orphan"));
  in["mapping"]["self"] = chatgpt_node("self", "self", "user", text("loop"));
  for (const json& odd : {json(5), json("x"), json::array(), json::object(), json{{"message", 5}}, json{{"message", {{"author", 7}, {"content", "x"}}}},
                          json{{"message", {{"author", {{"role", "user"}}}, {"content", {{"content_type", "text"}, {"parts", {5, {{"a", 1}}}}}}}}, {"parent", 9}}}) {
    in["mapping"]["odd"] = odd;
    for (const std::string kept : {"u:ring x<- ", "u:ring y<x ", "u:loop<- ", "u:orphan<- "}) CHECK_MESSAGE(outline(read(in)).find(kept) != std::string::npos, kept);
  }
  for (const json& mapping : {json(5), json::array(), json(nullptr), json::object()}) {
    in["mapping"] = mapping;
    CHECK(read(in).conversation.messages.empty());
  }
  in["conversation_id"] = 5;
  CHECK_FALSE(read_archived(ArchiveFormat::kChatGpt, in, kNow).ok());
}

TEST_CASE("Claude: old files are a line, new ones a tree with blocks") {
  const json old = {{"uuid", "u-1"}, {"name", "Old"}, {"created_at", "2024-03-01T10:00:00.123456Z"}, {"updated_at", "2024-03-01T12:00:00+02:00"},
                    {"chat_messages", {{{"uuid", "m1"}, {"text", "Hi"}, {"sender", "human"}, {"created_at", "2024-03-01T10:00:01Z"}},
                                       {{"uuid", "m2"}, {"text", "Hello"}, {"sender", "assistant"}},
                                       {{"uuid", "m3"}, {"text", ""}, {"sender", "human"}, {"attachments", {{{"file_name", "a.txt"}, {"extracted_content", "inside"}}}}}}}};
  const auto line = read(old);
  CHECK(outline(line) == "u:Hi<- a:Hello<m1 u:[attachment: a.txt]\n\ninside<m2 ");
  CHECK(line.conversation.conversation.created_ms == 1'709'287'200'123);
  CHECK(line.conversation.conversation.updated_ms == 1'709'287'200'000);
  CHECK(line.conversation.source == "claude:u-1");
  const json newer = {{"uuid", "u-2"}, {"name", "New"}, {"current_leaf_message_uuid", "b"},
                      {"chat_messages",
                       {{{"uuid", "q"}, {"sender", "human"}, {"content", {{{"type", "text"}, {"text", "Ask"}}}}, {"parent_message_uuid", "00000000-0000-4000-8000-000000000000"}},
                        {{"uuid", "a"}, {"sender", "assistant"}, {"parent_message_uuid", "q"},
                         {"content", {{{"type", "thinking"}, {"thinking", "hm"}}, {{"type", "tool_use"}, {"input", 1}}, {{"type", "text"}, {"text", "One"}}}}},
                        {{"uuid", "b"}, {"sender", "assistant"}, {"parent_message_uuid", "q"}, {"text", "Two"}, {"content", json::array()}}}}};
  const auto tree = read(newer);
  CHECK(outline(tree) == "u:Ask<- a:One<q a:Two<q ");
  CHECK(tree.conversation.messages[1].message.reasoning == "hm");
  CHECK(tree.conversation.head_source == "b");
}

TEST_CASE("fields of a wrong type or missing count as missing, in every format and at every place") {
  const json ours = {{"id", "01900000-0000-7000-8000-000000000001"}, {"title", "T"}, {"title_source", "auto"}, {"pinned", true}, {"created_at", "2024-03-01T10:00:00.000Z"},
                     {"messages", {{{"id", "m1"}, {"parent_id", nullptr}, {"role", "user"}, {"content", "x"}, {"state", "done"}, {"usage", {{"input_tokens", 5}}}}}}};
  for (const json& whole : {chatgpt(), ours, json{{"uuid", "u"}, {"chat_messages", {{{"uuid", "m"}, {"sender", "human"}, {"text", "x"}}}}}}) {
    const auto format = format_of(whole).value();
    const json flat = whole.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      for (const json& odd : {json(nullptr), json(-5), json(1e300), json(true), json("x"), json::array({1}), json{{"k", 1}}}) {
        json changed = whole;
        changed[json::json_pointer(pointer)] = odd;
        (void)read_archived(format, changed, kNow);  // an error or not, never more than that
      }
    }
  }
  CHECK_FALSE(format_of(json(5)).has_value());
  CHECK_FALSE(format_of(json::object()).has_value());
}

TEST_CASE("ours: roles that are not known are left out, running answers were interrupted") {
  const json in = {{"id", "old-id"}, {"messages", {{{"id", "a"}, {"role", "user"}, {"content", "1"}}, {{"id", "b"}, {"role", "tool"}, {"parent_id", "a"}},
                                                   {{"id", "c"}, {"role", "assistant"}, {"parent_id", "b"}, {"content", "2"}, {"state", "running"}}}}};
  const auto out = read(in);
  CHECK(outline(out) == "u:1<- a:2<a ");
  CHECK(out.skipped_messages == 1);
  CHECK(out.conversation.messages[1].message.state == TurnState::kInterrupted);
  CHECK(out.conversation.conversation.id.empty());
  CHECK(out.conversation.source == "whinchat:old-id");
}
