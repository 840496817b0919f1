#include "auth/password_rules.h"

#include <algorithm>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::auth {

namespace {

Error refused(std::string sentence) { return {ErrorCode::kInvalidRequest, std::move(sentence), ""}; }

}  // namespace

bool is_frequent_password(std::string_view password) {
  const std::string wanted = lower_ascii(password);
  // Binary search over the text: `low` and `high` stand at beginnings of words.
  std::string_view rest = kFrequentPasswords;
  while (!rest.empty()) {
    size_t middle = rest.size() / 2;
    while (middle > 0 && rest[middle - 1] != ' ' && rest[middle - 1] != '\n') --middle;
    const size_t end = std::min(rest.find_first_of(" \n", middle), rest.size());
    const std::string_view word = rest.substr(middle, end - middle);
    if (word == wanted) return true;
    if (word < wanted) rest.remove_prefix(std::min(end + 1, rest.size()));
    else rest = rest.substr(0, middle);
  }
  return false;
}

Result<void> check_new_password(std::string_view password, std::string_view name) {
  if (password.size() < limits::kPasswordBytesMin) return refused("The password is too short: it needs at least 8 characters.");
  if (password.size() > limits::kPasswordBytesMax) return refused("The password is too long: 256 bytes are the most.");
  if (!is_valid_utf8(password) || password.find('\0') != std::string_view::npos) return refused("The password has a character that cannot be.");
  const bool all_same = std::all_of(password.begin(), password.end(), [&](char c) { return c == password.front(); });
  if (all_same || is_frequent_password(password)) return refused("This password is one of those that are guessed first. Please choose another one.");
  if (equals_ignoring_case(password, name)) return refused("The password must not be the name.");
  return {};
}

}  // namespace whinchat::auth
