#include "api/request_read.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::api;

namespace {

http::Request with_query(std::string query) {
  http::Request request;
  request.query = std::move(query);
  return request;
}

}  // namespace

TEST_CASE("parameters are decoded, the first of a name counts, and others are ignored") {
  const auto request = with_query("a=1&q=caf%C3%A9+au%20lait&q=second&&empty=&flag");
  CHECK(query_text(request, "q").value() == "caf\xC3\xA9 au lait");
  CHECK(query_text(request, "empty").value() == "");
  CHECK(query_text(request, "flag").value() == "");
  CHECK_FALSE(query_text(request, "b").value().has_value());
  CHECK(query_integer(request, "a", 0, 9).value() == 1);
  CHECK_FALSE(query_integer(request, "a", 2, 9).ok());
  CHECK_FALSE(query_integer(request, "q", 0, 9).ok());
  for (const char* query : {"q=%", "q=%zz", "q=%ff", "q=%00", "q=%ed%a0%80"}) CHECK_FALSE(query_text(with_query(query), "q").ok());
  CHECK(query_flag(with_query("f=true"), "f").value());
  CHECK_FALSE(query_flag(with_query("f=false"), "f").value());
  CHECK_FALSE(query_flag(with_query("f=1"), "f").ok());
}

TEST_CASE("fields are read by their type, and the first wrong one is the one that is told") {
  FieldReader fields(R"({"title":" a\nb ","on":true,"id":"01900000-0000-7000-8000-000000000000","model":"a/b:c","none":null})");
  CHECK(fields.line("title", 10) == "a b");
  CHECK(fields.flag("on") == true);
  CHECK(fields.id("id").has_value());
  CHECK(fields.name("model") == "a/b:c");
  CHECK_FALSE(fields.text("none", 5).has_value());
  CHECK_FALSE(fields.has("none"));
  CHECK(fields.ok());
  CHECK_FALSE(fields.text("on", 5).has_value());
  CHECK_FALSE(fields.flag("title").has_value());
  CHECK_FALSE(fields.ok());
  CHECK(fields.error().message == "\"on\" must be text.");
  CHECK(FieldReader("").ok());
  CHECK_FALSE(FieldReader("[]").ok());
  CHECK_FALSE(FieldReader("{").ok());
}

TEST_CASE("what must be there is asked for, and lists, numbers and choices are bounded") {
  const char* body = R"({"name":"Ada","days":30,"scopes":["chat","read"],"role":"admin","huge":18446744073709551615,"half":0.5})";
  FieldReader fields(body);
  CHECK(fields.required("name", 10) == "Ada");
  CHECK(fields.secret("name", 3).reveal() == "Ada");
  CHECK(fields.integer("days", 1, 30) == 30);
  CHECK_FALSE(fields.integer("hours", 1, 30).has_value());
  CHECK(fields.texts("scopes", 2) == std::vector<std::string>{"chat", "read"});
  CHECK(fields.choice("role", {"user", "admin"}) == "admin");
  CHECK(fields.ok());
  const auto refused = [&](auto ask) {
    FieldReader anew(body);
    ask(anew);
    return !anew.ok();
  };
  CHECK(refused([](FieldReader& f) { f.required("missing", 10); }));
  CHECK(refused([](FieldReader& f) { f.secret("name", 2); }));
  CHECK(refused([](FieldReader& f) { f.integer("days", 1, 29); }));
  CHECK(refused([](FieldReader& f) { f.integer("huge", 0, INT64_MAX); }));
  CHECK(refused([](FieldReader& f) { f.integer("half", 0, 9); }));
  CHECK(refused([](FieldReader& f) { f.texts("scopes", 1); }));
  CHECK(refused([](FieldReader& f) { f.texts("missing", 1); }));
  CHECK(refused([](FieldReader& f) { f.choice("role", {"user"}); }));
}
