// The routes of conversations with two users in a real database, each signed in.
#pragma once

#include <map>

#include "base/ids.h"
#include "server_parts.h"
#include "store/conversations.h"
#include "store/messages.h"

namespace whinchat::api {

inline const char* kNoSuchId = "01900000-0000-7000-8000-000000000000";

class ConversationParts : public ServerParts {
 public:
  ConversationParts() : ServerParts({.mode = auth::AuthMode::kAccounts}) {
    for (const std::string name : {"anna", "bert"}) {
      users[name] = add_user(name);
      browsers[name] = browser_of(users[name]);
    }
  }

  http::Response ask(std::string method, std::string target, std::string body = "", const std::string& user = "anna", http::Headers more = {}) {
    http::Headers headers;
    if (browsers.contains(user)) headers = browsers[user];
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    for (auto& header : more) http::set_header(headers, header.name, header.value);
    http::Request request = request_for(std::move(method), target, std::move(headers), std::move(body));
    if (const size_t question = target.find('?'); question != std::string::npos) request.query = target.substr(question + 1);
    return answer_on_fiber(request);
  }

  nlohmann::json make(const std::string& title, const std::string& user = "anna") {
    const auto response = ask("POST", "/api/conversations", nlohmann::json{{"title", title}}.dump(), user);
    REQUIRE(response.status == 201);
    return json_of(response);
  }

  // Stores a message as a turn does; gives its id.
  std::string say(const std::string& conversation_id, const std::string& content, std::optional<std::string> parent = {},
                  MessageRole role = MessageRole::kUser, const std::string& user = "anna") {
    Message message;
    message.id = make_id(clock.now().epoch_ms);
    message.conversation_id = conversation_id;
    message.parent_id = std::move(parent);
    message.role = role;
    message.content = content;
    message.created_ms = clock.now().epoch_ms;
    auto stored = database->write([&](store::Connection& c) -> Result<void> {
      if (auto inserted = store::insert_message(c, message); !inserted) return inserted;
      return store::set_head(c, users[user], conversation_id, message.id, "", "", clock.now().epoch_ms);
    });
    REQUIRE_MESSAGE(stored.ok(), (stored.ok() ? "" : stored.error().detail));
    return message.id;
  }

  std::map<std::string, std::string> users;
  std::map<std::string, http::Headers> browsers;
};

}  // namespace whinchat::api
