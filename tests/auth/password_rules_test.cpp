#include "auth/password_rules.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

using namespace whinchat;
using namespace whinchat::auth;

TEST_CASE("eight bytes to 256, of any kind, are a password") {
  for (const std::string& good : {std::string("tv8&qpz3"), std::string(" spaces and \xF0\x9F\xA6\x8A here "), std::string("x") + std::string(254, 'y') + "z", std::string("пароль-длинный")}) {
    CHECK(check_new_password(good, "anna").ok());
  }
  for (const std::string& bad : {std::string(""), std::string("seven77"), std::string(257, 'a') + "b", std::string("        "), std::string("aaaaaaaaaaaa"),
                                 std::string("password1"), std::string("PassWord1"), std::string("correcthorse\0x", 14), std::string("bad\xffutf8here")}) {
    CAPTURE(bad);
    auto checked = check_new_password(bad, "anna");
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().code == ErrorCode::kInvalidRequest);
    CHECK(checked.error().message.find(bad.empty() ? "\x01" : bad) == std::string::npos);
  }
  CHECK_FALSE(check_new_password("Anna-Maria", "anna-maria").ok());
}

TEST_CASE("every password of the list is found, and its neighbours are not") {
  std::istringstream in{std::string(kFrequentPasswords)};
  std::string before;
  int count = 0;
  for (std::string word; in >> word; ++count) {
    CAPTURE(word);
    CHECK(before < word);  // sorted, each once
    CHECK(is_frequent_password(word));
    before = word;
  }
  CHECK(count > 8000);
  for (const char* other : {"", "!", "~~~~~~~~~", "passwore", "passwor", "password password", "zzzzzzzzzzzzz9"}) CHECK_FALSE_MESSAGE(is_frequent_password(other), other);
}
