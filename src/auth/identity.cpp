#include "auth/identity.h"

namespace whinchat::auth {

namespace {

struct Named {
  Scope scope;
  std::string_view name;
};
constexpr Named kScopes[] = {{kScopeChat, "chat"}, {kScopeRead, "read"}, {kScopeWrite, "write"}};

}  // namespace

std::string scope_text(uint8_t scopes) {
  std::string text;
  for (const Named& named : kScopes) {
    if ((scopes & named.scope) == 0) continue;
    if (!text.empty()) text += ' ';
    text += named.name;
  }
  return text;
}

uint8_t scope_named(std::string_view name) {
  for (const Named& named : kScopes) {
    if (named.name == name) return named.scope;
  }
  return 0;
}

}  // namespace whinchat::auth
