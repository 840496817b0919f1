#include "base/secret.h"

#include <doctest/doctest.h>

#include <sstream>
#include <type_traits>

using namespace whinchat;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST_CASE("a secret gives its text only when asked") {
  const Secret key("sk-ant-0123456789abcdef");
  CHECK(key.reveal() == "sk-ant-0123456789abcdef");
  CHECK(key.size() == 23);
  CHECK_FALSE(key.empty());
  CHECK(key.last4() == "…cdef");
  CHECK(Secret("short").last4() == "…");
  CHECK(key.equals("sk-ant-0123456789abcdef"));
  CHECK_FALSE(key.equals("sk-ant-0123456789abcdeX"));
}

TEST_CASE("an empty secret is empty") {
  const Secret none;
  CHECK(none.empty());
  CHECK(none.reveal().empty());
  CHECK(Secret("").empty());
  CHECK(none.equals(""));
}

TEST_CASE("copies are apart, and moving leaves nothing behind") {
  Secret first("short");  // short enough for std::string to leave it in place
  Secret copy = first;
  Secret moved = std::move(first);
  CHECK(first.empty());  // NOLINT: the moved-from state is the point
  CHECK(first.reveal().empty());
  CHECK(moved.reveal() == "short");
  CHECK(copy.reveal() == "short");
  copy = Secret("other");
  CHECK(moved.reveal() == "short");
  CHECK(copy.reveal() == "other");
  Secret& self = copy;
  copy = self;
  CHECK(copy.reveal() == "other");
}
