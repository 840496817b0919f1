#include "auth/name_rules.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::auth;

TEST_CASE("names of people are taken as they are, without white space around them") {
  for (const char* name : {"anna", "Anna", "O'Brien", "Jean-Luc P.", "anna@example.org", "Ærøskøbing", "Дмитрий", "Ελένη", "山田太郎", "محمد", "Zoë", "42", "🦊 fox"}) {
    CAPTURE(name);
    auto checked = check_name("  " + std::string(name) + "\t");
    REQUIRE(checked.ok());
    CHECK(checked->name == name);
  }
}

TEST_CASE("what cannot be seen, turns the text around, is markup or is dressed up is refused") {
  for (const char* name : {"", "   ", "an\u202Ena", "an\u200Bna", "an\u0007na", "an\u00A0na", "an\u2066na", "\uFEFFanna", "<b>anna</b>", "a\"b", "a&b", "a\\b", "a/b",
                           "ａｎｎａ", "ⓐnna", "𝐚nna", "ann\u0061\u0301", "an  na", "...", "\uE000", "an\u3164na", "\xff", "a\xc0\xaf"}) {
    CAPTURE(name);
    auto checked = check_name(name);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().code == ErrorCode::kInvalidRequest);
  }
  CHECK(check_name(std::string(64, 'a')).ok());
  CHECK_FALSE(check_name(std::string(65, 'a')).ok());
}

TEST_CASE("two alphabets in one name are refused") {
  CHECK_FALSE(check_name("\u0430dmin").ok());   // Cyrillic a
  CHECK_FALSE(check_name("admin\u03BF").ok());  // Greek o
  CHECK(check_name("Анна 2").ok());
}

TEST_CASE("case and look-alikes of other alphabets make no other name") {
  CHECK(name_key("ANNA") == name_key("anna"));
  CHECK(name_key("ÄRGER") == name_key("ärger"));
  CHECK(name_key("ДМИТРИЙ") == name_key("дмитрий"));
  CHECK(name_key("ΣΟΦΟΣ") == name_key("σοφος"));
  CHECK(name_key("\u0430\u0435\u043E\u0440\u0441") == name_key("aeopc"));  // all Cyrillic
  CHECK(name_key("anna") != name_key("änna"));
  CHECK(name_key("anna") != name_key("anne"));
}

TEST_CASE("what people could take for an administrator's name is told") {
  for (const char* name : {"ADMIN", "adm1n", "admln", "adrnin", "a.d.m.i.n", "AdmIn", "@dmin", "admin "}) CHECK_MESSAGE(easily_mistaken("admin", name), name);
  for (const char* name : {"administrator", "adam", "amin", "anna"}) CHECK_FALSE_MESSAGE(easily_mistaken("admin", name), name);
}
